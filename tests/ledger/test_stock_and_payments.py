"""Stock that changes without a case, and bills that are paid: each with its entry."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from integrations_site.kernel import clock
from integrations_site.kernel.errors import HubError, InvalidInputError, NotFoundError
from ledger.models import AccountMapping, Bill, BillPayment, CaseKind, InventoryItem, Purpose, StockMovement
from ledger.services.bookkeeping.errors import (
    AccountNotFoundError,
    AmountOutOfRangeError,
    BillNotOpenError,
    InsufficientStockError,
    NotPostedError,
    PeriodLockedError,
)
from ledger.services.items import create_item
from ledger.services.payments import pay_bill, reverse_payment
from ledger.services.postings import post_accounting, post_ap
from ledger.services.reports.reconciliation import reconcile
from ledger.services.stock import adjust_stock
from tests.factories import make_approved_case, make_line, make_vendor, set_settings
from tests.factories.ledger import CHIEF
from tests.ledger.ledger_state import balance, entry_lines, owed, rows, stock

pytestmark = pytest.mark.usefixtures("in_tenant")
D = Decimal
ISSUE = StockMovement.Kind.ISSUE


@pytest.fixture
def widgets() -> InventoryItem:
    """Three widgets that have cost 10.00 together."""
    return create_item(sku="WIDGET-1", quantity=D(3), unit_cost=D("3.3333"), actor=CHIEF)


def unpaid_bill(**fields: Any) -> Bill:
    """The bill of a case over 100.00 that is in accounts payable and in the books."""
    case = make_approved_case(make_vendor(), make_line("100", sku=""), **fields)
    post_ap(case_id=case.id, actor=CHIEF)
    post_accounting(case_id=case.id, actor=CHIEF)
    return case.bills.get()


def test_opening_stock_is_booked_against_the_opening_balances(widgets: InventoryItem) -> None:
    assert stock() == (D(3), D(10), D("3.3333"))
    assert entry_lines() == [("1200", D(10)), ("3900", D(-10))]
    assert widgets.quantity == 3


def test_a_cost_without_stock_is_remembered_and_nothing_is_booked() -> None:
    create_item(sku="LATER", unit_cost=D(5), actor=CHIEF)
    create_item(sku="NOTHING", actor=CHIEF)
    assert (stock("LATER"), stock("NOTHING")) == ((0, 0, D(5)), (0, 0, 0))
    assert StockMovement.objects.get().item.sku == "LATER"
    assert entry_lines() == []


def test_issues_go_to_the_cost_of_sales_and_counts_to_expenses(widgets: InventoryItem) -> None:
    AccountMapping.objects.create(
        purpose=Purpose.EXPENSE, category="adjustment", account=AccountMapping.objects.get(category="office").account
    )
    issued = adjust_stock(item_id=widgets.id, quantity=D(-1), reason="Sold", kind=ISSUE, actor=CHIEF)
    assert (issued.movement.value, issued.item.value, issued.entry_id is not None) == (D("-3.33"), D("6.67"), True)
    adjust_stock(item_id=widgets.id, quantity=D(2), reason="Found", actor=CHIEF)
    assert stock()[:2] == (D(4), D("13.34"))
    assert entry_lines()[2:] == [
        ("1200", D("-3.33")), ("5000", D("3.33")), ("1200", D("6.67")), ("6300", D("-6.67")),
    ]  # fmt: skip
    assert reconcile().agrees


def test_what_is_found_where_nothing_was_is_worth_the_last_cost() -> None:
    item = create_item(sku="WIDGET-1", unit_cost=D("2.50"), actor=CHIEF)
    adjust_stock(item_id=item.id, quantity=D(4), reason="Found", actor=CHIEF)
    assert (stock()[:2], balance("1200")) == ((D(4), D(10)), D(10))
    worthless = create_item(sku="GIFT", actor=CHIEF)
    assert adjust_stock(item_id=worthless.id, quantity=D(4), reason="Found", actor=CHIEF).entry_id is None


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"quantity": D(-4)}, InsufficientStockError),
        ({"quantity": D(0)}, InvalidInputError),
        ({"quantity": D(1), "kind": ISSUE}, InvalidInputError),
        ({"quantity": D(10) ** 12}, AmountOutOfRangeError),
        ({"quantity": D(-1), "date": dt.date(2025, 12, 31)}, PeriodLockedError),
        ({"quantity": D(-1), "item_id": CHIEF}, NotFoundError),
    ],
)
def test_a_change_that_is_refused_changes_nothing(
    widgets: InventoryItem, change: dict[str, Any], error: type[HubError]
) -> None:
    set_settings(locked_until=dt.date(2025, 12, 31))
    if "item_id" in change:
        change = change | {"item_id": make_vendor().id}
    arguments: dict[str, Any] = {"item_id": widgets.id, "reason": "Test", "actor": CHIEF} | change
    before = rows()
    with pytest.raises(error):
        adjust_stock(**arguments)
    assert rows() == before


def test_a_payment_settles_the_bill_the_balance_and_the_books() -> None:
    bill = unpaid_bill(tax="10")
    payment = pay_bill(bill_id=bill.id, date=dt.date(2026, 2, 1), actor=CHIEF)
    bill.refresh_from_db()
    assert (bill.status, owed(), payment.date) == ("paid", (0, 0), dt.date(2026, 2, 1))
    assert (balance("2000"), balance("1000")) == (0, D(-110))
    assert reconcile().agrees
    reverse_payment(bill_id=bill.id, actor=CHIEF)
    bill.refresh_from_db()
    assert (bill.status, bill.paid_at, owed()) == ("open", None, (D(110), D(110)))
    assert (balance("2000"), balance("1000")) == (D(-110), 0)
    pay_bill(bill_id=bill.id, actor=CHIEF)
    assert BillPayment.objects.filter(bill=bill).count() == 2


def test_a_credit_note_is_paid_by_the_vendor() -> None:
    bill = unpaid_bill(kind=CaseKind.CREDIT_NOTE)
    pay_bill(bill_id=bill.id, actor=CHIEF)
    assert (balance("2000"), balance("1000"), owed()) == (0, D(100), (0, 0))


def test_without_a_day_it_is_paid_today_and_never_before_it_was_invoiced() -> None:
    assert pay_bill(bill_id=unpaid_bill().id, actor=CHIEF).date == clock.now().date()
    later = clock.now().date() + dt.timedelta(days=5)
    assert pay_bill(bill_id=unpaid_bill(invoice_date=later).id, actor=CHIEF).date == later


def test_a_payment_that_is_refused_changes_nothing() -> None:
    paid, void, bill = unpaid_bill(), unpaid_bill(), unpaid_bill()
    pay_bill(bill_id=paid.id, actor=CHIEF)
    Bill.objects.filter(id=void.id).update(status="void")
    set_settings(locked_until=dt.date(2026, 1, 31))
    for bill_id, date, error in (
        (paid.id, None, BillNotOpenError),
        (void.id, None, BillNotOpenError),
        (bill.id, dt.date(2026, 1, 19), InvalidInputError),
        (bill.id, dt.date(2026, 1, 31), PeriodLockedError),
        (bill.case_id, None, NotFoundError),
    ):
        before = rows()
        with pytest.raises(error):
            pay_bill(bill_id=bill_id, date=date, actor=CHIEF)
        assert rows() == before
    before = rows()
    with pytest.raises(NotPostedError):
        reverse_payment(bill_id=bill.id, actor=CHIEF)
    AccountMapping.objects.get(purpose=Purpose.BANK).delete()
    with pytest.raises(AccountNotFoundError):
        pay_bill(bill_id=bill.id, actor=CHIEF)
    assert rows()["Bill"] == before["Bill"]
    assert rows()["Vendor"] == before["Vendor"]
