"""Who waits for whom: nothing gets past a closed period, and nobody waits in a ring."""

import datetime as dt
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction

from integrations_site.kernel.errors import HubError
from integrations_site.tenancy import scope
from integrations_site.tenancy.models import Tenant
from ledger.models import Account, Bill, Case, InventoryItem, LedgerSettings, System, Vendor
from ledger.services.accounts import update_account
from ledger.services.exchange_rates import create_exchange_rate
from ledger.services.integration import OnFailure, integrate_case
from ledger.services.items import create_item
from ledger.services.payments import pay_bill, reverse_payment
from ledger.services.postings import post_accounting, post_ap, post_inventory
from ledger.services.rollbacks import roll_back
from ledger.services.stock import adjust_stock
from tests.factories import make_approved_case, set_settings
from tests.factories.ledger import CHIEF
from tests.ledger.ledger_state import rows

pytestmark = pytest.mark.django_db(transaction=True)
DAY = dt.date(2026, 1, 20)
Act = Callable[[Case], Any]
Elsewhere = Callable[[Callable[[], Any]], Future[Any]]
_WAITERS = """
SELECT count(DISTINCT pid) FROM pg_locks JOIN pg_stat_activity USING (pid)
WHERE NOT granted AND datname = current_database()
"""


def _pay(case: Case) -> Any:
    return pay_bill(bill_id=Bill.objects.get(case=case).id, actor=CHIEF, date=DAY)


def _unpay(case: Case) -> Any:
    return reverse_payment(bill_id=Bill.objects.get(case=case).id, actor=CHIEF)


def _adjust(case: Case) -> Any:
    item = InventoryItem.objects.get()
    return adjust_stock(item_id=item.id, quantity=Decimal(1), reason="Found", actor=CHIEF, date=DAY)


def _make_item() -> Any:
    return create_item(sku="NEW", quantity=Decimal(1), unit_cost=Decimal(1), actor=CHIEF)


def _roll_back(system: System) -> Act:
    def act(case: Case) -> Any:
        answer = roll_back(case_id=case.id, systems=[system], actor=CHIEF)
        return answer.failures[system]["code"] if answer.failures else answer

    return act


def _nothing(case: Case) -> None:
    """The case is approved; that is all."""


# What is booked, and what has to be there for it.
BOOKINGS: dict[str, tuple[Act, Act]] = {
    "inventory": (lambda case: post_inventory(case_id=case.id, actor=CHIEF), _nothing),
    "ap": (lambda case: post_ap(case_id=case.id, actor=CHIEF), _nothing),
    "accounting": (lambda case: post_accounting(case_id=case.id, actor=CHIEF), _nothing),
    "adjustment": (_adjust, _nothing),
    "payment": (_pay, lambda case: post_ap(case_id=case.id, actor=CHIEF)),
    "payment taken back": (_unpay, lambda case: (post_ap(case_id=case.id, actor=CHIEF), _pay(case))),
    "inventory back": (_roll_back(System.INVENTORY), lambda case: post_inventory(case_id=case.id, actor=CHIEF)),
    "ap back": (_roll_back(System.AP), lambda case: post_ap(case_id=case.id, actor=CHIEF)),
    "accounting back": (_roll_back(System.ACCOUNTING), lambda case: post_accounting(case_id=case.id, actor=CHIEF)),
}


@pytest.fixture
def elsewhere(tenant: Tenant) -> Iterator[Elsewhere]:
    """Starts an act in a thread of its own; the future has what it returned, or the code it was refused with."""

    def run(act: Callable[[], Any]) -> Any:
        try:
            with scope.tenant_scope(tenant.id):
                return act()
        except HubError as refused:
            return refused.code
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        yield lambda act: pool.submit(run, act)


def wait_for_waiters(number: int = 1) -> None:
    """Until as many wait for a lock that others hold."""
    end, pause = time.monotonic() + 10, threading.Event()
    while time.monotonic() < end:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            cursor.execute(_WAITERS)
            if cursor.fetchone()[0] >= number:
                return
        pause.wait(0.01)
    raise AssertionError("nobody waits")


@pytest.fixture
def case(in_tenant: Tenant) -> Case:
    """An approved case of an item that has stock but no value: to find one more books no entry."""
    create_item(sku="WIDGET-1", quantity=Decimal(5), actor=CHIEF)
    return make_approved_case(invoice_date=DAY)


@pytest.mark.parametrize("name", BOOKINGS)
def test_closing_a_period_waits_for_what_is_being_booked(case: Case, elsewhere: Elsewhere, name: str) -> None:
    book, prepare = BOOKINGS[name]
    prepare(case)
    with transaction.atomic():
        book(case)
        closing = elsewhere(lambda: set_settings(locked_until=DAY))
        wait_for_waiters()
        assert not closing.done()
    assert closing.result(timeout=10) is None
    assert LedgerSettings.objects.get().locked_until == DAY


