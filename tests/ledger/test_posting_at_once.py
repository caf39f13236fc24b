"""Postings at the same time: each happens once, none waits for ever, and the books agree."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from integrations_site.kernel.errors import ConflictError
from integrations_site.tenancy import scope
from integrations_site.tenancy.models import Tenant
from ledger.models import (
    Bill,
    Case,
    InventoryItem,
    JournalEntry,
    LedgerSettings,
    Posting,
    SkuAlias,
    StockMovement,
    System,
)
from ledger.services.integration import OnFailure, integrate_case
from ledger.services.payments import pay_bill
from ledger.services.postings import post_accounting, post_ap, post_inventory
from ledger.services.reports.reconciliation import reconcile
from ledger.services.reports.trial_balance import trial_balance
from ledger.services.rollbacks import roll_back
from ledger.services.stock import adjust_stock
from tests.concurrency import run_together
from tests.factories import make_approved_case, make_line, make_vendor
from tests.factories.ledger import CHIEF

pytestmark = pytest.mark.django_db(transaction=True)
POST: dict[System, Callable[..., Any]] = {
    System.INVENTORY: post_inventory,
    System.AP: post_ap,
    System.ACCOUNTING: post_accounting,
}


def at_once(tenant: Tenant, times: int, act: Callable[[int], Any]) -> list[Any]:
    """What each call returned, or the code of the error that it was refused with."""

    def one(number: int) -> Any:
        try:
            with scope.tenant_scope(tenant.id):
                return act(number)
        except ConflictError as refused:
            return refused.code
        finally:
            connection.close()

    return run_together(one, times)


def require_agreement() -> None:
    """The books balance, agree with bills and stock, and their entries are numbered without a gap."""
    found = reconcile()
    assert found.agrees, found.body()
    assert trial_balance().debits == trial_balance().credits
    numbers = list(JournalEntry.objects.order_by("number").values_list("number", flat=True))
    assert numbers == list(range(1, len(numbers) + 1))
    assert LedgerSettings.objects.get().journal_count == len(numbers)


@pytest.mark.parametrize(("system", "code"), [("inventory", "ALREADY_POSTED"), ("accounting", "ALREADY_POSTED")])
def test_one_of_twenty_posts_the_case(tenant: Tenant, system: str, code: str) -> None:
    with scope.tenant_scope(tenant.id):
        InventoryItem.objects.create(sku="WIDGET-1")
        case = make_approved_case(tax="10")
        answers = at_once(tenant, 20, lambda _: POST[System(system)](case_id=case.id, actor=CHIEF))
        assert answers.count(code) == 19
        assert Posting.objects.count() == 1
        assert StockMovement.objects.count() + JournalEntry.objects.count() == 1


def test_cases_that_make_the_same_items_in_any_order(tenant: Tenant) -> None:
    with scope.tenant_scope(tenant.id):
        vendor = make_vendor()
        skus = [f"S-{number}" for number in range(6)]
        SkuAlias.objects.bulk_create(SkuAlias(vendor_sku=sku, internal_sku=f"OUR-{sku}") for sku in skus)
        cases = [
            make_approved_case(vendor, *(make_line("10", sku=sku) for sku in (skus if number % 2 else skus[::-1])))
            for number in range(10)
        ]

        def integrate(number: int) -> str:
            case_id = cases[number].id
            outcome = integrate_case(case_id=case_id, systems=list(System), actor=CHIEF, on_failure=OnFailure.ROLLBACK)
            return outcome.status

        assert at_once(tenant, 10, integrate) == ["integrated"] * 10
        assert set(InventoryItem.objects.values_list("quantity", "movement_count")) == {(100, 10)}
        numbers = StockMovement.objects.filter(item__sku="OUR-S-0").order_by("number").values_list("number", flat=True)
        assert list(numbers) == list(range(1, 11))
        require_agreement()


def test_two_cases_of_one_invoice(tenant: Tenant) -> None:
    with scope.tenant_scope(tenant.id):
        vendor = make_vendor()
        cases = [make_approved_case(vendor, invoice_number="R-1") for _ in range(6)]
        answers = at_once(tenant, 6, lambda number: post_ap(case_id=cases[number].id, actor=CHIEF))
        assert answers.count("DUPLICATE_BILL") == 5
        assert Bill.objects.get().base_amount == 1000
        vendor.refresh_from_db()
        assert vendor.balance == 1000


def test_posting_and_taking_back_the_same_case(tenant: Tenant) -> None:
    with scope.tenant_scope(tenant.id):
        InventoryItem.objects.create(sku="WIDGET-1")
        case = make_approved_case(tax="10")

        def act(number: int) -> Any:
            if number % 2:
                return roll_back(case_id=case.id, systems=list(System), actor=CHIEF).status
            return integrate_case(
                case_id=case.id, systems=list(System), actor=CHIEF, on_failure=OnFailure.ROLLBACK
            ).status

        at_once(tenant, 12, act)
        held = Posting.objects.filter(status="posted").count()
        case.refresh_from_db()
        # A rollback takes one system after the other, so that postings may come in between.
        assert case.status == {0: "rolled_back", 3: "integrated"}.get(held, "approved")
        assert all(count <= 1 for count in (Bill.objects.exclude(status="void").count(), held // 3))
        require_agreement_of(case)


def require_agreement_of(case: Case) -> None:
    """Entries are numbered without a gap, and what the books and the systems hold differs by this case alone."""
    numbers = list(JournalEntry.objects.order_by("number").values_list("number", flat=True))
    assert numbers == list(range(1, len(numbers) + 1))
    found = reconcile()
    assert {cause.case_id for cause in (*found.payables.causes, *found.stock.causes)} <= {case.id}
    assert trial_balance().debits == trial_balance().credits


def test_everybody_works_on_the_same_vendor_and_item(tenant: Tenant) -> None:
    with scope.tenant_scope(tenant.id):
        vendor = make_vendor()
        item = InventoryItem.objects.create(sku="WIDGET-1")
        old = [make_approved_case(vendor, make_line(), tax="10") for _ in range(8)]
        for case in old:
            integrate_case(case_id=case.id, systems=list(System), actor=CHIEF, on_failure=OnFailure.ROLLBACK)
        new = [make_approved_case(vendor, make_line(), tax="10") for _ in range(4)]

        def act(number: int) -> Any:
            index = number // 4
            if number % 4 == 0:
                return integrate_case(
                    case_id=new[index].id, systems=list(System), actor=CHIEF, on_failure=OnFailure.ROLLBACK
                )
            if number % 4 == 1:
                return pay_bill(bill_id=Bill.objects.get(case=old[index]).id, actor=CHIEF)
            if number % 4 == 2:
                return roll_back(case_id=old[index + 4].id, systems=[System.ACCOUNTING, System.AP], actor=CHIEF)
            return adjust_stock(item_id=item.id, quantity=Decimal(-1), reason="Sold", actor=CHIEF)

        at_once(tenant, 16, act)
        assert Bill.objects.filter(status="paid").count() == 4
        assert Bill.objects.filter(status="void").count() == 4
        item.refresh_from_db()
        assert (item.quantity, item.movement_count) == (8 * 10 + 4 * 10 - 4, 8 + 4 + 4)
        found = reconcile()
        assert {cause.case_id for cause in found.stock.causes} == {case.id for case in old[4:]}
        assert found.payables.agrees
