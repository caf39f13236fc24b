"""A search in all that a caller may see."""

import time
from collections.abc import Sequence

from connections.services.entities import fields_of, own_fields
from connections.services.search import indexed, words
from connections.services.search.coverage import coverage_of
from connections.services.search.live import LiveSearch
from connections.services.search.merging import merged
from connections.services.search.request import SearchAnswer, SearchRequest
from connections.services.search.sources import Source, sources_of
from integrations_site.kernel.errors import InvalidInputError


def search(*, request: SearchRequest) -> SearchAnswer:
    """What the integrations of the tenant in scope hold that fits, of the tenant's connections and the person's own.

    Where no record holds the words as typed, similar words are searched for. Raises InvalidInputError for a query
    without words and for a filter on a field that no source has, and what `sources_of` raises.
    """
    started = time.monotonic()
    typed = words.words_of(request.query)
    sources = sources_of(request)
    _refuse_unknown_fields(request, sources)
    vendors = LiveSearch(request, sources)
    found, is_similar = _indexed(request, sources, typed)
    asked = vendors.outcomes()
    beside = [hit for outcome in asked.values() for hit in outcome.hits]
    hits = merged(found.hits, beside, typed, limit=request.limit)
    shown = {hit.identity for hit in hits}
    left_out = {hit.connection_id for hit in beside if hit.identity not in shown}
    return SearchAnswer(
        hits=hits,
        total=found.total + len(hits) - len(found.hits),
        is_total_exact=found.is_exact and not asked,
        is_similar=is_similar,
        has_more=any(count > request.offset + request.limit for count in found.matches.values()),
        sources=coverage_of(sources, asked, left_out),
        took_ms=round((time.monotonic() - started) * 1000),
    )


def _indexed(request: SearchRequest, sources: Sequence[Source], typed: list[str]) -> tuple[indexed.Indexed, bool]:
    found = indexed.as_typed(request, sources, typed)
    meant = None if found.total else indexed.as_meant(request, sources, typed)
    return (meant, True) if meant and meant.total else (found, False)


def _refuse_unknown_fields(request: SearchRequest, sources: Sequence[Source]) -> None:
    """A filter on a field that nothing has would find nothing, without a word."""
    if not request.holding:
        return
    known = {name for source in sources for name in _fields(source)}
    known |= {name for _, _, name in own_fields([source.integration.id for source in sources])}
    if unknown := sorted(set(request.holding) - known):
        message = f"No data type that is searched has a field {unknown[0]}; there are {', '.join(sorted(known))}"
        raise InvalidInputError(message, details={"fields": {f"filters.customFilters.{unknown[0]}": [message]}})


def _fields(source: Source) -> set[str]:
    return {field for name in source.searched for field in fields_of(source.definition, name)}