@pytest.mark.parametrize("name", BOOKINGS)
def test_what_comes_while_a_period_is_being_closed_is_refused(case: Case, elsewhere: Elsewhere, name: str) -> None:
    book, prepare = BOOKINGS[name]
    prepare(case)
    with transaction.atomic():
        set_settings(locked_until=DAY)
        before = rows()
        booking = elsewhere(lambda: book(case))
        wait_for_waiters()
    assert booking.result(timeout=10) == "PERIOD_LOCKED"
    assert rows() == before


@pytest.mark.parametrize(
    "book",
    [
        lambda case: post_inventory(case_id=case.id, actor=CHIEF),
        lambda case: post_ap(case_id=case.id, actor=CHIEF),
        lambda _: create_exchange_rate(currency="EUR", date=DAY, rate=Decimal(2), actor=CHIEF),
        lambda _: _make_item(),
    ],
)
@pytest.mark.usefixtures("in_tenant")
def test_the_currency_stays_that_of_what_is_being_booked(elsewhere: Elsewhere, book: Act) -> None:
    InventoryItem.objects.create(sku="WIDGET-1")
    case = make_approved_case(invoice_date=DAY)
    with transaction.atomic():
        book(case)
        change = elsewhere(lambda: set_settings(currency="EUR"))
        wait_for_waiters()
    assert change.result(timeout=10) == "CURRENCY_IN_USE"
    assert LedgerSettings.objects.get().currency == "USD"


def test_a_new_item_and_a_change_of_the_settings_do_not_wait_in_a_ring(case: Case, elsewhere: Elsewhere) -> None:
    with transaction.atomic():
        post_ap(case_id=case.id, actor=CHIEF)
        closing = elsewhere(lambda: set_settings(terms_days=14))
        wait_for_waiters()
        making = elsewhere(_make_item)
        wait_for_waiters(2)
        InventoryItem.objects.create(sku="NEW")
    assert closing.result(timeout=10) is None
    assert making.result(timeout=10) == "ITEM_TAKEN"


def test_systems_are_written_in_one_order_however_they_are_named(case: Case, elsewhere: Elsewhere) -> None:
    other = make_approved_case(invoice_date=DAY)
    with transaction.atomic():
        Vendor.objects.select_for_update(no_key=True).get(id=case.vendor_id)
        posting = elsewhere(
            lambda: (
                integrate_case(
                    case_id=case.id, systems=list(System)[::-1], actor=CHIEF, on_failure=OnFailure.ROLLBACK
                ).status
            )
        )
        wait_for_waiters()
        post_accounting(case_id=other.id, actor=CHIEF)
    assert posting.result(timeout=10) == "integrated"


def _integrate_all(case: Case, on_failure: OnFailure, *systems: System) -> str:
    answer = integrate_case(case_id=case.id, systems=systems or tuple(System), actor=CHIEF, on_failure=on_failure)
    return answer.status


SEVERAL: dict[str, tuple[Act, str]] = {
    "integration": (
        lambda case: _integrate_all(case, OnFailure.KEEP, System.ACCOUNTING, System.INVENTORY),
        "integrated",
    ),
    "rollback": (
        lambda case: roll_back(case_id=case.id, systems=[System.ACCOUNTING, System.INVENTORY], actor=CHIEF).status,
        "rolled_back",
    ),
}


@pytest.mark.parametrize("name", SEVERAL)
def test_several_bookings_in_one_transaction_do_not_wait_in_a_ring(case: Case, elsewhere: Elsewhere, name: str) -> None:
    act, outcome = SEVERAL[name]
    if name == "rollback":
        _integrate_all(case, OnFailure.ROLLBACK)
    other = make_approved_case(invoice_date=DAY)

    def at_once() -> Any:
        with transaction.atomic():
            return act(case)

    with transaction.atomic():
        InventoryItem.objects.select_for_update(no_key=True).get()
        posting = elsewhere(lambda: _integrate_all(other, OnFailure.ROLLBACK))
        wait_for_waiters()
        several = elsewhere(at_once)
        wait_for_waiters(2)
    assert posting.result(timeout=10) == "integrated"
    assert several.result(timeout=10) == outcome


@pytest.mark.usefixtures("in_tenant")
def test_two_moves_in_the_chart_do_not_wait_in_a_ring(elsewhere: Elsewhere) -> None:
    first, second, *_, top = Account.objects.filter(parent__isnull=False).order_by("-id")
    lowest = Account.objects.order_by("id")[0]

    def move(account: Account) -> Any:
        return update_account(account_id=account.id, changes={"parent": top.parent}, actor=CHIEF).parent_id

    with transaction.atomic():
        Account.objects.select_for_update().get(id=lowest.id)
        moves = [elsewhere(lambda: move(first)), elsewhere(lambda: move(second))]
        wait_for_waiters(2)
    assert [moved.result(timeout=10) for moved in moves] == [top.parent_id] * 2
