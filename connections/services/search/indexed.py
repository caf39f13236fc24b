"""Search in the records that were synced: one statement."""

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import msgspec

from connections.services.search import words
from connections.services.search.request import MOST_RANKED, Hit, SearchRequest
from connections.services.search.sources import Source
from integrations_site.tenancy.database.statements import array, send

# What each source has is told even where the page is beyond it, hence the outer join.
_SEARCH = """
WITH found AS MATERIALIZED (
    SELECT * FROM connections_find(%(steps)s::text[], %(whole)s::uuid[], %(parts)s::uuid[], %(entities)s::text[],
        %(narrowed)s::boolean, %(person)s::uuid, %(since)s::timestamptz, %(until)s::timestamptz, %(holding)s::jsonb,
        %(most)s::integer)
), placed AS (
    SELECT id, score, row_number() OVER (PARTITION BY integration_id ORDER BY score DESC, id) AS place FROM found
), page AS (
    SELECT r.id, r.connection_id, r.integration_id, r.entity, r.external_id, r.title, r.data::text AS data,
        r.occurred_at, placed.score
    FROM placed JOIN connections_record AS r ON r.id = placed.id
    WHERE placed.place > %(offset)s::bigint AND placed.place <= %(offset)s::bigint + %(limit)s::bigint
), counts AS (
    SELECT coalesce(jsonb_object_agg(integration_id, matches), '{}') AS told
    FROM (SELECT integration_id, count(*) AS matches FROM found GROUP BY integration_id) AS counted
)
SELECT counts.told::text, page.* FROM counts LEFT JOIN page ON true ORDER BY page.score DESC, page.id
"""
_ENCODER = msgspec.json.Encoder(decimal_format="number")


@dataclass(frozen=True, slots=True)
class Indexed:
    """A page of what the index holds, and how many records fit in each integration, as far as they were looked at."""

    hits: Sequence[Hit]
    matches: Mapping[uuid.UUID, int]

    @property
    def total(self) -> int:
        """How many records fit, as far as they were looked at."""
        return sum(self.matches.values())

    @property
    def is_exact(self) -> bool:
        """Whether all were looked at."""
        return self.total < MOST_RANKED


def as_typed(request: SearchRequest, sources: Sequence[Source], typed: list[str]) -> Indexed:
    """The records that hold every word; where there are not too many of them, also as a beginning for the last one."""
    return _search(words.as_typed(typed), request, sources)


def as_meant(request: SearchRequest, sources: Sequence[Source], typed: list[str]) -> Indexed | None:
    """The records that hold words like these; None where the tenant has none that could have been meant."""
    candidates = words.mistaken(typed)
    known = _known([word for similar in candidates.values() for word in similar])
    meant = {word: known & similar for word, similar in candidates.items()}
    if not meant or not all(meant.values()):
        return None
    return _search([words.as_meant(typed, meant)], request, sources)


def _known(candidates: list[str]) -> set[str]:
    if not candidates:
        return set()
    return set(send("SELECT * FROM connections_known(%s::text[])", [array(candidates)], row=str).all())


def _search(steps: Sequence[str], request: SearchRequest, sources: Sequence[Source]) -> Indexed:
    connected = [(source.connection.id, source.entities) for source in sources if source.connection]
    pairs = [(one, entity) for one, entities in connected for entity in sorted(entities or ())]
    parameters = {
        "steps": array(steps),
        "whole": array(one for one, entities in connected if entities is None),
        "parts": array(one for one, _ in pairs),
        "entities": array(entity for _, entity in pairs),
        "narrowed": request.integrations is not None,
        "person": request.person,
        "since": request.since,
        "until": request.until,
        "holding": _ENCODER.encode(request.holding).decode() if request.holding else None,
        "most": MOST_RANKED,
        "offset": request.offset,
        "limit": request.limit,
    }
    rows: list[tuple[Any, ...]] = send(_SEARCH, parameters).all()
    counts = json.loads(rows[0][0])
    matches = {uuid.UUID(integration): count for integration, count in counts.items()}
    return Indexed([_hit(row[1:]) for row in rows if row[1] is not None], matches)


def _hit(row: Sequence[Any]) -> Hit:
    id, connection_id, integration_id, entity, external_id, title, data, occurred_at, score = row
    return Hit(
        id=id,
        connection_id=connection_id,
        integration_id=integration_id,
        entity=entity,
        external_id=external_id,
        title=title,
        data=json.loads(data, parse_float=Decimal),
        occurred_at=occurred_at,
        score=round(score, 6),
    )
