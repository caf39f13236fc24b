"""Prepared statements of one connection, straight through libpq, alone or many in one round trip.

The driver's cursors cost several times what these do, and on the way of every posting and every request more than most
statements themselves. The driver still writes and reads the values. It prepares nothing itself, so that what is
prepared here stays prepared as long as the connection lives.
"""

import re
import select
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from typing import Any, Generic, NamedTuple, TypeVar

import psycopg
from psycopg.adapt import Dumper, PyFormat, Transformer
from psycopg.errors import InvalidSqlStatementName, OperationalError, error_from_result
from psycopg.pq import ConnStatus, ExecStatus, Format, TransactionStatus
from psycopg.pq.abc import PGresult

RowT = TypeVar("RowT")
Parameters = Sequence[Any] | Mapping[str, Any]
Row = Callable[[Sequence[Any]], RowT]
_PLACEHOLDER = re.compile(r"%(?:\((\w+)\))?s")
_WELL = (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK)


class Packed(bytes):
    """A parameter in PostgreSQL's own binary form, of the type that the statement casts it to."""


class _PackedDumper(Dumper):
    format = Format.BINARY

    def dump(self, obj: Packed) -> Packed:
        """As it is."""
        return obj


psycopg.adapters.register_dumper(Packed, _PackedDumper)


class _Key(NamedTuple):
    """What makes a prepared statement: its text, and the types of its parameters."""

    sql: bytes
    types: tuple[int, ...]


class Reply(Generic[RowT]):
    """The rows that a statement answers; reading them waits for the server."""

    def __init__(self, session: "Session", row: Row[RowT]) -> None:
        self._session, self._row = session, row
        self.result: PGresult | None = None

    def all(self) -> list[RowT]:
        """Every row. Raises Django's database errors."""
        return self._session.rows(self, self._row)

    def first(self) -> RowT | None:
        """The first row, or None. Raises Django's database errors."""
        return next(iter(self.all()), None)


class Session:
    """What is known of a connection: its prepared statements, and what was sent and is not answered yet."""

    def __init__(self, raw: "psycopg.Connection[Any]", django_errors: AbstractContextManager[Any]) -> None:
        self.raw = raw
        self._libpq = raw.pgconn
        self._django_errors = django_errors
        self._writer, self._reader = Transformer(raw), Transformer(raw)
        self._names: dict[_Key, bytes] = {}
        self._made = 0
        # Replies, the keys of statements to be prepared, None for the beginning of a transaction.
        self._unanswered: deque[Reply[Any] | _Key | None] = deque()
        self._is_together = False
        self._poll = select.poll()
        self._poll.register(self._libpq.socket, select.POLLIN)

    def send(self, sql: str, parameters: Parameters, row: Row[RowT]) -> Reply[RowT]:
        """Runs a statement, in the transaction where there is one; inside `together` it only sends it."""
        reply = Reply(self, row)
        with self.together():
            self._send(sql, parameters, reply)
        return reply

    @contextmanager
    def together(self) -> Iterator[None]:
        """Statements sent inside the block share a round trip; the first that fails ends them all.

        Raises Django's database errors, at the latest at the end of the block.
        """
        if self._is_together:
            yield
            return
        with self._django_errors:
            self._begin()
            try:
                try:
                    yield
                finally:
                    self._libpq.pipeline_sync()
                while self._unanswered:
                    self._receive()
            finally:
                self._leave()

    def hasten(self) -> None:
        """Inside `together`: has the server answer what was sent so far, instead of when a reply is read."""
        self._libpq.send_flush_request()
        self._libpq.flush()

    def rows(self, reply: Reply[RowT], row: Row[RowT]) -> list[RowT]:
        """What a statement answered."""
        with self._django_errors:
            if reply.result is None:
                if not self._unanswered:
                    raise OperationalError("The statement was given up with others that were sent together with it")
                self._libpq.send_flush_request()
                while reply.result is None:
                    self._receive()
            self._reader.set_pgresult(reply.result)
            return self._reader.load_rows(0, reply.result.ntuples, row)

    def _begin(self) -> None:
        is_outside = self._libpq.transaction_status == TransactionStatus.IDLE
        self._libpq.enter_pipeline_mode()
        self._is_together = True
        if is_outside and not self.raw.autocommit:
            self._libpq.send_query_params(b"BEGIN", None)
            self._unanswered.append(None)

    def _send(self, sql: str, parameters: Parameters, reply: Reply[Any]) -> None:
        statement, names, formats = _numbered(sql)
        values = [parameters[name] for name in names] if isinstance(parameters, Mapping) else parameters
        written = self._writer.dump_sequence(values, formats)
        key = _Key(statement, self._writer.types or ())
        name = self._names.get(key)
        if name is None:
            name = self._prepare(key)
        self._libpq.send_query_prepared(name, written, self._writer.formats)
        self._unanswered.append(reply)
        self._libpq.flush()  # so that the server works on it while the next one is made

    def _prepare(self, key: _Key) -> bytes:
        self._made += 1
        name = self._names[key] = b"hub_%d" % self._made
        self._libpq.send_prepare(name, key.sql, key.types)
        self._unanswered.append(key)
        return name

    def _receive(self) -> None:
        """Waits for the oldest answer. Raises the driver's errors."""
        result = self._next_result()
        self._next_result()  # None: the end of the answer
        sent = self._unanswered.popleft()
        if result is None or result.status not in _WELL:
            raise self._error(sent, result)
        if isinstance(sent, Reply):
            sent.result = result

    def _error(self, sent: "Reply[Any] | _Key | None", result: PGresult | None) -> Exception:
        if result is None:
            return OperationalError("The connection was lost")
        error = error_from_result(result)
        if isinstance(error, InvalidSqlStatementName):
            self._names.clear()
            return OperationalError("The session's prepared statements were deallocated")
        if isinstance(sent, _Key):
            self._names.pop(sent, None)
        return error

    def _next_result(self) -> PGresult | None:
        while self._libpq.flush():
            self._wait(select.POLLIN | select.POLLOUT)
        while self._libpq.is_busy():
            self._wait(select.POLLIN)
        return self._libpq.get_result()

    def _wait(self, events: int) -> None:
        self._poll.modify(self._libpq.socket, events)
        self._poll.poll()
        self._libpq.consume_input()

    def _leave(self) -> None:
        """Leaves pipeline mode, past what was given up. A connection that cannot be left in order is closed."""
        self._is_together = False
        while self._unanswered:
            if isinstance(given_up := self._unanswered.pop(), _Key):
                self._names.pop(given_up, None)
        try:
            while self._libpq.status == ConnStatus.OK:
                result = self._next_result()
                if result is not None and result.status == ExecStatus.PIPELINE_SYNC:
                    self._libpq.exit_pipeline_mode()
                    return
        except BaseException:
            self._libpq.finish()
            raise


@cache
def _numbered(sql: str) -> tuple[bytes, tuple[str, ...], tuple[PyFormat, ...]]:
    """A statement with numbered places, the names of its parameters in their order, if they have any, and formats."""
    found = _PLACEHOLDER.findall(sql)
    names = tuple(dict.fromkeys(name for name in found if name))
    numbers = iter(range(1, len(found) + 1))
    text = _PLACEHOLDER.sub(lambda place: f"${names.index(place[1]) + 1 if place[1] else next(numbers)}", sql)
    return text.encode(), names, (PyFormat.AUTO,) * (len(names) or len(found))
