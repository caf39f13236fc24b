"""Tables for spreadsheets (CSV, RFC 4180): no cell is a formula, and long ones are streamed by PostgreSQL's COPY.

A text that a spreadsheet would execute gets an apostrophe in front (OWASP, CSV injection). Numbers that the hub writes
itself stay numbers, negative ones too.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.db import connection, models

from integrations_site.tenancy import scope

CONTENT_TYPE = "text/csv; charset=utf-8"
_EXECUTED = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001 - the full-width forms are meant
_BLOCK = 64 * 1024


class Harmless(models.Func):
    """A text column as `harmless` makes it, in SQL."""

    template = f"regexp_replace(%(expressions)s, '^([{''.join(_EXECUTED)}])', '''\\1')".replace("-", "\\-")
    output_field = models.TextField()


class PublicIdText(models.Func):
    """A UUID column in its public form; `PublicIdText("vendor_id", kind="vendor")`."""

    template = "'%(kind)s-' || replace(%(expressions)s::text, '-', '')"
    output_field = models.TextField()


class InstantText(models.Func):
    """An instant as `YYYY-MM-DDTHH:MM:SSZ`."""

    template = """to_char(%(expressions)s AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')"""
    output_field = models.TextField()


def harmless(text: str) -> str:
    """The text, so that no spreadsheet executes it."""
    return f"'{text}" if text.startswith(_EXECUTED) else text


def lines(rows: Iterable[Sequence[object]]) -> Iterator[bytes]:
    """CSV lines. Texts are made harmless; whatever else is in a row is written as it is."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\r\n")
    for row in rows:
        writer.writerow([harmless(cell) if isinstance(cell, str) else cell for cell in row])
        yield buffer.getvalue().encode()
        buffer.seek(0)
        buffer.truncate()


def copied(header: Sequence[str], rows: models.QuerySet[Any, Any]) -> Iterator[bytes]:
    """A query's rows as CSV in blocks of 64 kB, whatever their number: one statement, constant memory.

    `rows` are `values_list` of what goes into the columns; texts must be `Harmless`. The scope is the one in which
    `copied` is called. The database's connection is busy until the last block is read or the iterator closed.
    """
    return _copied(",".join(header).encode() + b"\r\n", *rows.query.sql_with_params(), scope.current())


def _copied(head: bytes, sql: str, parameters: tuple[Any, ...], wanted: scope.Scope) -> Iterator[bytes]:
    connection.ensure_connection()
    with scope.within(wanted):
        connection.apply_scope()  # type: ignore[attr-defined]
    blocks, size = [head], len(head)
    with (
        connection.connection.cursor() as cursor,
        cursor.copy(f"COPY ({sql}) TO STDOUT (FORMAT csv)", parameters) as rows,
    ):
        for row in rows:
            blocks.append(bytes(row))
            size += len(row)
            if size >= _BLOCK:
                yield b"".join(blocks)
                blocks, size = [], 0
    yield b"".join(blocks)
