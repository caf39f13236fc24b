"""A search in all that a caller may see."""

import time
import uuid
from collections.abc import Collection, Mapping, Sequence

from connections.models import Connection
from connections.services.entities import fields_of, own_fields
from connections.services.search import indexed, words
from connections.services.search.live import LiveSearch, Outcome
from connections.services.search.merging import merged
from connections.services.search.request import Coverage, SearchAnswer, SearchRequest, SourceCoverage
from connections.services.search.sources import Source, sources_of
from integrations_site.kernel.errors import InvalidInputError

_MORE = "The provider's own search found more than there is room for here; a larger limit or more words show it"


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
        sources=[_coverage(source, asked, left_out) for source in sources],
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
    names = source.entities or {entity.name for entity in source.definition.entities}
    return {field for name in names for field in fields_of(source.definition, name)}


def _coverage(source: Source, asked: Mapping[uuid.UUID, Outcome], left_out: Collection[uuid.UUID]) -> SourceCoverage:
    connection = source.connection
    outcome = asked.get(connection.id) if connection else None
    told = _MORE if connection and connection.id in left_out else outcome.message if outcome else _why(connection)
    return SourceCoverage(
        integration_id=source.integration.id,
        name=source.integration.name,
        connection_id=connection.id if connection else None,
        status=outcome.status if outcome else _without_asking(connection),
        indexed_at=connection.last_sync_at if connection else None,
        took_ms=outcome.took_ms if outcome else None,
        message=told,
    )


def _without_asking(connection: Connection | None) -> Coverage:
    if connection is None:
        return Coverage.NOT_SYNCED
    if connection.status == Connection.Status.EXPIRED:
        return Coverage.UNAUTHORISED
    if connection.status == Connection.Status.ERROR:
        return Coverage.ERROR
    return Coverage.INDEXED if connection.last_sync_at else Coverage.NOT_SYNCED


def _why(connection: Connection | None) -> str:
    if connection is None:
        return "Nobody has connected an account yet"
    if connection.status == Connection.Status.EXPIRED:
        return connection.validation_error or "Its access has expired; connect it again"
    return connection.validation_error or ("" if connection.last_sync_at else "Nothing was synced yet")
