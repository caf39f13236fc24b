"""The statement that every request of the API sends first, straight through libpq.

The driver's cursor costs three times as much, and more than the statement itself. Inside a transaction the statement
goes the ordinary way, since the driver must know of every statement there.
"""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

import psycopg
from django.db import DEFAULT_DB_ALIAS, InterfaceError, OperationalError, connections
from psycopg.adapt import Transformer
from psycopg.errors import InvalidSqlStatementName, error_from_result
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGresult

from integrations_site.tenancy.database import statements

_PLACEHOLDER = re.compile(r"%\((\w+)\)s")


class _Session:
    """What is remembered of a connection: the statements it has prepared, and how values of its types are read."""

    def __init__(self, raw: "psycopg.Connection[Any]") -> None:
        self.raw = raw
        self.prepared: set[bytes] = set()
        self.reader = Transformer(raw)


class _Statement(NamedTuple):
    """A statement as PostgreSQL wants it: numbered placeholders, the parameters in their order, and a name."""

    sql: bytes
    parameters: tuple[str, ...]
    name: bytes


def first_row(sql: str, parameters: Mapping[str, Any]) -> tuple[Any, ...] | None:
    """The first row of a query with `%(name)s` placeholders, or None. Raises Django's database errors.

    Where the connection died since the last request, it is made anew and the query, which only reads, runs once more:
    that stands for the health check that Django would make before its own first statement, a round trip.
    """
    wrapper: Any = connections[DEFAULT_DB_ALIAS]
    if wrapper.in_atomic_block:
        return statements.fetch_one(sql, parameters)
    try:
        row = _first_row(wrapper, sql, parameters)
    except (OperationalError, InterfaceError):
        wrapper.close()
        row = _first_row(wrapper, sql, parameters)
    wrapper.health_check_done = True
    return row


def _first_row(wrapper: Any, sql: str, parameters: Mapping[str, Any]) -> tuple[Any, ...] | None:
    wrapper.ensure_connection()
    wrapper.apply_scope()
    session, statement = _session(wrapper), _numbered(sql)
    values = [None if parameters[name] is None else str(parameters[name]).encode() for name in statement.parameters]
    with wrapper.wrap_database_errors:
        result = _run(session, statement, values)
    if wrapper.queries_logged:
        wrapper.queries_log.append({"sql": sql, "time": "0.000"})
    if not result.ntuples:
        return None
    session.reader.set_pgresult(result)
    return session.reader.load_row(0, tuple)


def _session(wrapper: Any) -> _Session:
    known: _Session | None = wrapper.hot_session
    if known is None or known.raw is not wrapper.connection:
        known = wrapper.hot_session = _Session(wrapper.connection)
    return known


def _run(session: _Session, statement: _Statement, values: Sequence[Any]) -> PGresult:
    libpq = session.raw.pgconn
    if statement.name not in session.prepared:
        _checked(libpq.prepare(statement.name, statement.sql))
        session.prepared.add(statement.name)
    try:
        return _checked(libpq.exec_prepared(statement.name, values))
    except InvalidSqlStatementName:  # the driver forgets every prepared statement after a rollback
        _checked(libpq.prepare(statement.name, statement.sql))
        return _checked(libpq.exec_prepared(statement.name, values))


def _checked(result: PGresult) -> PGresult:
    if result.status not in (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK):
        raise error_from_result(result)
    return result


@cache
def _numbered(sql: str) -> _Statement:
    names = tuple(dict.fromkeys(_PLACEHOLDER.findall(sql)))
    numbered = _PLACEHOLDER.sub(lambda found: f"${names.index(found[1]) + 1}", sql)
    return _Statement(numbered.encode(), names, f"hub_{abs(hash(sql)):x}".encode())
