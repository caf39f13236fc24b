"""Records in the database, many at once.

Whether a record is as it was is told by its hash, read by key: a comparison of the id with an array would be quadratic
on a table that was not analysed yet. What is new or changed is copied into a table of the session's own, for COPY
does not go through row-level security, and merged from there.
"""

import datetime as dt
import struct
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from connections.models import Connection
from connections.services.mapping import Mapped
from integrations_site.kernel import ids
from integrations_site.tenancy.database.statements import array, send

_KNOWN = """
SELECT asked.external_id, known.hash, known.is_deleted
FROM unnest(%(ids)s::text[]) AS asked(external_id)
CROSS JOIN LATERAL (
    SELECT record.hash, record.deleted_at IS NOT NULL AS is_deleted FROM connections_record AS record
    WHERE record.connection_id = %(connection)s AND record.entity = %(entity)s
        AND record.external_id = asked.external_id LIMIT 1) AS known
"""
_STAGE = """
CREATE TEMPORARY TABLE IF NOT EXISTS staged_record (
    id uuid, external_id text, raw jsonb, data jsonb, hash bytea, title text, occurred_at text, body text
)
"""
_COPY = "COPY staged_record (id, external_id, raw, data, hash, title, occurred_at, body) FROM STDIN (FORMAT binary)"
_MERGE = """
INSERT INTO connections_record AS record (id, tenant_id, created_at, updated_at, connection_id, integration_id, user_id,
    entity, external_id, raw, data, hash, title, occurred_at, changed_at, search)
SELECT staged.id, %(tenant)s, %(now)s, %(now)s, %(connection)s, %(integration)s, %(user)s, %(entity)s,
    staged.external_id, staged.raw, staged.data, staged.hash, staged.title, staged.occurred_at::timestamptz, %(now)s,
    connections_search(%(tenant)s, staged.title, staged.body)
FROM staged_record AS staged
ON CONFLICT (connection_id, entity, external_id) DO UPDATE SET
    raw = excluded.raw, data = excluded.data, hash = excluded.hash, title = excluded.title, search = excluded.search,
    occurred_at = excluded.occurred_at, changed_at = excluded.changed_at, updated_at = excluded.updated_at,
    deleted_at = NULL
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
_HEADER = b"PGCOPY\n\xff\r\n\x00" + struct.pack("!ii", 0, 0)
_TRAILER = struct.pack("!h", -1)
# Eight columns, the first of which is a UUID.
_ROW = struct.pack("!hi", 8, 16)
_LENGTH = struct.Struct("!i").pack
_NULL = _LENGTH(-1)
_COPY_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class Incoming:
    """A record that is new or changed: as sent, its hash, and what the mapping made of it."""

    external_id: str
    raw: bytes
    hash: bytes
    mapped: Mapped


@dataclass(frozen=True, slots=True)
class Known:
    """What the hub has of a record."""

    hash: bytes
    is_deleted: bool


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

    def known(self, external_ids: Iterable[str]) -> dict[str, Known]:
        """What the hub has of these records, by id."""
        about = self._only("connection", "entity") | {"ids": array(external_ids)}
        rows: list[tuple[str, bytes, bool]] = send(_KNOWN, about).all()
        return {external_id: Known(bytes(hash), is_deleted) for external_id, hash, is_deleted in rows}

    def merge(self, records: Sequence[Incoming], *, now: dt.datetime) -> None:
        """Writes records, each id once: new ones, and over those that the hub has, deleted ones included."""
        if not records:
            return
        with connection.cursor() as cursor:
            cursor.execute(_STAGE)
            with cursor.copy(_COPY) as copy:
                for block in _blocks(records):
                    copy.write(block)
            cursor.execute(_MERGE, self._about | {"now": now})
            cursor.execute("TRUNCATE staged_record")

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


def _blocks(records: Sequence[Incoming]) -> Iterable[bytes]:
    """The records in COPY's binary form, which needs no escapes."""
    parts, size = [_HEADER], 0
    for record in records:
        size += len(record.raw)
        parts += _row(record)
        if size > _COPY_BYTES:
            yield b"".join(parts)
            parts, size = [], 0
    yield b"".join([*parts, _TRAILER])


def _row(record: Incoming) -> tuple[bytes, ...]:
    mapped, raw = record.mapped, record.raw
    return (
        _ROW + ids.new_id().bytes,
        _text(record.external_id),
        # jsonb in binary form is a version and the text.
        _LENGTH(len(raw) + 1) + b"\x01",
        raw,
        _LENGTH(len(mapped.data) + 1) + b"\x01",
        mapped.data,
        _LENGTH(len(record.hash)) + record.hash,
        _text(mapped.title or record.external_id),
        _text(mapped.occurred_at) if mapped.occurred_at else _NULL,
        _text(mapped.text),
    )


def _text(text: str) -> bytes:
    written = text.encode()
    return _LENGTH(len(written)) + written
