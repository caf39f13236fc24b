"""Posting approved cases to stock, accounts payable and the books, one client, one case after the other.

It is compared with django-ledger, which does less (the bill and its journal entry), and with PostgreSQL's own
benchmark, one small transaction at a time.
"""

import time
import uuid
from collections.abc import Callable, Mapping
from functools import partial

from django.db import connection
from django.test.utils import CaptureQueriesContext

from integrations_site.audit.types import Actor
from integrations_site.tenancy import scope
from ledger.models import LedgerSettings, System
from ledger.services.integration import integrate_case
from tests.benchmarks import material
from tests.benchmarks.bench import Bench
from tests.benchmarks.databases import tidy
from tests.benchmarks.errors import BenchmarkError
from tests.benchmarks.posting_peers import LedgerPeer, Pgbench
from tests.benchmarks.report import Goal, Row
from tests.benchmarks.sampling import Sample, interleave, ratio
from tests.factories import make_tenant, make_vendor

CLERK = Actor("user-bench", "bench@example.com")
ITEMS = 1_000
# How many cases and bills one turn posts, by their lines.
TURNS = {10: (150, 40), 1: (200, 40), 100: (40, 12), 1000: (8, 2)}
QUICK_TURNS = {10: (30, 10), 1: (30, 10), 100: (8, 3), 1000: (2, 1)}
LEDGER_GOALS = {10: Goal(12, 35), 100: Goal(15, 30), 1000: Goal(11)}


def measure(bench: Bench) -> None:
    """Both comparisons, at 1, 10, 100 and 1,000 lines."""
    url = bench.hub_database("books")
    bench.say("Posting: preparing the books of all three")
    with (
        LedgerPeer(bench.databases.create("ledger_peer"), bench.directory / "ledger_peer.log") as peer,
        scope.tenant_scope(make_tenant().id),
    ):
        pgbench = Pgbench(bench.databases.create("pgbench"), seconds=bench.choose(3, 1))
        cases = _Cases()
        # Plans that are made while tables are all but empty are no plans for later; a hub in use has some rows.
        cases.post(10, bench.choose(300, 100))
        peer.post(10, bench.choose(60, 20))
        tidy(url)
        tidy(peer.url)
        _add_statements(bench, cases)
        for lines, (own, bills) in bench.choose(TURNS, QUICK_TURNS).items():
            runs = {"ours": partial(cases.post, lines, own), "peer": partial(peer.post, lines, bills)}
            others = {"pgbench": pgbench.run} if lines == 10 else {}
            _compare(bench, lines, {**runs, **others}, rounds=bench.choose(5 if lines == 10 else 3, 2))


class _Cases:
    """Approved cases in stock, and the posting of them."""

    def __init__(self) -> None:
        vendor = make_vendor()
        material.stock_items(ITEMS, vendor)
        self._templates = {lines: material.template(vendor, lines) for lines in TURNS}
        for lines in TURNS:
            self.post(lines, 2)

    def post(self, lines: int, count: int) -> float:
        """How many cases a second were posted to all three systems."""
        waiting = material.copies(self._templates[lines], count)
        began = time.perf_counter()
        for case_id in waiting:
            _post(case_id)
        return count / (time.perf_counter() - began)

    def statements(self, lines: int) -> int:
        """How many statements posting one case sends."""
        [case_id] = material.copies(self._templates[lines], 1)
        with CaptureQueriesContext(connection) as captured:
            _post(case_id)
        return len(captured)


def _post(case_id: uuid.UUID) -> None:
    outcome = integrate_case(
        case_id=case_id,
        systems=tuple(System),
        actor=CLERK,
        on_failure=LedgerSettings.OnFailure.ROLLBACK,
    )
    if outcome.status != "integrated":
        raise BenchmarkError(f"A case could not be posted: {outcome.body()}")


def _add_statements(bench: Bench, cases: _Cases) -> None:
    counts = {lines: cases.statements(lines) for lines in sorted(TURNS)}
    bench.report.notes["statements of a posting, by lines"] = counts
    bench.add(
        Row(
            "statements of a posting, 1,000 lines less 1 line",
            str(counts[1000]),
            str(counts[1]),
            counts[1000] - counts[1],
            "",
            Goal(0, at_most=True),
        )
    )


def _compare(bench: Bench, lines: int, runs: Mapping[str, Callable[[], float]], *, rounds: int) -> None:
    rates = {name: Sample.of(values) for name, values in interleave(rounds, runs).items()}
    ours, peer = rates["ours"], rates["peer"]
    bench.report.notes[f"cases a second, {lines} lines"] = {name: rate.values for name, rate in rates.items()}
    label = f"posting {lines:,} line{'s' if lines > 1 else ''}"
    goal = LEDGER_GOALS.get(lines)
    bench.add(Row(f"{label} : django-ledger", f"{ours}/s", f"{peer}/s", ratio(ours, peer), "x", goal))
    if pgbench := rates.get("pgbench"):
        bench.add(
            Row(f"{label} : pgbench -c1", f"{ours}/s", f"{pgbench}/s", ratio(ours, pgbench), "x", Goal(0.18, 0.55))
        )
    if lines == 1000:
        bench.add(Row(label, f"{1000 / ours.median:.1f} ms", "", 1000 / ours.median, " ms", Goal(100, at_most=True)))
