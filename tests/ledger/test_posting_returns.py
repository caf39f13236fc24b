"""Returns at another price than the stock has cost: no value without stock, none below zero, and the books agree."""

import itertools
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from integrations_site.tenancy import scope
from integrations_site.tenancy.models import Tenant
from ledger.models import (
    Account,
    AccountMapping,
    Case,
    CaseKind,
    InventoryItem,
    JournalEntry,
    Purpose,
    StockMovement,
    System,
    Vendor,
)
from ledger.services.bookkeeping.errors import AccountNotFoundError
from ledger.services.items import create_item
from ledger.services.postings import post_accounting, post_all, post_ap, post_inventory
from ledger.services.reports.reconciliation import reconcile
from ledger.services.reports.trial_balance import trial_balance
from ledger.services.rollbacks import roll_back
from ledger.types import LineInput
from tests.factories import make_approved_case, make_line, make_vendor
from tests.factories.ledger import CHIEF
from tests.ledger.ledger_state import balance, entry_lines, rows, stock

D = Decimal
POST = {System.INVENTORY: post_inventory, System.AP: post_ap, System.ACCOUNTING: post_accounting}
BOTH = (System.INVENTORY, System.ACCOUNTING)


def credit_note(total: str, quantity: str, *more: LineInput, vendor: Vendor | None = None) -> Case:
    lines = (make_line(total, quantity=quantity), *more)
    return make_approved_case(vendor or make_vendor(), *lines, kind=CaseKind.CREDIT_NOTE)


def post(case: Case, *systems: System) -> None:
    for system in systems:
        POST[system](case_id=case.id, actor=CHIEF)


def take_back(case: Case, *systems: System) -> Any:
    return roll_back(case_id=case.id, systems=systems, actor=CHIEF)


@pytest.fixture
def widgets(in_tenant: Tenant) -> InventoryItem:
    """Ten widgets at 4.00."""
    return create_item(sku="WIDGET-1", quantity=D(10), unit_cost=D(4), actor=CHIEF)


@pytest.mark.parametrize(
    ("quantity", "total", "left", "difference"),
    [
        ("3", "12", (7, 28), 0),
        ("3", "30", (7, 10), 0),  # dearer than the average: the rest becomes cheaper
        ("5", "45", (5, 0), 5),  # more than the item has
        ("10", "41", (0, 0), 1),  # the last piece, credited with more
        ("10", "25", (0, 0), -15),  # the last piece, credited with less
        ("10", "0", (0, 0), -40),
        ("9", "40", (1, 0), 0),
    ],
)
@pytest.mark.parametrize("order", [BOTH, BOTH[::-1]])
def test_a_return_takes_what_the_item_has(
    widgets: InventoryItem,
    order: tuple[System, ...],
    quantity: str,
    total: str,
    left: tuple[int, int],
    difference: int,
) -> None:
    case = credit_note(total, quantity)
    before = balance("1200"), balance("5000")
    post(case, *order)
    assert stock()[:2] == left
    assert (balance("1200"), balance("5000")) == (left[1], before[1] - difference)
    assert reconcile().stock.agrees
    for system in order:
        assert take_back(case, system).status == "rolled_back"
    assert stock() == (D(10), D(40), D(4))
    assert (balance("1200"), balance("5000")) == before
    assert reconcile().agrees


def test_the_lines_of_an_item_share_what_it_has_in_their_order(widgets: InventoryItem) -> None:
    case = credit_note("20", "2", make_line("30", quantity="3"), make_line("6", quantity="1"))
    post(case, System.INVENTORY)
    moved = StockMovement.objects.filter(posting__case=case).order_by("number").values_list("quantity", "value")
    assert list(moved) == [(-2, -20), (-3, -20), (-1, 0)]
    assert stock() == (D(4), D(0), D(4))
    entries = JournalEntry.objects.filter(case=case).values_list("kind", "date", "posting__system")
    assert list(entries) == [("stock", case.invoice_date, "inventory")]
    assert entry_lines()[2:] == [("1200", D(10)), ("5000", D(-10)), ("1200", D(6)), ("5000", D(-6))]


def test_what_comes_in_with_the_same_document_counts(widgets: InventoryItem) -> None:
    case = make_approved_case(make_vendor(), make_line("-70", quantity="-12"), make_line("50", quantity="5"))
    post(case, *BOTH)
    assert stock()[:2] == (D(3), D(20))
    assert balance("1200") == 20
    assert JournalEntry.objects.filter(case=case).count() == 1


def test_a_posting_anew_finds_the_stock_of_then(widgets: InventoryItem) -> None:
    case = credit_note("50", "10")
    post(case, *BOTH)
    assert balance("5000") == -10
    take_back(case, System.INVENTORY)
    post(make_approved_case(make_vendor(), make_line("60", quantity="10")), *BOTH)
    post(case, System.INVENTORY)
    assert stock()[:2] == (D(10), D(50))
    assert balance("5000") == 0
    assert reconcile().stock.agrees


