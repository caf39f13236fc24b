"""The bare limit of a sync: pages are fetched one after the other, and COPY puts their records into a keyed table.

As in a sync of the hub's, only the last commit waits until it is on the disk.
"""

import http.client
import time
from collections.abc import Iterator
from urllib.parse import urlencode, urlsplit

import msgspec
import psycopg
from psycopg.types.json import Jsonb

from tests.benchmarks.errors import BenchmarkError

_TABLE = "CREATE TABLE copied (id text PRIMARY KEY, record jsonb NOT NULL)"
_COPY = "COPY copied (id, record) FROM STDIN (FORMAT binary)"
_AT_ONCE = 5_000


class _Payment(msgspec.Struct):
    id: str


class _Invoice(msgspec.Struct):
    id: str = msgspec.field(name="Id")


class _Payments(msgspec.Struct):
    data: list[msgspec.Raw]
    next: str | None = None


class _Invoices(msgspec.Struct):
    records: list[msgspec.Raw]
    total: int


def copied(database_url: str, address: str, name: str, world: str) -> float:
    """How many seconds it takes to have the whole list in the database. Raises BenchmarkError."""
    began, wanted = time.perf_counter(), int(world.partition("-")[0])
    pages = _payments if name == "payments" else _invoices
    waiting: list[tuple[str, bytes]] = []
    line = http.client.HTTPConnection(urlsplit(address).netloc)
    with psycopg.connect(database_url) as connection:
        connection.execute(_TABLE)
        connection.execute("SET synchronous_commit TO off")
        connection.commit()
        for page in pages(line, f"/{world}/{name}"):
            # Before the page is added, so that the last commit has something to wait for.
            if len(waiting) >= _AT_ONCE:
                _store(connection, waiting)
            waiting += page
        connection.execute("SET synchronous_commit TO on")
        _store(connection, waiting)
        seconds = time.perf_counter() - began
        found = connection.execute("SELECT count(*) FROM copied").fetchone()
    if found != (wanted,):
        raise BenchmarkError(f"COPY stored {found} records of {wanted}")
    return seconds


def _payments(line: http.client.HTTPConnection, path: str) -> Iterator[list[tuple[str, bytes]]]:
    decode, read_id = msgspec.json.Decoder(_Payments).decode, msgspec.json.Decoder(_Payment).decode
    query = {"limit": "100"}
    while True:
        page = decode(_body(line, path, query))
        yield [(read_id(raw).id, bytes(raw)) for raw in page.data]
        if page.next is None:
            return
        query["starting_after"] = page.next


def _invoices(line: http.client.HTTPConnection, path: str) -> Iterator[list[tuple[str, bytes]]]:
    decode, read_id = msgspec.json.Decoder(_Invoices).decode, msgspec.json.Decoder(_Invoice).decode
    offset = 0
    while True:
        page = decode(_body(line, path, {"limit": "1000", "offset": str(offset)}))
        yield [(read_id(raw).id, bytes(raw)) for raw in page.records]
        offset += len(page.records)
        if offset >= page.total:
            return


def _body(line: http.client.HTTPConnection, path: str, query: dict[str, str]) -> bytes:
    line.request("GET", f"{path}?{urlencode(query)}")
    return line.getresponse().read()


def _store(connection: "psycopg.Connection[tuple[int]]", waiting: list[tuple[str, bytes]]) -> None:
    with connection.cursor() as cursor, cursor.copy(_COPY) as copy:
        copy.set_types(["text", "jsonb"])
        for id, raw in waiting:
            copy.write_row((id, Jsonb(raw, dumps=bytes)))
    connection.commit()
    waiting.clear()
