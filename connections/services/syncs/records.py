"""Records in the database, many at once.

Whether a record is as it was is told by its hash, read by key: a comparison of the id with an array would be quadratic
on a table that was not analysed yet. What is new or changed is sent as one array for each column.
"""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec
from django.db import connection

from connections.models import Connection
from connections.services.mapping import Mapped
from connections.services.syncs.words import mark_of, vector
from integrations_site.kernel import ids
from integrations_site.tenancy import scope
from integrations_site.tenancy.database.prepared import Packed, Reply
from integrations_site.tenancy.database.statements import packed, send

_DIFFERING = """
SELECT asked.external_id, known.hash IS NOT NULL
FROM unnest(%(ids)s::text[], %(hashes)s::bytea[]) AS asked(external_id, hash)
LEFT JOIN LATERAL (
    SELECT record.hash, record.deleted_at FROM connections_record AS record
    WHERE record.connection_id = %(connection)s AND record.entity = %(entity)s
        AND record.external_id = asked.external_id LIMIT 1) AS known ON true
WHERE known.hash IS DISTINCT FROM asked.hash OR known.deleted_at IS NOT NULL
"""
# PostgreSQL takes arrays in binary form apart faster than COPY fills a table to insert from (row-level security keeps
# COPY out of the records' own).
_INSERT = """
INSERT INTO connections_record AS record (id, tenant_id, created_at, updated_at, connection_id, integration_id, user_id,
    entity, external_id, raw, data, hash, title, occurred_at, changed_at, search)
SELECT sent.id, %(tenant)s, %(now)s, %(now)s, %(connection)s, %(integration)s, %(user)s, %(entity)s,
    sent.external_id, sent.raw, sent.data::jsonb, sent.hash, sent.title, sent.occurred_at::timestamptz, %(now)s,
    coalesce(sent.words::tsvector, connections_search(%(tenant)s, sent.title, sent.body))
FROM unnest(%(ids)s::uuid[], %(external_ids)s::text[], %(raws)s::bytea[], %(data)s::text[], %(hashes)s::bytea[],
    %(titles)s::text[], %(moments)s::text[], %(words)s::text[], %(bodies)s::text[]
) AS sent(id, external_id, raw, data, hash, title, occurred_at, words, body)
"""
_OVER = """
ON CONFLICT (connection_id, entity, external_id) DO UPDATE SET
    raw = excluded.raw, data = excluded.data, hash = excluded.hash, title = excluded.title, search = excluded.search,
    occurred_at = excluded.occurred_at, changed_at = excluded.changed_at, updated_at = excluded.updated_at,
    deleted_at = NULL
"""
_UPSERT = _INSERT + _OVER
_ANY = """
SELECT FROM connections_record WHERE connection_id = %(connection)s AND entity = %(entity)s LIMIT 1
"""
_REMEMBER = """
INSERT INTO connections_seenrecords (id, tenant_id, created_at, updated_at, step_id, external_ids)
VALUES (%(id)s, %(tenant)s, %(now)s, %(now)s, %(step)s, %(ids)s::text[])
"""
_BURY = """
UPDATE connections_record SET deleted_at = %(now)s, changed_at = %(now)s, updated_at = %(now)s
FROM unnest(%(ids)s::text[]) AS gone(external_id)
WHERE connection_id = %(connection)s AND entity = %(entity)s AND deleted_at IS NULL
    AND connections_record.external_id = gone.external_id
"""
# A nested loop, which is chosen where the table was not analysed yet, would compare every record with every id.
_NO_LOOPS, _LOOPS = "SET LOCAL enable_nestloop = off", "SET LOCAL enable_nestloop = on"
_BURY_UNSEEN = """
UPDATE connections_record AS record SET deleted_at = %(now)s, changed_at = %(now)s, updated_at = %(now)s
WHERE connection_id = %(connection)s AND entity = %(entity)s AND deleted_at IS NULL AND NOT EXISTS (
    SELECT FROM (
        SELECT unnest(external_ids) AS external_id FROM connections_seenrecords WHERE step_id = %(step)s) AS seen
    WHERE seen.external_id = record.external_id)
"""
_BYTEA, _TEXT, _UUID = 17, 25, 2950


class Incoming(msgspec.Struct, frozen=True):
    """A record that is new or changed: as sent, its hash, what the mapping made of it, whether the hub has it."""

    external_id: str
    raw: bytes
    hash: bytes
    mapped: Mapped
    is_known: bool = False