@pytest.mark.parametrize(
    ("total", "credited"),
    [("100", "60"), ("20", "10")],  # what is left would be less than the receipt; would be value without stock
)
def test_a_receipt_whose_value_was_returned_stays_until_the_return_is_taken_back(
    widgets: InventoryItem, total: str, credited: str
) -> None:
    received = make_approved_case(make_vendor(), make_line(total, quantity="10"))
    post(received, *BOTH)
    back = credit_note(credited, "10")
    post(back, *BOTH)
    assert stock()[:2] == (D(10), 40 + D(total) - D(credited))
    before = rows()
    refusal = take_back(received, System.INVENTORY).failures[System.INVENTORY]
    assert refusal["code"] == "STOCK_CONSUMED"
    assert "returns" in refusal["next_step"]
    assert rows() == before
    take_back(back, *BOTH)
    take_back(received, *BOTH)
    assert stock() == (D(10), D(40), D(4))
    assert reconcile().agrees


def test_a_dry_run_tells_the_price_difference(widgets: InventoryItem) -> None:
    case = credit_note("50", "10")
    before = rows()
    told = post_inventory(case_id=case.id, actor=CHIEF, dry_run=True).body()
    assert rows() == before
    assert [(line["account"], line["debit"], line["credit"]) for line in told["entry"]["lines"]] == [
        ("1200", 10, None), ("5000", None, 10),
    ]  # fmt: skip
    post(case, System.INVENTORY)
    assert entry_lines()[2:] == [("1200", D(10)), ("5000", D(-10))]
    plain = make_approved_case(make_vendor())
    assert post_inventory(case_id=plain.id, actor=CHIEF, dry_run=True).body()["entry"] is None


def test_the_difference_follows_the_mappings(widgets: InventoryItem) -> None:
    for purpose, to in ((Purpose.INVENTORY, {"item": widgets}), (Purpose.COGS, {"category": "return"})):
        account = Account.objects.create(code=f"X-{purpose}", name="X", type=Account.Type.EXPENSE)
        AccountMapping.objects.create(purpose=purpose, account=account, **to)
    case = credit_note("50", "10")
    post_all(case_id=case.id, systems=list(System), actor=CHIEF, dry_run=False)
    assert (balance("X-inventory"), balance("X-cogs")) == (-40, -10)
    AccountMapping.objects.filter(purpose=Purpose.COGS).delete()
    take_back(case, *System)
    before = rows()
    with pytest.raises(AccountNotFoundError):
        post(case, System.INVENTORY)
    assert rows() == before


def test_the_reconciliation_names_the_system_that_is_missing(widgets: InventoryItem) -> None:
    case = credit_note("50", "10")
    post(case, System.INVENTORY)
    [cause] = reconcile().body()["stock"]["causes"]
    assert (cause["cause"], cause["difference"]) == ("not posted to accounting", 50)
    post(case, System.ACCOUNTING)
    take_back(case, System.INVENTORY)
    [cause] = reconcile().body()["stock"]["causes"]
    assert (cause["cause"], cause["difference"]) == ("not posted to inventory", -50)


amounts = st.integers(0, 5_000).map(lambda cents: D(cents).scaleb(-2))
movements = st.tuples(st.sampled_from(CaseKind), st.integers(1, 12), amounts)


@pytest.mark.django_db
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(documents=st.lists(st.lists(movements, min_size=1, max_size=3), min_size=1, max_size=4), data=st.data())
def test_whatever_is_returned_and_taken_back_in_whatever_order(
    tenant: Tenant, documents: list[list[tuple[CaseKind, int, Decimal]]], data: st.DataObject
) -> None:
    with scope.tenant_scope(tenant.id), transaction.atomic():
        create_item(sku="WIDGET-1", quantity=D(10), unit_cost=D("3.33"), actor=CHIEF)
        start = _state()
        cases = [_document(lines) for lines in documents]
        done: list[tuple[Case, System]] = []
        for case, system in data.draw(st.permutations(list(itertools.product(cases, BOTH)))):
            if system is System.ACCOUNTING or _fits(case):
                post(case, system)
                done.append((case, system))
            _require_sound()
        _take_all_back(data.draw(st.permutations(done)))
        assert _state() == start
        transaction.set_rollback(True)


def _document(lines: list[tuple[CaseKind, int, Decimal]]) -> Case:
    signs = {CaseKind.INVOICE: 1, CaseKind.CREDIT_NOTE: -1}
    drafts = [
        make_line(str(signs[kind] * total), quantity=str(signs[kind] * quantity), unit_price=total / quantity)
        for kind, quantity, total in lines
    ]
    return make_approved_case(make_vendor(), *drafts)


def _fits(case: Case) -> bool:
    moved: Decimal = sum((line.quantity for line in case.line_items.all()), D(0))
    return stock()[0] + moved >= 0


def _state() -> tuple[Any, ...]:
    return stock(), {account.code: account.balance for account in trial_balance().accounts if account.balance}


def _require_sound() -> None:
    quantity, value, _ = stock()
    assert value >= 0
    assert quantity or not value, "there is no value without stock"
    found = reconcile()
    assert all(len(cause.systems) == 1 for cause in found.stock.causes), "what is in both agrees"
    difference = sum((cause.booked - cause.held for cause in found.stock.causes), D(0))
    assert found.stock.account - found.stock.others["item_values"] == difference


def _take_all_back(left: list[tuple[Case, System]]) -> None:
    """What is refused because of a later return is taken back after it."""
    while left:
        refused = [(case, system) for case, system in left if take_back(case, system).failures]
        _require_sound()
        assert len(refused) < len(left), "nothing can be taken back any more"
        left = refused
