"""What vendors found beside what the index holds: each record once, and all by one measure."""

import dataclasses
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection

from connections.services.search import words
from connections.services.search.request import Hit
from integrations_site.tenancy import scope

# Records that the hub has too get their id; the rank is the one that the index would give.
_WEIGH = """
SELECT record.id, ts_rank_cd(
    connections_search(%(tenant)s, one.title, one.body),
    to_tsquery('simple', replace(%(words)s, '@', connections_mark(%(tenant)s))), 32
)
FROM unnest(%(connections)s::uuid[], %(entities)s::text[], %(external)s::text[], %(titles)s::text[], %(bodies)s::text[])
    WITH ORDINALITY AS one (connection, entity, external, title, body, place)
LEFT JOIN connections_record AS record ON record.connection_id = one.connection AND record.entity = one.entity
    AND record.external_id = one.external AND record.deleted_at IS NULL
ORDER BY one.place
"""


def merged(indexed: Sequence[Hit], live: Iterable[Hit], typed: list[str], *, limit: int) -> list[Hit]:
    """Both, the best first; what was found in both ways stands as the index has it.

    What vendors found fills the room that the index leaves of `limit` for each integration. Were it to take another's
    place, that one would be on no page: further pages are the index's alone.
    """
    known = {hit.identity for hit in indexed}
    room = _Room(indexed, limit)
    new = {hit.identity: hit for hit in live if hit.identity not in known and room.is_left(hit)}
    weighed = sorted(_weighed(list(new.values()), typed), key=_best_first)
    return sorted([*indexed, *(hit for hit in weighed if room.takes(hit))], key=_best_first)


class _Room:
    """How many hits of each integration the page has room for."""

    def __init__(self, shown: Iterable[Hit], limit: int) -> None:
        self._shown, self._limit = Counter(hit.integration_id for hit in shown), limit

    def is_left(self, hit: Hit) -> bool:
        return self._shown[hit.integration_id] < self._limit

    def takes(self, hit: Hit) -> bool:
        """Whether there was room; the hit has it now."""
        self._shown[hit.integration_id] += 1
        return self._shown[hit.integration_id] <= self._limit


def _best_first(hit: Hit) -> float:
    return -hit.score


def _weighed(hits: list[Hit], typed: list[str]) -> list[Hit]:
    if not hits:
        return []
    parameters: dict[str, Any] = {
        "tenant": scope.tenant_id(),
        "words": words.as_typed(typed)[-1],
        "connections": [hit.connection_id for hit in hits],
        "entities": [hit.entity for hit in hits],
        "external": [hit.external_id for hit in hits],
        "titles": [hit.title for hit in hits],
        "bodies": [" ".join(_texts(hit)) for hit in hits],
    }
    with connection.cursor() as cursor:
        cursor.execute(_WEIGH, parameters)
        rows = cursor.fetchall()
    return [dataclasses.replace(hit, id=id, score=round(score, 6)) for hit, (id, score) in zip(hits, rows, strict=True)]


def _texts(hit: Hit) -> list[str]:
    return [str(value) for value in hit.data.values() if isinstance(value, str | int) and not isinstance(value, bool)]
