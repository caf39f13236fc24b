"""Prepared statements: for what every request sends, and for work on many rows at once.

Django's cursor writes parameters into the text and so never prepares. These run in the scope of the running code and,
where there is one, inside its transaction; `prepared` is how they get to the server.
"""

import struct
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, InterfaceError, OperationalError, connection, connections, models

from integrations_site.tenancy.database.prepared import Packed, Parameters, Reply

__all__ = ["Reply", "array", "fetch_one", "first_row", "hasten", "insert", "packed", "send", "together", "update"]

RowT = TypeVar("RowT")
_NUL = "\x00"
_ARRAY, _LENGTH = struct.Struct("!iiIii").pack, struct.Struct("!i").pack
_NULL = _LENGTH(-1)


def send(sql: str, parameters: Parameters = (), *, row: Callable[..., RowT] | None = None) -> Reply[RowT]:
    """Runs a prepared statement; `row` is called with a row's columns. Inside `together()` it only sends it.

    Raises Django's database errors.
    """
    wrapper = _ready()
    reply: Reply[Any] = wrapper.session.send(sql, parameters, (lambda values: row(*values)) if row else tuple)
    if wrapper.queries_logged:
        wrapper.queries_log.append({"sql": sql, "time": "0.000"})
    return reply


@contextmanager
def together() -> Iterator[None]:
    """Statements sent inside the block share one round trip to the server; they still run one after the other.

    Django's own statements are refused inside. Raises Django's database errors.
    """
    wrapper = _ready()
    try:
        with wrapper.session.together():
            yield
    except BaseException:
        wrapper.forget_scope()  # statements sent together fail together, and with them what told the session its scope
        raise


def hasten() -> None:
    """Inside `together()`: has the server answer what was sent so far while the caller goes on."""
    _ready().session.hasten()


def fetch_one(sql: str, parameters: Parameters = ()) -> tuple[Any, ...] | None:
    """The first row of a prepared query, or None."""
    return send(sql, parameters).first()


def first_row(sql: str, parameters: Parameters = ()) -> tuple[Any, ...] | None:
    """The same for a request's first statement, which only reads: where the connection died meanwhile, once more.

    That stands for the health check that Django would make before its own first statement, a round trip.
    """
    wrapper: Any = connections[DEFAULT_DB_ALIAS]
    try:
        row = fetch_one(sql, parameters)
    except (OperationalError, InterfaceError):
        if wrapper.in_atomic_block:
            raise
        wrapper.close()
        row = fetch_one(sql, parameters)
    wrapper.health_check_done = True
    return row


def array(values: Iterable[object]) -> str:
    """An array literal, to be cast where it is used: `%(skus)s::text[]`. No value may be None.

    The driver would ask every element for its type, which costs a statement with several arrays more than it takes.
    Raises ValueError for a text with NUL, which PostgreSQL has no place for either.
    """
    texts = list(map(str, values))
    joined = _NUL.join(texts)
    if joined.count(_NUL) > max(len(texts) - 1, 0):
        raise ValueError("A text for PostgreSQL has no NUL")
    escaped = joined.replace("\\", "\\\\").replace('"', '\\"').replace(_NUL, '","')
    return '{"' + escaped + '"}' if texts else "{}"


def packed(values: Sequence[bytes | None], oid: int) -> Packed:
    """An array in binary form, for very many or very long values, to be cast where it is used.

    `oid` is the type of its elements, of which each is in binary form; of a text that is UTF-8. Nobody parses anything.
    """
    if not values:
        return Packed(_ARRAY(0, 0, oid, 0, 0)[:12])
    contents = [b"" if value is None else value for value in values]
    has_null = None in values
    parts = [_ARRAY(1, has_null, oid, len(values), 1)] * (2 * len(values) + 1)
    parts[1::2] = [_NULL if value is None else _LENGTH(len(value)) for value in values]
    parts[2::2] = contents
    return Packed(b"".join(parts))


def _ready() -> Any:
    """Django's wrapper of the connection, connected and told the scope. Each look through `connection` costs more."""
    wrapper = connections[DEFAULT_DB_ALIAS]
    wrapper.ensure_connection()
    wrapper.apply_scope()  # type: ignore[attr-defined]
    return wrapper


def insert(*rows: models.Model) -> None:
    """Writes new rows of one table with a prepared statement, in their order.

    Columns with a default of the database are left to it, and stay unread. Raises Django's database errors.
    """
    first = rows[0]
    sql, fields = _insertion(type(first), len(rows))
    send(sql, [_value(row, field) for row in rows for field in fields])
    for row in rows:
        row._state.adding = False


def update(row: models.Model, *names: str) -> None:
    """Writes these fields of a row, and when that was, with a prepared statement.

    That the row is there is not looked at. Raises Django's database errors.
    """
    sql, fields = _change(type(row), names)
    send(sql, [*(_value(row, field, is_new=False) for field in fields), row.pk])


def _value(row: models.Model, field: Any, *, is_new: bool = True) -> Any:
    value = field.pre_save(row, add=is_new)
    return field.get_db_prep_save(value, connection) if isinstance(field, models.JSONField) else value


@cache
def _change(model: type[models.Model], names: tuple[str, ...]) -> tuple[str, list[Any]]:
    fields: list[Any] = [model._meta.get_field(name) for name in (*names, "updated_at")]
    places = ", ".join(f'"{field.column}" = %s' for field in fields)
    return f'UPDATE "{model._meta.db_table}" SET {places} WHERE id = %s', fields  # noqa: S608 - names of ours


@cache
def _insertion(model: type[models.Model], count: int) -> tuple[str, list[Any]]:
    fields = [field for field in model._meta.concrete_fields if not field.has_db_default()]
    columns = ", ".join(f'"{field.column}"' for field in fields)
    places = ", ".join(["%s"] * len(fields))
    rows = ", ".join([f"({places})"] * count)
    return f'INSERT INTO "{model._meta.db_table}" ({columns}) VALUES {rows}', fields  # noqa: S608 - names of ours
