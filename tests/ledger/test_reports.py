"""What the books say of a day, and whether they agree."""

import datetime as dt
from decimal import Decimal

import pytest

from ledger.models import Case, InventoryItem, System, Vendor
from ledger.services.items import create_item
from ledger.services.payments import pay_bill, reverse_payment
from ledger.services.postings import post_accounting, post_ap, post_inventory
from ledger.services.reports.open_bills import open_bills
from ledger.services.reports.reconciliation import reconcile
from ledger.services.reports.stock_valuation import stock_valuation
from ledger.services.reports.trial_balance import trial_balance
from ledger.services.rollbacks import roll_back
from tests.factories import make_approved_case, make_line, make_vendor
from tests.factories.ledger import CHIEF

pytestmark = pytest.mark.usefixtures("in_tenant")
D = Decimal
JANUARY, FEBRUARY, MARCH = (dt.date(2026, month, 10) for month in (1, 2, 3))


def posted(date: dt.date, total: str, vendor: Vendor | None = None) -> Case:
    """A case of a day, in all three systems."""
    case = make_approved_case(vendor or make_vendor(), make_line(total, quantity="10"), tax="1", invoice_date=date)
    for post in (post_inventory, post_ap, post_accounting):
        post(case_id=case.id, actor=CHIEF)
    return case


@pytest.fixture
def two_cases() -> tuple[Case, Case]:
    """One of January over 101.00, one of February over 201.00."""
    InventoryItem.objects.create(sku="WIDGET-1")
    return posted(JANUARY, "100"), posted(FEBRUARY, "200")


def test_the_trial_balance_of_a_day_is_zero_in_sum(two_cases: tuple[Case, Case]) -> None:
    for day, debits in ((JANUARY - dt.timedelta(1), 0), (JANUARY, 101), (FEBRUARY, 302), (None, 302)):
        found = trial_balance(as_of=day)
        assert (found.debits, found.credits) == (debits, debits)
    body = trial_balance(as_of=FEBRUARY).body()
    assert (body["balanced"], body["difference"], body["currency"]) == (True, 0, "USD")
    assert [(line["code"], line["balance"]) for line in body["accounts"]] == [
        ("1200", D(300)), ("2000", D(-302)), ("6900", D(2)),
    ]  # fmt: skip


def test_what_was_taken_back_has_never_been(two_cases: tuple[Case, Case]) -> None:
    roll_back(case_id=two_cases[0].id, systems=list(System), actor=CHIEF)
    for day in (JANUARY, FEBRUARY):
        assert reconcile(as_of=day).agrees
    assert [account.balance for account in trial_balance(as_of=JANUARY).accounts] == [0, 0, 0]
    assert open_bills(as_of=JANUARY).items == []
    assert stock_valuation(as_of=JANUARY).total == 0


def test_stock_is_valued_at_what_it_has_cost_up_to_a_day(two_cases: tuple[Case, Case]) -> None:
    create_item(sku="ALSO", quantity=D(2), unit_cost=D(5), actor=CHIEF)
    january = stock_valuation(as_of=JANUARY)
    assert (january.total, january.total_value, january.items[0].body()["average_cost"]) == (1, 100, 10)
    now = stock_valuation(limit=1, offset=1)
    assert (now.total, now.total_value, [item.sku for item in now.items]) == (2, 310, ["WIDGET-1"])
    assert now.items[0].body()["average_cost"] == 15
    beyond = stock_valuation(offset=9)
    assert (beyond.items, beyond.total, beyond.total_value) == ([], 2, 310)


def test_bills_are_open_from_their_day_until_they_are_paid(two_cases: tuple[Case, Case]) -> None:
    first, second = (case.bills.get() for case in two_cases)
    pay_bill(bill_id=first.id, date=MARCH, actor=CHIEF)
    assert [(bill.id, bill.total_amount) for bill in open_bills(as_of=JANUARY).items] == [(first.id, 101)]
    assert open_bills(as_of=FEBRUARY).total_amount == 302
    march = open_bills(as_of=MARCH)
    assert (march.total, march.total_amount) == (1, 201)
    overdue = march.items[0].body(MARCH + dt.timedelta(30))
    assert (overdue["id"], overdue["days_overdue"]) == (second.public_id, 28)
    for day in (JANUARY, FEBRUARY, MARCH, None):
        assert reconcile(as_of=day).agrees
    reverse_payment(bill_id=first.id, actor=CHIEF)
    assert open_bills(as_of=MARCH).total == 2
    assert open_bills(as_of=MARCH, limit=1, offset=5).total == 2


def test_every_difference_is_explained_by_its_cases(two_cases: tuple[Case, Case]) -> None:
    assert reconcile().body()["payables"]["causes_total"] == 0
    in_books = make_approved_case(make_vendor(), make_line("50"), tax="5")
    post_accounting(case_id=in_books.id, actor=CHIEF)
    in_stock = make_approved_case(make_vendor(), make_line("7"))
    post_inventory(case_id=in_stock.id, actor=CHIEF)
    billed = make_approved_case(make_vendor(), make_line("3"))
    post_ap(case_id=billed.id, actor=CHIEF)
    body = reconcile().body()
    assert body["agrees"] is False
    payables = {cause["case_id"]: (cause["cause"], cause["difference"]) for cause in body["payables"]["causes"]}
    assert payables == {
        in_books.public_id: ("not posted to ap", 55), billed.public_id: ("not posted to accounting", -3),
    }  # fmt: skip
    stocked = {cause["case_id"]: (cause["cause"], cause["difference"]) for cause in body["stock"]["causes"]}
    assert stocked == {
        in_books.public_id: ("not posted to inventory", 50), in_stock.public_id: ("not posted to accounting", -7),
    }  # fmt: skip
    assert body["payables"]["difference"] == sum(difference for _, difference in payables.values())
    assert body["stock"]["difference"] == sum(difference for _, difference in stocked.values())
    for case in (in_books, in_stock, billed):
        roll_back(case_id=case.id, systems=list(System), actor=CHIEF)
    assert reconcile().agrees


def test_a_balance_that_drifted_is_seen(two_cases: tuple[Case, Case]) -> None:
    Vendor.objects.filter(id=two_cases[0].vendor_id).update(balance=1)
    assert reconcile().payables.agrees is False
    assert reconcile(as_of=MARCH).payables.agrees is True
