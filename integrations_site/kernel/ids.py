"""Identifiers: UUIDv7 inside (RFC 9562, time-ordered), `kind-` and 32 hex digits outside."""

import datetime as dt
import re
import uuid

import uuid_utils
from uuid_utils.compat import uuid7

NIL = uuid.UUID(int=0)
_HEX = re.compile(r"[0-9a-f]{32}")


def new_id() -> uuid.UUID:
    """A new UUIDv7: ordered by the millisecond it was made in, and unique by its first 96 bits already.

    The last 32 number the parts of what it is the id of, where a statement makes their ids (`ledger.sql`).
    """
    return uuid7()


def new_bytes() -> bytes:
    """A new id as its 16 bytes, at a fraction of the cost."""
    return uuid_utils.uuid7().bytes


def first_at(instant: dt.datetime) -> uuid.UUID:
    """The smallest id that can have been made at `instant`: every id from it on was made then or later."""
    return uuid.UUID(int=int(instant.timestamp() * 1000) << 80)


def public(kind: str, value: uuid.UUID) -> str:
    """The form in which an id leaves the hub, such as `case-0199…`."""
    return f"{kind}-{value.hex}"


def parse(kind: str, text: object) -> uuid.UUID | None:
    """The id behind a public form; None where `text` is not one of that kind."""
    if not isinstance(text, str):
        return None
    head, _, tail = text.rpartition("-")
    if head != kind or not _HEX.fullmatch(tail):
        return None
    return uuid.UUID(hex=tail)
