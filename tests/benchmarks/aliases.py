"""Finding the items of a 1,000-line case among 1,000,000 aliases, and among 1,000.

It is done in two ways: as the API resolves SKUs (`resolve_skus`), and as a posting to stock does, within the statement
that reads its lines. The two databases differ in nothing but the other aliases.
"""

import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

from integrations_site.tenancy import scope
from ledger.models import InventoryItem
from ledger.services.postings.cases import key_of
from ledger.services.postings.lines import send_lines
from ledger.services.sku_resolution import resolve_skus
from tests.benchmarks import hub
from tests.benchmarks.bench import Bench
from tests.benchmarks.databases import tidy
from tests.benchmarks.errors import BenchmarkError
from tests.benchmarks.report import Goal, Row
from tests.benchmarks.sampling import Sample, interleave, ratio
from tests.factories import make_approved_case, make_line, make_tenant, make_vendor

LINES = 1_000
CALLS = 10

# Half for the vendor and half for all, in no order: those of the case lie all over the index.
_FILL = """
INSERT INTO ledger_skualias (id, tenant_id, created_at, updated_at, vendor_sku, internal_sku, vendor_id)
SELECT gen_random_uuid(), %(tenant)s, now(), now(), 'V-' || md5(number::text), 'ITEM-' || number,
    CASE WHEN number %% 2 = 0 THEN %(vendor)s::uuid END
FROM generate_series(%(first)s::int, %(last)s::int) AS number
"""


@dataclass(frozen=True, slots=True)
class _Company:
    """A tenant with a case of a vendor that calls every item differently."""

    tenant_id: uuid.UUID
    vendor_id: uuid.UUID
    case_id: uuid.UUID
    skus: tuple[str, ...]

    def resolve(self) -> int:
        """How many SKUs of the case the API's way finds."""
        found = resolve_skus(vendor_id=self.vendor_id, vendor_skus=self.skus)
        return sum(resolution.item is not None for resolution in found.values())

    def read_lines(self) -> int:
        """How many lines of the case the posting's way finds an item for."""
        return sum(line.item_id is not None for line in send_lines(key_of(self.case_id)).all())


def measure(bench: Bench) -> None:
    """Statements, plans and times, both ways."""
    many = bench.choose(1_000_000, 50_000)
    bench.say(f"Aliases: {LINES:,}, and {many:,}")
    few_url = bench.hub_database("aliases_few")
    company = _found()
    hub.leave()
    many_url = bench.databases.create("aliases_many", like=few_url)
    with _at(many_url, company):
        _fill(company.tenant_id, company.vendor_id, LINES + 1, many)
    tidy(few_url)
    tidy(many_url)
    for label, call in (("posting", company.read_lines), ("API", company.resolve)):
        with _at(many_url, company):
            _add_plan(bench, f"{label}: SKUs of {LINES:,} lines among {many:,} aliases", company, call)
        runs = {"few": _timed(few_url, company, call), "many": _timed(many_url, company, call)}
        times = {name: Sample.of(found) for name, found in interleave(bench.choose(7, 3), runs).items()}
        what = f"{label}: time among {many:,} aliases : among {LINES:,}"
        bench.add(Row(what, f"{times['many']} ms", f"{times['few']} ms", ratio(times["many"], times["few"]), "x"))


def _found() -> _Company:
    tenant = make_tenant()
    with scope.tenant_scope(tenant.id):
        vendor = make_vendor()
        InventoryItem.objects.bulk_create(InventoryItem(sku=f"ITEM-{number}") for number in range(1, LINES + 1))
        skus = _fill(tenant.id, vendor.id, 1, LINES)
        case = make_approved_case(vendor, *(make_line(sku=sku) for sku in skus))
    return _Company(tenant.id, vendor.id, case.id, skus)


def _fill(tenant: uuid.UUID, vendor: uuid.UUID, first: int, last: int) -> tuple[str, ...]:
    parameters: Mapping[str, Any] = {"tenant": tenant, "vendor": vendor, "first": first, "last": last}
    with connection.cursor() as cursor:
        cursor.execute(_FILL + " RETURNING vendor_sku" if first == 1 else _FILL, parameters)
        return tuple(row[0] for row in cursor.fetchall()) if first == 1 else ()


@contextmanager
def _at(url: str, company: _Company) -> Iterator[None]:
    hub.work_on(url)
    with scope.tenant_scope(company.tenant_id):
        yield
    hub.leave()


def _timed(url: str, company: _Company, call: Callable[[], int]) -> Callable[[], float]:
    """How many milliseconds a call takes on a database, on a connection that has made it before."""

    def run() -> float:
        with _at(url, company):
            _checked(call())
            began = time.perf_counter()
            for _ in range(CALLS):
                call()
            return (time.perf_counter() - began) * 1000 / CALLS

    return run


def _checked(found: int) -> None:
    if found != LINES:
        raise BenchmarkError(f"{found} of {LINES} SKUs were resolved")


def _add_plan(bench: Bench, what: str, company: _Company, call: Callable[[], int]) -> None:
    with CaptureQueriesContext(connection) as captured:
        _checked(call())
    statements = [query["sql"] for query in captured.captured_queries]
    parameters = key_of(company.case_id).parameters if call == company.read_lines else None
    plans = [_plan(statement, parameters) for statement in statements]
    bench.report.notes[f"plans of {what}"] = plans
    for plan in plans:
        bench.say("\n".join(f"    {line}" for line in plan))
    scans = sum("Seq Scan on ledger_skualias" in line for plan in plans for line in plan)
    bench.add(Row(f"{what}: statements", str(len(statements)), "", len(statements), "", Goal(2, at_most=True)))
    bench.add(Row(f"{what}: scans of the whole table", str(scans), "", scans, "", Goal(0, at_most=True)))


def _plan(statement: str, parameters: Mapping[str, Any] | None) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) {statement}", parameters)
        return [_shortened(row[0]) for row in cursor.fetchall()]


def _shortened(line: str) -> str:
    return line if len(line) <= 200 else f"{line[:200]} ..."
