"""What vendors found beside what the index holds: each record once, and all by one measure."""

import dataclasses
import uuid
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


def merged(indexed: Sequence[Hit], live: Iterable[Hit], typed: list[str]) -> list[Hit]:
    """Both, the best first; what was found in both ways stands as the index has it."""
    known = {hit.identity for hit in indexed}
    new = {hit.identity: hit for hit in live if hit.identity not in known}
    return sorted([*indexed, *_weighed(list(new.values()), typed)], key=lambda hit: -hit.score)


def first_of_each(hits: Iterable[Hit], limit: int) -> list[Hit]:
    """At most `limit` of each integration, in the order given."""
    found: list[Hit] = []
    shown: dict[uuid.UUID, int] = {}
    for hit in hits:
        shown[hit.integration_id] = shown.get(hit.integration_id, 0) + 1
        if shown[hit.integration_id] <= limit:
            found.append(hit)
    return found


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