Columns = dict[str, Packed]


class Parcel(NamedTuple):
    """Records as they are sent: those that are new, and those that the hub has already."""

    new: Columns | None
    changed: Columns | None


class RecordTable:
    """The records of one data type of a connection, in the tenant's scope and the caller's transaction."""

    def __init__(self, owner: Connection, entity: str) -> None:
        self._about: dict[str, Any] = {
            "tenant": owner.tenant_id,
            "connection": owner.pk,
            "integration": owner.integration_id,
            "user": owner.user_id,
            "entity": entity,
        }
        self._mark = mark_of(scope.tenant_id())

    def remember(self, step: uuid.UUID, external_ids: Sequence[str], *, now: dt.datetime) -> None:
        """Notes that a step has met these records."""
        about = {"id": ids.new_id(), "step": step, "now": now, "ids": _texts(external_ids)}
        send(_REMEMBER, self._only("tenant") | about)

    def differing(self, hashes: Mapping[str, bytes]) -> Reply[tuple[str, bool]]:
        """Of records, by id with their hashes, those that are not in the hub as they are: id, and whether it is known.

        One that was deleted is known, and differs. Inside `together()` the caller goes on meanwhile.
        """
        about = {"ids": _texts(list(hashes)), "hashes": packed(list(hashes.values()), _BYTEA)}
        return send(_DIFFERING, self._only("connection", "entity") | about)

    def has_any(self) -> bool:
        """Whether the hub has any record, deleted ones included."""
        return bool(send(_ANY, self._only("connection", "entity")).all())

    def pack(self, records: Sequence[Incoming]) -> Parcel:
        """Records, each id once, as they are sent to the database; that costs most of what is done here for them."""
        new = [record for record in records if not record.is_known]
        changed = [record for record in records if record.is_known]
        return Parcel(self._columns(new) if new else None, self._columns(changed) if changed else None)

    def merge(self, parcel: Parcel, *, now: dt.datetime, looks_again: bool = False) -> None:
        """Writes records: new ones, and over those that the hub has, deleted ones included.

        Raises IntegrityError where one that was new is there by now, unless it `looks_again`: that is rare, and costs
        more than everything else about an index.
        """
        if parcel.new is not None:
            self._send(_UPSERT if looks_again else _INSERT, parcel.new, now)
        if parcel.changed is not None:
            self._send(_UPSERT, parcel.changed, now)

    def _send(self, sql: str, columns: Columns, now: dt.datetime) -> None:
        send(sql, self._about | {"now": now} | columns)

    def _columns(self, records: Sequence[Incoming]) -> Columns:
        mapped = [record.mapped for record in records]
        titles = [record.mapped.title or record.external_id for record in records]
        words = [vector(self._mark, title, each.text) for title, each in zip(titles, mapped, strict=True)]
        bodies = [each.text if known is None else None for each, known in zip(mapped, words, strict=True)]
        return {
            "ids": packed([ids.new_bytes() for _ in records], _UUID),
            "external_ids": _texts([record.external_id for record in records]),
            "raws": packed([record.raw for record in records], _BYTEA),
            "data": packed([each.data for each in mapped], _TEXT),
            "hashes": packed([record.hash for record in records], _BYTEA),
            "titles": _texts(titles),
            "moments": _texts([each.occurred_at for each in mapped]),
            "words": packed(words, _TEXT),
            "bodies": _texts(bodies),
        }

    def bury(self, external_ids: Sequence[str], *, now: dt.datetime) -> int:
        """Marks records as deleted at the vendor; how many were not yet."""
        if not external_ids:
            return 0
        with connection.cursor() as cursor:
            about = self._only("connection", "entity") | {"ids": list(dict.fromkeys(external_ids)), "now": now}
            cursor.execute(_BURY, about)
            return int(cursor.rowcount)

    def bury_unseen(self, step: uuid.UUID, *, now: dt.datetime) -> int:
        """The same for the records that a step, which has read everything, has not met."""
        with connection.cursor() as cursor:
            cursor.execute(_NO_LOOPS)
            cursor.execute(_BURY_UNSEEN, self._only("connection", "entity") | {"step": step, "now": now})
            count = int(cursor.rowcount)
            cursor.execute(_LOOPS)
            return count

    def _only(self, *names: str) -> dict[str, Any]:
        return {name: self._about[name] for name in names}


def _texts(texts: Sequence[str | None]) -> Packed:
    return packed([None if text is None else text.encode() for text in texts], _TEXT)
