"""Cases in stock: which items, how many, at what cost; and what is refused."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from ledger.models import Case, CaseKind, InventoryItem, LineItem, SkuAlias, StockMovement
from ledger.services.bookkeeping.errors import InsufficientStockError, LinesRefusedError
from ledger.services.exchange_rates import create_exchange_rate
from ledger.services.items import create_item
from ledger.services.postings import post_accounting, post_ap, post_inventory
from ledger.services.stock import adjust_stock
from ledger.types import LineInput
from tests.factories import make_approved_case, make_line, make_vendor, set_settings
from tests.factories.ledger import CHIEF
from tests.ledger.ledger_state import balance, rows, stock

pytestmark = pytest.mark.usefixtures("in_tenant")
D = Decimal


def received(*lines: LineInput, **fields: Any) -> Case:
    """A case that is posted to stock."""
    case = make_approved_case(make_vendor(), *lines, **fields)
    post_inventory(case_id=case.id, actor=CHIEF)
    return case


def test_purchases_average_and_the_last_one_gives_the_last_cost() -> None:
    create_item(sku="WIDGET-1", quantity=D(10), unit_cost=D(4), actor=CHIEF)
    received(make_line("60", quantity="10"), make_line("21", quantity="3"))
    assert stock() == (D(23), D(121), D(7))
    movements = StockMovement.objects.values_list("number", "kind", "quantity", "value", "unit_cost")
    assert list(movements) == [
        (1, "opening", D(10), D(40), D(4)),
        (2, "purchase", D(10), D(60), D(6)),
        (3, "purchase", D(3), D(21), D(7)),
    ]


def test_returns_and_credit_notes_go_out_and_leave_the_last_cost() -> None:
    create_item(sku="WIDGET-1", quantity=D(10), unit_cost=D(4), actor=CHIEF)
    received(make_line("-8", quantity="-2"), make_line("50", sku="", description="Fee"))
    assert stock() == (D(8), D(32), D(4))
    received(make_line("12", quantity="3"), kind=CaseKind.CREDIT_NOTE)
    assert stock() == (D(5), D(20), D(4))
    kinds = StockMovement.objects.order_by("number").values_list("kind", flat=True)
    assert list(kinds) == ["opening", "return", "return"]


def test_an_alias_makes_the_item_that_it_names_once() -> None:
    vendor = make_vendor()
    SkuAlias.objects.create(vendor_sku="V-1", internal_sku="OURS", vendor=vendor)
    SkuAlias.objects.create(vendor_sku="V-2", internal_sku="OURS")
    InventoryItem.objects.create(sku="V-3")
    lines = [make_line("10", quantity="1", sku=sku, description=f"About {sku}") for sku in ("V-1", "V-2", "V-3", "V-1")]
    case = make_approved_case(vendor, *lines)
    answer = post_inventory(case_id=case.id, actor=CHIEF)
    assert (answer.items_created, answer.items_updated) == (1, 1)
    assert InventoryItem.objects.get(sku="OURS").description == "About V-1"
    assert stock("OURS") == (D(3), D(30), D(10))
    resolved = LineItem.objects.filter(case=case).values_list("internal_sku", "item__sku")
    assert list(resolved) == [("OURS", "OURS"), ("OURS", "OURS"), ("V-3", "V-3"), ("OURS", "OURS")]


def test_unknown_items_are_made_where_the_tenant_wants_that() -> None:
    set_settings(unknown_sku="create")
    case = make_approved_case(make_vendor(), make_line("10", quantity="1", sku='Od"d \\ {1},NULL'))
    assert post_inventory(case_id=case.id, actor=CHIEF).items_created == 1
    assert stock('Od"d \\ {1},NULL') == (D(1), D(10), D(10))


def test_every_line_that_stands_in_the_way_is_named_once_and_nothing_is_written() -> None:
    InventoryItem.objects.create(sku="ZERO")
    InventoryItem.objects.create(sku="OLD", is_active=False)
    case = make_approved_case(
        make_vendor(),
        make_line("0", quantity="0.000001", sku="NOPE"),
        make_line(sku="NOPE"),
        LineInput(sku="ZERO", quantity=D(0), unit_price=D(5), line_total=D(0)),
        make_line(sku="", category="inventory"),
        make_line(sku="OLD"),
    )
    before = rows()
    with pytest.raises(LinesRefusedError) as refused:
        post_inventory(case_id=case.id, actor=CHIEF)
    assert rows() == before
    assert refused.value.code == "SKU_MAPPING_NOT_FOUND"
    assert refused.value.problems == (
        "SKU NOPE: Mapping not found",
        "SKU ZERO: Invalid quantity",
        "Line 4: SKU missing",
        "SKU OLD: Item OLD is inactive",
    )


def test_more_cannot_go_out_than_there_is() -> None:
    create_item(sku="WIDGET-1", quantity=D(10), unit_cost=D(4), actor=CHIEF)
    case = make_approved_case(make_vendor(), make_line("44", quantity="11"), kind=CaseKind.CREDIT_NOTE)
    before = rows()
    with pytest.raises(InsufficientStockError, match="11 would go out, but there are 10") as refused:
        post_inventory(case_id=case.id, actor=CHIEF)
    assert rows() == before
    assert refused.value.details["items"]["WIDGET-1"]["in_stock"] == D(10)


@pytest.mark.parametrize(("quantity", "total"), [("-1", "10"), ("2", "-10")])
@pytest.mark.parametrize("kind", CaseKind)
def test_quantity_and_total_of_a_stock_line_go_the_same_way(quantity: str, total: str, kind: CaseKind) -> None:
    create_item(sku="WIDGET-1", quantity=D(10), unit_cost=D(40), actor=CHIEF)
    odd = make_line(total, quantity=quantity)
    case = make_approved_case(make_vendor(), make_line("100"), odd, kind=kind)
    before = rows()
    with pytest.raises(LinesRefusedError) as refused:
        post_inventory(case_id=case.id, actor=CHIEF)
    assert rows() == before
    assert refused.value.code == "INVALID_QUANTITY"
    assert f"line 2 has the quantity {quantity} but comes to {total}" in refused.value.problems[0]
    # What is no stock may: nobody counts it.
    received(make_line(total, quantity=quantity, category="expense"))


def test_a_dry_run_tells_what_is_written_then() -> None:
    SkuAlias.objects.create(vendor_sku="NEW", internal_sku="MADE")
    create_item(sku="WIDGET-1", quantity=D(10), unit_cost=D(4), actor=CHIEF)
    case = make_approved_case(make_vendor(), make_line("30", quantity="3"), make_line("9", quantity="2", sku="NEW"))
    before = rows()
    told = post_inventory(case_id=case.id, actor=CHIEF, dry_run=True).body()
    assert rows() == before
    written = post_inventory(case_id=case.id, actor=CHIEF).body()
    assert (told["items_created"], told["items_updated"]) == (written["items_created"], written["items_updated"])
    movements = StockMovement.objects.filter(posting__case=case).order_by("item__sku")
    assert sorted(
        (each["internal_sku"], each["kind"], each["quantity"], each["value"], each["unit_cost"])
        for each in told["movements"]
    ) == [(each.item.sku, each.kind, each.quantity, each.value, each.unit_cost) for each in movements]
    assert [each["item_id"] is None for each in told["movements"]] == [False, True]


def test_an_entry_that_comes_after_a_change_of_aliases_follows_what_was_posted() -> None:
    InventoryItem.objects.create(sku="FIRST")
    alias = SkuAlias.objects.create(vendor_sku="V-1", internal_sku="FIRST")
    case = received(make_line("10", sku="V-1"))
    alias.delete()
    assert post_accounting(case_id=case.id, actor=CHIEF).total_debits == 10
    assert stock("FIRST")[1] == balance("1200")


@pytest.mark.parametrize("first", [post_inventory, post_ap, post_accounting])
def test_the_rate_of_the_first_posting_holds_for_all(first: object) -> None:
    InventoryItem.objects.create(sku="WIDGET-1")
    create_exchange_rate(currency="EUR", date=dt.date(2026, 1, 1), rate=D("1.1"), actor=CHIEF)
    case = make_approved_case(make_vendor(), make_line("99.99"), currency="EUR", tax="9.99")
    first(case_id=case.id, actor=CHIEF)  # type: ignore[operator]
    create_exchange_rate(currency="EUR", date=dt.date(2026, 1, 20), rate=D("2"), actor=CHIEF)
    for post in (post_inventory, post_ap, post_accounting):
        if post is not first:
            post(case_id=case.id, actor=CHIEF)
    case.refresh_from_db()
    assert case.exchange_rate == D("1.1")
    assert stock()[1] == balance("1200") == D("109.99")
    assert balance("2000") == -case.bills.get().base_amount == D("-120.98")


def test_stock_that_goes_out_whole_leaves_no_cent() -> None:
    create_item(sku="WIDGET-1", quantity=D(3), unit_cost=D("3.333"), actor=CHIEF)
    item = InventoryItem.objects.get()
    assert item.value == D(10)
    for quantity in (D(-1), D(-2)):
        adjust_stock(item_id=item.id, quantity=quantity, reason="Sold", kind=StockMovement.Kind.ISSUE, actor=CHIEF)
    assert stock()[:2] == (0, 0)
    assert (balance("1200"), balance("5000")) == (0, D(10))
