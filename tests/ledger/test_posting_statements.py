"""The statements of a posting do not depend on its lines."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from ledger.models import CaseKind, InventoryItem, JournalEntry, SkuAlias, System
from ledger.services.postings import post_accounting, post_ap, post_inventory
from tests.factories import make_approved_case, make_line, make_vendor
from tests.factories.ledger import CHIEF

POST = {System.INVENTORY: post_inventory, System.AP: post_ap, System.ACCOUNTING: post_accounting}

pytestmark = pytest.mark.usefixtures("in_tenant")


def _returned(lines: int) -> int:
    """How many statements a return of that many items takes, each at another price than it has cost."""
    skus = [f"R-{lines}-{number}" for number in range(lines)]
    InventoryItem.objects.bulk_create(InventoryItem(sku=sku, quantity=1, value=3) for sku in skus)
    drafts = (make_line("10.00", quantity="1", sku=sku) for sku in skus)
    case = make_approved_case(make_vendor(), *drafts, kind=CaseKind.CREDIT_NOTE)
    with CaptureQueriesContext(connection) as queries:
        post_inventory(case_id=case.id, actor=CHIEF)
    assert JournalEntry.objects.get(case=case).lines.count() == 2 * lines
    return len(queries)


def _statements(lines: int) -> dict[System, int]:
    """How many statements each posting of a case with that many lines takes, each line of another item."""
    skus = [f"S-{lines}-{number}" for number in range(lines)]
    InventoryItem.objects.bulk_create(InventoryItem(sku=sku) for sku in skus)
    SkuAlias.objects.bulk_create(SkuAlias(vendor_sku=f"V-{sku}", internal_sku=sku) for sku in skus)
    case = make_approved_case(make_vendor(), *(make_line("10.00", sku=f"V-{sku}") for sku in skus), tax=Decimal(1))
    counted = {}
    for system, post in POST.items():
        with CaptureQueriesContext(connection) as queries:
            post(case_id=case.id, actor=CHIEF)
        counted[system] = len(queries)
    return counted


def test_one_line_or_a_thousand() -> None:
    one = _statements(1)
    assert one == _statements(10) == _statements(100) == _statements(1000)
    assert all(0 < count < 20 for count in one.values()), one


def test_a_price_difference_costs_its_mappings_and_its_entry() -> None:
    one = _returned(1)
    assert one == _returned(100) == _statements(1)[System.INVENTORY] + 2
