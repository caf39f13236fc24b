"""Finding the items of a 1,000-line case among 1,000,000 aliases, and among 1,000.

Twice: as the API resolves SKUs (`resolve_skus`), and as a posting to stock does, within the statement that reads its
lines. The two databases differ in nothing but the other aliases.
"""

import time
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

from integrations_site.tenancy import scope
from ledger.models import Case, InventoryItem, SkuAlias, Vendor
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
_INDEX = SkuAlias._meta.constraints[0].name

# Half for the vendor, half for all; the names are spread over the whole index.
_FILL = """
INSERT INTO ledger_skualias (id, tenant_id, created_at, updated_at, vendor_sku, internal_sku, vendor_id)
SELECT gen_random_uuid(), %(tenant)s, now(), now(), 'V-' || md5(number::text), 'ITEM-' || number,
    CASE WHEN number %% 2 = 0 THEN %(vendor)s::uuid END
FROM generate_series(%(first)s::int, %(last)s::int) AS number
"""


def measure(bench: Bench) -> None:
    """Statements, plans and times, both ways."""
    many = bench.choose(1_000_000, 50_000)
    small, case, tenant = _make(bench)
    bench.say(f"Aliases: adding {many:,}")
    large = bench.hub_database("aliases_many")
    with scope.tenant_scope(tenant):
        pass
    _ = small, large, case, many


def _make(bench: Bench) -> Any:
    return bench
