"""Taking cases back: what comes back, what stays, and what is refused."""

import datetime as dt
from decimal import Decimal

import pytest

from integrations_site.kernel.errors import InvalidInputError, NotFoundError
from ledger.models import Bill, Case, CaseStatus, InventoryItem, JournalEntry, LineItem, Posting, StockMovement, System
from ledger.services.exchange_rates import create_exchange_rate
from ledger.services.items import create_item
from ledger.services.payments import pay_bill, reverse_payment
from ledger.services.postings import post_accounting, post_ap, post_inventory
from ledger.services.reports.reconciliation import reconcile
from ledger.services.rollbacks import RollbackAnswer, roll_back
from ledger.services.stock import adjust_stock
from notifications.models import Event
from tests.factories import make_approved_case, make_line, make_vendor, set_settings
from tests.factories.ledger import CHIEF
from tests.ledger.ledger_state import balance, owed, rows, stock

pytestmark = pytest.mark.usefixtures("in_tenant")
D = Decimal
ALL = tuple(System)
POST = {System.INVENTORY: post_inventory, System.AP: post_ap, System.ACCOUNTING: post_accounting}


def posted(case: Case, *systems: System) -> Case:
    """The case, posted to the systems (none named: to all)."""
    for system in systems or ALL:
        POST[system](case_id=case.id, actor=CHIEF)
    case.refresh_from_db()
    return case


def taken_back(case: Case, *systems: System) -> RollbackAnswer:
    """The answer to a rollback."""
    answer = roll_back(case_id=case.id, systems=systems or ALL, actor=CHIEF)
    case.refresh_from_db()
    return answer


@pytest.fixture
def widgets() -> InventoryItem:
    """Ten widgets at 4.00."""
    return create_item(sku="WIDGET-1", quantity=D(10), unit_cost=D(4), actor=CHIEF)


def test_what_other_cases_did_in_between_stays(widgets: InventoryItem) -> None:
    first = posted(make_approved_case(make_vendor(), make_line("60", quantity="10"), tax="6"))
    second = posted(make_approved_case(make_vendor(), make_line("90", quantity="10"), tax="9"))
    taken_back(first)
    assert stock() == (D(20), D(130), D(9))
    assert (balance("1200"), balance("2000"), owed()) == (D(130), D(-99), (D(99), D(99)))
    taken_back(second)
    assert stock() == (D(10), D(40), D(4))
    assert reconcile().agrees


def test_the_last_cost_is_that_of_the_latest_receipt_that_stands(widgets: InventoryItem) -> None:
    first = posted(make_approved_case(make_vendor(), make_line("60", quantity="10")))
    second = posted(make_approved_case(make_vendor(), make_line("90", quantity="10")))
    taken_back(second, System.INVENTORY)
    assert stock()[2] == D(6)
    taken_back(first, System.INVENTORY)
    assert stock()[2] == D(4)


def test_everything_that_was_written_stays_and_is_reversed(widgets: InventoryItem) -> None:
    case = posted(make_approved_case(make_vendor(), make_line("60", quantity="10"), tax="6"))
    taken_back(case)
    assert [posting.status for posting in Posting.objects.all()] == ["reversed"] * 3
    assert {posting.reversed_by for posting in Posting.objects.all()} == {CHIEF.id}
    purchase, reversal = StockMovement.objects.filter(posting__case=case).order_by("number")
    assert (reversal.reverses_id, reversal.quantity, reversal.value) == (purchase.id, D(-10), D(-60))
    assert Bill.objects.get().status == "void"
    entry = JournalEntry.objects.get(kind="case")
    assert entry.reversals.get().date == entry.date
    assert LineItem.objects.get(case=case).internal_sku == ""
    assert LineItem.objects.get(case=case).item is None


def test_where_a_case_stands_follows_from_the_systems_that_hold_it(widgets: InventoryItem) -> None:
    case = posted(make_approved_case(), System.AP)
    assert case.status == CaseStatus.APPROVED
    posted(case, System.INVENTORY)
    assert posted(case, System.ACCOUNTING).status == CaseStatus.INTEGRATED
    taken_back(case, System.AP)
    assert case.status == CaseStatus.APPROVED
    taken_back(case, System.ACCOUNTING, System.INVENTORY)
    assert case.status == CaseStatus.ROLLED_BACK
    assert posted(case, System.INVENTORY).status == CaseStatus.APPROVED
    assert posted(case, System.AP, System.ACCOUNTING).status == CaseStatus.INTEGRATED
    assert Bill.objects.exclude(status="void").count() == 1


