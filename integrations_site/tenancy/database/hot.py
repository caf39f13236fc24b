"""The statement that every request of the API sends first, straight through libpq.

The driver's cursor costs three times as much, and more than the statement itself. Inside a transaction the statement
goes the ordinary way, since the driver must know of every statement there.
"""

import re
import weakref
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

import psycopg
from django.db import DEFAULT_DB_ALIAS, connections
from psycopg.adapt import Transformer
from psycopg.errors import InvalidSqlStatementName, error_from_result
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGresult

from integrations_site.tenancy.database import statements

_PLACEHOLDER = re.compile(r"%\((\w+)\)s")
_prepared: weakref.WeakKeyDictionary[psycopg.Connection[Any], set[bytes]] = weakref.WeakKeyDictionary()


class _Statement(NamedTuple):
    """A statement as PostgreSQL wants it: numbered placeholders, the parameters in their order, and a name."""

    sql: bytes
    parameters: tuple[str, ...]
    name: bytes


def first_row(sql: str, parameters: Mapping[str, Any]) -> tuple[Any, ...] | None:
    """The first row of a query with `%(name)s` placeholders, or None. Raises Django's database errors."""
    wrapper = connections[DEFAULT_DB_ALIAS]
    if wrapper.in_atomic_block:
        return statements.fetch_one(sql, parameters)
    wrapper.ensure_connection()
    wrapper.apply_scope()  # type: ignore[attr-defined]
    statement = _numbered(sql)
    values = [None if parameters[name] is None else str(parameters[name]).encode() for name in statement.parameters]
    with wrapper.wrap_database_errors:
        result = _run(wrapper.connection, statement, values)
    if wrapper.queries_logged:
        wrapper.queries_log.append({"sql": sql, "time": "0.000"})
    loader = Transformer(wrapper.connection)
    loader.set_pgresult(result)
    return loader.load_row(0, tuple) if result.ntuples else None


def _run(raw: "psycopg.Connection[Any]", statement: _Statement, values: Sequence[Any]) -> PGresult:
    known = _prepared.setdefault(raw, set())
    if statement.name not in known:
        _checked(raw.pgconn.prepare(statement.name, statement.sql))
        known.add(statement.name)
    try:
        return _checked(raw.pgconn.exec_prepared(statement.name, values))
    except InvalidSqlStatementName:  # the driver forgets every prepared statement after a rollback
        _checked(raw.pgconn.prepare(statement.name, statement.sql))
        return _checked(raw.pgconn.exec_prepared(statement.name, values))


def _checked(result: PGresult) -> PGresult:
    if result.status not in (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK):
        raise error_from_result(result)
    return result


@cache
def _numbered(sql: str) -> _Statement:
    names = tuple(dict.fromkeys(_PLACEHOLDER.findall(sql)))
    numbered = _PLACEHOLDER.sub(lambda found: f"${names.index(found[1]) + 1}", sql)
    return _Statement(numbered.encode(), names, f"hub_{abs(hash(sql)):x}".encode())
