"""The list of cases over HTTP: 50 rows, authenticated, scoped to the tenant and rate limited, as callers get it.

It is compared with the least that Django can answer and with what a tutorial would build on DRF, each served alike.
The peers have no more than 1,000 cases, as one of the two hubs; the other has 1,000,000.
"""

import http.client
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from integrations_site.tenancy import scope, tokens
from tests.benchmarks import hub, material
from tests.benchmarks.bench import ROOT, Bench
from tests.benchmarks.databases import tidy
from tests.benchmarks.errors import BenchmarkError
from tests.benchmarks.list_peers import ListPeers
from tests.benchmarks.load import Load, load
from tests.benchmarks.programs import HOST, PROXY_HEADERS, free_port, served
from tests.benchmarks.report import Goal, Row
from tests.benchmarks.sampling import Sample, interleave, ratio
from tests.factories import make_member, make_tenant, make_vendor

PATH = "/api/cases?limit=50"
ROWS = 50
FEW = 1_000
_HOURS = 2
_Target = tuple[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class _Loads:
    """What one target answered, round by round."""

    rate: Sample
    p50: Sample
    p99: Sample

    @classmethod
    def of(cls, found: list[Load]) -> "_Loads":
        return cls(
            Sample.of(each.per_second for each in found),
            Sample.of(each.p50 for each in found),
            Sample.of(each.p99 for each in found),
        )

    def __str__(self) -> str:
        return f"{self.rate}/s"


def measure(bench: Bench) -> None:
    """The hub with few cases and with many beside its peers, all up at the same time and asked in turn."""
    many = bench.choose(1_000_000, 20_000)
    bench.say(f"The list of cases: {FEW:,}, and {many:,}")
    few_url = bench.hub_database("cases_few")
    tenant = make_tenant()
    with scope.tenant_scope(tenant.id):
        original = material.template(make_vendor(), lines=1)
        material.copies(original, FEW - 1, whole=False)
    token = tokens.issue(user=make_member(tenant), tenant=tenant, seconds=_HOURS * 3600)
    hub.leave()
    many_url = bench.databases.create("cases_many", like=few_url)
    hub.work_on(many_url)
    with scope.tenant_scope(tenant.id):
        material.copies(original, many - FEW, whole=False)
    tidy(few_url)
    tidy(many_url)
    headers = {"Authorization": f"Bearer {token}", **PROXY_HEADERS}
    _add_statements(bench, token)
    hub.leave()
    with ExitStack() as stack:
        targets: dict[str, _Target] = {
            "ours": (_serve(bench, stack, few_url), headers),
            "ours, many": (_serve(bench, stack, many_url), headers),
            **stack.enter_context(ListPeers(bench, rows=FEW)).targets,
        }
        _compare(bench, targets, many)


def _add_statements(bench: Bench, token: str) -> None:
    """How many statements a page takes, in this process and after its first request."""
    client = Client(headers={"authorization": f"Bearer {token}"}, SERVER_NAME=HOST)
    client.get("/api/cases", secure=True)
    counts = {}
    for limit in (1, 100):
        with CaptureQueriesContext(connection) as captured:
            answer = client.get("/api/cases", {"limit": limit}, secure=True)
        if answer.status_code != 200 or len(answer.json()["items"]) != limit:
            raise BenchmarkError(f"The list of cases answered {answer.status_code}: {answer.content[:500]!r}")
        counts[limit] = len(captured)
    more = counts[100] - counts[1]
    what = "statements of a page of 100 cases less of 1"
    bench.add(Row(what, str(counts[100]), str(counts[1]), more, "", Goal(0, at_most=True)))


def _serve(bench: Bench, stack: ExitStack, database_url: str) -> str:
    port = free_port()
    program = hub.web(port, database_url)
    log = bench.directory / f"hub-{port}.log"
    environment = program.environment
    stack.enter_context(served(program.command, port=port, cwd=ROOT, environment=environment, log=log, probe=PATH))
    return f"http://{HOST}:{port}{PATH}"


def _compare(bench: Bench, targets: Mapping[str, _Target], many: int) -> None:
    bench.report.notes["bytes of an answer"] = {name: _checked(name, *target) for name, target in targets.items()}
    seconds = bench.choose(4, 1)
    for url, headers in targets.values():
        load(url, seconds=1, headers=headers)
    runs: dict[str, Callable[[], Load]] = {
        name: partial(load, url, seconds=seconds, headers=headers) for name, (url, headers) in targets.items()
    }
    loads = {name: _Loads.of(found) for name, found in interleave(bench.choose(5, 2), runs).items()}
    bench.report.notes["requests a second and latencies"] = dict(_figures(loads))
    ours, more = loads["ours"], loads["ours, many"]
    for name, goal in (("trivial", Goal(0.10, 0.17)), ("plain", None), ("oauth", Goal(6, 10))):
        other = loads[name]
        bench.add(
            Row(f"list of cases : {_NAMES[name]}", str(ours), str(other), ratio(ours.rate, other.rate), "x", goal)
        )
    other = loads["oauth"]
    p50 = Goal(5, at_most=True)
    bench.add(Row("list of cases, p50", f"{ours.p50} ms", f"{other.p50} ms", ours.p50.median, " ms", p50))
    bench.add(Row("list of cases, p99", f"{ours.p99} ms", f"{other.p99} ms", ours.p99.median, " ms"))
    slower = Goal(1.2, at_most=True)
    what = f"list of cases, time of page 1 of {many:,} : of {FEW:,}"
    bench.add(Row(what, str(more), str(ours), ratio(ours.rate, more.rate), "x", slower))


_NAMES = {"trivial": "trivial view", "plain": "DRF ModelViewSet", "oauth": "DRF + oauth-toolkit"}


def _figures(loads: Mapping[str, _Loads]) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, found in loads.items():
        yield name, {"per_second": found.rate.values, "p50_ms": found.p50.values, "p99_ms": found.p99.values}


def _checked(name: str, url: str, headers: Mapping[str, str]) -> int:
    """How long the target's answer is; every list must have its 50 rows. Raises BenchmarkError."""
    address, _, path = url.removeprefix("http://").partition("/")
    client = http.client.HTTPConnection(address, timeout=10)
    try:
        client.request("GET", f"/{path}", headers=dict(headers))
        answer = client.getresponse()
        body = answer.read()
    finally:
        client.close()
    content = json.loads(body) if answer.status == 200 else {}
    rows = content.get("items", content.get("results", []))
    if answer.status != 200 or (len(rows) != ROWS and name != "trivial"):
        raise BenchmarkError(f"{name} answered {answer.status} with {len(rows)} rows: {body[:300]!r}")
    return len(body)
