"""Where the figures of a case are booked."""

from decimal import Decimal
from typing import Any

import pytest

from ledger.models import Account, AccountMapping, Case, CaseKind, InventoryItem, LineItem, Purpose, TaxRule, Vendor
from ledger.services.bookkeeping.errors import AccountNotFoundError
from ledger.services.postings import post_accounting
from ledger.types import TaxInput
from tests.factories import make_approved_case, make_line, make_vendor, set_settings
from tests.factories.ledger import CHIEF
from tests.ledger.ledger_state import entry_lines, rows

pytestmark = pytest.mark.usefixtures("in_tenant")
D = Decimal
ALLOWANCE, CHARGE = LineItem.Kind.ALLOWANCE, LineItem.Kind.CHARGE


def booked(case: Case) -> list[tuple[str, Decimal]]:
    """Account and amount of each line of the case's entry."""
    answer = post_accounting(case_id=case.id, actor=CHIEF)
    assert answer.total_debits == answer.total_credits
    return entry_lines()


def account(code: str, **fields: Any) -> Account:
    return Account.objects.create(code=code, name=f"Account {code}", type=Account.Type.EXPENSE, **fields)


def mapped(purpose: Purpose, code: str, **to: Any) -> None:
    AccountMapping.objects.create(purpose=purpose, account=account(code), **to)


def test_lines_go_to_stock_cost_of_sales_or_expenses() -> None:
    case = make_approved_case(
        make_vendor(),
        make_line("100"),
        make_line("20", sku="SOLD-1", category="cogs"),
        make_line("30", sku="", description="Advice"),
        make_line("40", sku="FREIGHT-1", category="expense"),
        make_line("50", sku="", category="freight"),
        make_line("-10", quantity="-1", sku="", kind=ALLOWANCE),
        make_line("5", quantity="1", sku="", kind=CHARGE),
        tax="23.50",
    )
    assert booked(case) == [
        ("1200", D(100)), ("5000", D(20)), ("6000", D(30)), ("6000", D(40)), ("6100", D(50)), ("6000", D(-10)),
        ("6000", D(5)), ("6900", D("23.50")), ("2000", D("-258.50")),
    ]  # fmt: skip


def test_the_most_specific_mapping_wins() -> None:
    vendor = make_vendor()
    item = InventoryItem.objects.create(sku="WIDGET-1")
    InventoryItem.objects.create(sku="WIDGET-2")

    def stock_account(sku: str, category: str = "") -> str:
        case = make_approved_case(vendor, make_line(sku=sku, category=category))
        told = post_accounting(case_id=case.id, actor=CHIEF, dry_run=True).body()
        return str(told["lines"][0]["account"])

    assert stock_account("WIDGET-1") == "1200"
    mapped(Purpose.INVENTORY, "1210", category="raw")
    assert (stock_account("WIDGET-1", "raw"), stock_account("WIDGET-1")) == ("1210", "1200")
    mapped(Purpose.INVENTORY, "1220", vendor=vendor)
    assert stock_account("WIDGET-1", "raw") == "1220"
    mapped(Purpose.INVENTORY, "1230", item=item)
    assert (stock_account("WIDGET-1", "raw"), stock_account("WIDGET-2")) == ("1230", "1220")


def test_a_vendors_default_account_serves_expenses_before_the_default_does() -> None:
    vendor = make_vendor()
    Vendor.objects.filter(id=vendor.id).update(default_account=account("6999"))
    case = make_approved_case(
        vendor, make_line("10", sku=""), make_line("20", sku="", category="travel"), make_line("30")
    )
    assert [code for code, _ in booked(case)] == ["6999", "6600", "1200", "2000"]


def test_taxes_are_claimed_back_or_borne_by_the_most_specific_rule() -> None:
    TaxRule.objects.create(category="S", rate=D(19), is_recoverable=True, account=account("1419"))
    TaxRule.objects.create(category="S", is_recoverable=True)
    TaxRule.objects.create(category="", rate=D(7), is_recoverable=False)
    taxes = (
        TaxInput(category="S", rate=D(19), taxable=D(100), amount=D(19)),
        TaxInput(category="S", rate=D(5), taxable=D(100), amount=D(5)),
        TaxInput(category="H", rate=D(7), taxable=D(100), amount=D(7)),
        TaxInput(category="AE", rate=D(0), taxable=D(100), amount=D(0)),
    )
    case = make_approved_case(make_vendor(), make_line("400", sku=""), tax="31", taxes=taxes)
    assert booked(case)[1:-1] == [("6900", D(7)), ("1400", D(5)), ("1419", D(19))]


def test_without_a_rule_the_setting_decides() -> None:
    set_settings(tax_recoverable=True)
    case = make_approved_case(make_vendor(), make_line("100", sku=""), tax="20")
    assert booked(case) == [("6000", D(100)), ("1400", D(20)), ("2000", D(-120))]


def test_prepayments_and_rounding_have_their_own_lines() -> None:
    case = make_approved_case(make_vendor(), make_line("100.02", sku=""), prepaid=D(40), rounding=D("-0.02"), tax=D(0))
    assert booked(case) == [("6000", D("100.02")), ("7900", D("-0.02")), ("1300", D(-40)), ("2000", D(-60))]


def test_a_credit_note_is_booked_the_other_way_round() -> None:
    case = make_approved_case(make_vendor(), make_line("100"), tax="10", kind=CaseKind.CREDIT_NOTE)
    assert booked(case) == [("1200", D(-100)), ("6900", D(-10)), ("2000", D(110))]


def test_where_every_amount_is_zero_nothing_is_booked() -> None:
    case = make_approved_case(make_vendor(), make_line("0"))
    answer = post_accounting(case_id=case.id, actor=CHIEF).body()
    assert (answer["entry_id"], answer["status"], answer["total_debits"]) == (None, "nothing_to_post", 0)
    assert entry_lines() == []


@pytest.mark.parametrize("purpose", [Purpose.INVENTORY, Purpose.PAYABLES, Purpose.TAX_EXPENSE])
def test_a_missing_or_inactive_account_is_named_and_nothing_is_written(purpose: Purpose) -> None:
    case = make_approved_case(tax="10")
    mapping = AccountMapping.objects.get(purpose=purpose, category="")
    Account.objects.filter(id=mapping.account_id).update(is_active=False)
    before = rows()
    with pytest.raises(AccountNotFoundError, match=f"{mapping.account.code}.*inactive"):
        post_accounting(case_id=case.id, actor=CHIEF)
    assert rows() == before
    mapping.delete()
    before = rows()
    with pytest.raises(AccountNotFoundError) as refused:
        post_accounting(case_id=case.id, actor=CHIEF)
    assert rows() == before
    assert refused.value.details["purpose"] == purpose
    assert "/api/account-mappings" in refused.value.details["next_step"]
