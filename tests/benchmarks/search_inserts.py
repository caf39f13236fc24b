"""What search costs those who write: pages of new records merged as syncs do, with search and without.

Without means the same statement less the column of words, and no index of words; in a database of its own.
"""

import random
import re
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from unittest import mock

import msgspec
import psycopg
from django.db import transaction

from connections.models import Connection
from connections.services.mapping import Mapped
from connections.services.syncs import records
from connections.services.syncs.records import Incoming, RecordTable
from integrations_site.kernel import clock
from integrations_site.tenancy import scope
from tests.benchmarks import hub
from tests.benchmarks.bench import Bench
from tests.benchmarks.errors import BenchmarkError
from tests.benchmarks.report import Goal, Row
from tests.benchmarks.sampling import Sample, interleave, ratio
from tests.benchmarks.search_material import VOCABULARY, Company, make_company, word

PAGE = 5_000
_COLUMN = re.compile(r",\s*coalesce\(sent\.words.*?\.body\)\)|,\s*search(?=\))")


def measure(bench: Bench) -> None:
    """Rates of both, round by round."""
    pages = bench.choose(4, 1)
    texts = _texts(random.Random(1))
    sides = {}
    for name in ("with", "without"):
        url = bench.hub_database(f"search_{name}")
        company = make_company()
        hub.leave()
        if name == "without":
            with psycopg.connect(url) as database:
                database.execute("DROP INDEX record_by_word")
        sides[name] = partial(_rate, url, company, texts, pages, has_search=name == "with")
    rates = {name: Sample.of(found) for name, found in interleave(bench.choose(5, 2), sides).items()}
    bench.report.notes["records a second with and without search"] = {n: rate.values for n, rate in rates.items()}
    own, bare = rates["with"], rates["without"]
    goal = Goal(1.9, at_most=True)
    bench.add(Row("new records, time with search : without", f"{own}/s", f"{bare}/s", ratio(bare, own), "x", goal))


def _texts(chosen: random.Random) -> list[str]:
    """Eleven words each, drawn as those of the records to search in."""
    return [" ".join(word(int(VOCABULARY ** chosen.random())) for _ in range(11)) for _ in range(PAGE)]


def _rate(url: str, company: Company, texts: list[str], pages: int, *, has_search: bool) -> float:
    """How many new records a second were written."""
    hub.work_on(url)
    spent = 0.0
    with scope.tenant_scope(company.tenant_id), _merging(has_search=has_search):
        table = RecordTable(Connection.objects.get(pk=company.connections[0]), "customers")
        for _ in range(pages):
            page = [_record(text) for text in texts]
            began = time.perf_counter()
            with transaction.atomic():
                table.merge(table.pack(page), now=clock.now())
            spent += time.perf_counter() - began
    hub.leave()
    return pages * PAGE / spent


@contextmanager
def _merging(*, has_search: bool) -> Iterator[None]:
    """The hub's own statement, or that less the words. Raises BenchmarkError where they cannot be told apart."""
    if has_search:
        yield
        return
    bare = _COLUMN.sub("", records._INSERT)
    if "search" in bare:
        raise BenchmarkError(f"The words cannot be left out of the statement that writes records: {bare}")
    with mock.patch.multiple(records, _INSERT=bare, vector=lambda *_: b""):
        yield


def _record(text: str) -> Incoming:
    external_id = uuid.uuid4().hex
    title, note = text[:20], text[20:]
    data = {"id": external_id, "name": title, "note": note, "amount": 1234.5, "status": "completed"}
    raw = msgspec.json.encode(data | {"sent": "abcdefghij " * 40})
    mapped = Mapped(data=msgspec.json.encode(data), title=title, occurred_at="2026-10-31T12:00:00Z", text=note)
    return Incoming(external_id, raw, uuid.uuid4().bytes, mapped)