def test_the_rate_is_looked_up_anew_once_nothing_is_posted(widgets: InventoryItem) -> None:
    create_exchange_rate(currency="EUR", date=dt.date(2026, 1, 1), rate=D("1.1"), actor=CHIEF)
    case = posted(make_approved_case(make_vendor(), make_line("100"), currency="EUR"))
    create_exchange_rate(currency="EUR", date=dt.date(2026, 1, 2), rate=D("1.2"), actor=CHIEF)
    taken_back(case, System.AP)
    assert (case.exchange_rate, posted(case, System.AP).exchange_rate) == (D("1.1"), D("1.1"))
    taken_back(case)
    assert case.exchange_rate is None
    assert posted(case).exchange_rate == D("1.2")
    assert balance("2000") == D(-120)


def test_each_system_says_why_it_refuses_and_the_others_succeed(widgets: InventoryItem) -> None:
    case = posted(make_approved_case(make_vendor(), make_line("60", quantity="10")), System.INVENTORY, System.AP)
    adjust_stock(item_id=widgets.id, quantity=D(-1), reason="Sold", actor=CHIEF)
    pay_bill(bill_id=Bill.objects.get().id, actor=CHIEF)
    before = rows()
    answer = taken_back(case)
    assert rows() == before
    assert answer.status == "failed"
    assert {system: told["code"] for system, told in answer.failures.items()} == {
        System.INVENTORY: "STOCK_CONSUMED",
        System.AP: "BILL_PAID",
        System.ACCOUNTING: "NOT_POSTED",
    }
    assert all(told["next_step"] for told in answer.failures.values())
    reverse_payment(bill_id=Bill.objects.get().id, actor=CHIEF)
    answer = taken_back(case)
    assert (answer.status, answer.body()["rollback_status"]["ap"]) == ("partial", "success")


def test_a_receipt_that_was_used_before_it_came_may_go(widgets: InventoryItem) -> None:
    adjust_stock(item_id=widgets.id, quantity=D(-1), reason="Sold", actor=CHIEF)
    case = posted(make_approved_case(make_vendor(), make_line("60", quantity="10")))
    assert taken_back(case).status == "rolled_back"
    assert stock() == (D(9), D(36), D(4))


def test_what_was_returned_since_cannot_be_taken_back(widgets: InventoryItem) -> None:
    case = posted(make_approved_case(make_vendor(), make_line("60", quantity="10")), System.INVENTORY)
    posted(make_approved_case(make_vendor(), make_line("-60", quantity="-15")), System.INVENTORY)
    before = rows()
    assert taken_back(case, System.INVENTORY).failures[System.INVENTORY]["code"] == "STOCK_CONSUMED"
    assert rows() == before


def test_a_closed_period_keeps_all_three(widgets: InventoryItem) -> None:
    case = posted(make_approved_case())
    set_settings(locked_until=case.invoice_date)
    before = rows()
    assert {told["code"] for told in taken_back(case).failures.values()} == {"PERIOD_LOCKED"}
    assert rows() == before


def test_a_bill_of_nothing_can_be_voided(widgets: InventoryItem) -> None:
    case = posted(make_approved_case(make_vendor(), make_line("100"), prepaid=D(100)))
    assert Bill.objects.get().status == "paid"
    assert taken_back(case).status == "rolled_back"


def test_each_system_publishes_that_it_was_taken_back(widgets: InventoryItem) -> None:
    case = posted(make_approved_case())
    taken_back(case, System.AP, System.INVENTORY)
    told = [event.payload for event in Event.objects.filter(type="integration.rolled_back").order_by("position")]
    assert [payload["rollback_status"] for payload in told] == [{"ap": "success"}, {"inventory": "success"}]
    assert [payload["remaining_systems"] for payload in told] == [["accounting", "inventory"], ["accounting"]]
    assert {payload["case_id"] for payload in told} == {case.public_id}


def test_the_answer_names_the_systems_that_still_hold_the_case(widgets: InventoryItem) -> None:
    case = posted(make_approved_case())
    answer = taken_back(case, System.AP)
    assert (answer.status, answer.body()["remaining_systems"]) == ("rolled_back", ["inventory", "accounting"])
    assert case.status == CaseStatus.APPROVED
    answer = taken_back(case, System.AP, System.INVENTORY)
    assert (answer.status, answer.body()["remaining_systems"]) == ("partial", ["accounting"])
    answer = taken_back(case, System.ACCOUNTING)
    assert (answer.status, answer.body()["remaining_systems"], case.status) == ("rolled_back", [], "rolled_back")


def test_what_cannot_be_asked_is_refused(widgets: InventoryItem) -> None:
    case = posted(make_approved_case())
    for systems in ((), (System.AP, System.AP)):
        with pytest.raises(InvalidInputError):
            roll_back(case_id=case.id, systems=systems, actor=CHIEF)
    with pytest.raises(NotFoundError):
        roll_back(case_id=widgets.id, systems=ALL, actor=CHIEF)
