"""Cases through the services: what is recorded, what is refused, and that a refusal changes nothing."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from integrations_site.audit.models import AuditEntry
from integrations_site.kernel import ids, money
from integrations_site.kernel.errors import HubError, InvalidInputError, UnprocessableError
from integrations_site.tenancy import scope
from integrations_site.tenancy.models import Tenant
from ledger.models import Case, CaseCount, CaseStatus, LineItem, Posting
from ledger.services.case_amounts import MAX_LINES, TotalsDisagreeError, settled
from ledger.services.cases import NotEditableError, create_case, delete_case, update_case
from ledger.services.vendors import VendorNotFoundError, deactivate_vendor
from ledger.types import CaseInput, LineInput, TaxInput
from tests.factories import case_input, make_approved_case, make_case, make_line, make_vendor
from tests.factories.ledger import CLERK

pytestmark = pytest.mark.usefixtures("in_tenant")


def test_a_case_is_a_draft_with_its_lines_and_taxes() -> None:
    case = make_case(None, make_line("1000.00"), make_line("50.00", sku="", category="freight"), tax="105.00")
    case.refresh_from_db()
    assert (case.status, case.total, case.payable) == ("draft", Decimal("1155.000"), Decimal("1155.000"))
    assert [line.line_total for line in case.line_items.all()] == [Decimal(1000), Decimal(50)]
    assert [(tax.rate, tax.amount) for tax in case.taxes.all()] == [(None, Decimal(105))]
    assert CaseCount.objects.get(status="draft").total == 1
    entry = AuditEntry.objects.get(subject=case.public_id)
    assert (entry.action, entry.actor, entry.data["total"]) == ("case.created", CLERK.id, "1155.00")


@pytest.mark.parametrize(
    ("changes", "field", "difference"),
    [
        ({"total": Decimal("1100.01")}, "total", Decimal("0.01")),
        ({"subtotal": Decimal("999.99"), "total": Decimal("1099.99")}, "subtotal", Decimal("-0.01")),
        ({"payable": Decimal(1000)}, "payable", Decimal(-100)),
        ({"lines": (make_line(line_total=Decimal("1000.01")),)}, "line_items[0].line_total", Decimal("0.01")),
        ({"taxes": (TaxInput(rate=Decimal(10), taxable=Decimal(1000), amount=Decimal(99)),)}, "tax", Decimal(1)),
        ({"taxes": (TaxInput(rate=Decimal(10), taxable=Decimal(900), amount=Decimal(100)),)}, "taxes", Decimal(-100)),
        (
            {"taxes": (TaxInput(rate=Decimal(20), taxable=Decimal(1000), amount=Decimal(100)),)},
            "taxes[0].amount",
            Decimal(-100),
        ),
        ({"lines": (make_line(tax_rate=Decimal(20)),)}, "tax", Decimal(-100)),
    ],
)
def test_amounts_that_disagree_are_refused_with_the_difference(
    changes: dict[str, Any], field: str, difference: Decimal
) -> None:
    values: dict[str, Any] = {"tax": "100.00", "total": Decimal("1100.00")}
    data = case_input(make_vendor(), **(values | changes))
    with pytest.raises(TotalsDisagreeError) as refused:
        create_case(data=data, actor=CLERK)
    assert refused.value.details["amounts"][field]["difference"] == difference
    assert not Case.objects.exists()
    assert not AuditEntry.objects.filter(action="case.created").exists()


@pytest.mark.parametrize(("currency", "amount"), [("JPY", "1100"), ("USD", "1100.25"), ("KWD", "1100.125")])
def test_amounts_have_as_many_decimals_as_their_currency(currency: str, amount: str) -> None:
    assert make_case(None, make_line(amount, quantity="1"), currency=currency).total == Decimal(amount)
    finer = Decimal(amount) + money.quantum(currency) / 10
    data = case_input(make_vendor(), make_line(finer, quantity="1"), currency=currency)
    with pytest.raises(InvalidInputError) as refused:
        create_case(data=data, actor=CLERK)
    assert refused.value.code == "AMOUNT_TOO_PRECISE"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"currency": "XYZ"}, "UNKNOWN_CURRENCY"),
        ({"lines": ()}, "VALIDATION_ERROR"),
        ({"lines": (make_line(),) * (MAX_LINES + 1)}, "TOO_MANY_LINES"),
        ({"total": Decimal(10) ** 15}, "VALIDATION_ERROR"),
        ({"taxes": (TaxInput(taxable=Decimal(500), amount=Decimal(0)),) * 2}, "VALIDATION_ERROR"),
        ({"vendor_id": ids.new_id()}, "VENDOR_NOT_FOUND"),
    ],
)
def test_what_cannot_be_a_case_is_refused_by_its_own_code(changes: dict[str, Any], code: str) -> None:
    with pytest.raises(HubError) as refused:
        create_case(data=case_input(make_vendor(), **changes), actor=CLERK)
    assert refused.value.code == code
    assert not Case.objects.exists()


def test_another_tenants_vendor_looks_like_an_unknown_one(rival: Tenant) -> None:
    with scope.tenant_scope(rival.id):
        foreign = make_vendor()
    refusals = []
    for vendor_id in (foreign.id, ids.new_id()):
        with pytest.raises(VendorNotFoundError) as refused:
            create_case(data=case_input(make_vendor(), vendor_id=vendor_id), actor=CLERK)
        refusals.append((refused.value.status, refused.value.message, set(refused.value.details)))
    assert refusals[0] == refusals[1]


def test_a_deactivated_vendor_gets_no_cases() -> None:
    vendor = make_vendor()
    deactivate_vendor(vendor_id=vendor.id, actor=CLERK)
    with pytest.raises(UnprocessableError) as refused:
        make_case(vendor)
    assert refused.value.code == "VENDOR_INACTIVE"


def test_taxes_are_derived_from_the_rates_of_the_lines() -> None:
    case = make_case(
        None,
        make_line("100.00", tax_category="S", tax_rate=Decimal(19)),
        make_line("33.33", quantity="1", tax_category="S", tax_rate=Decimal(7)),
        make_line("10.00", tax_category="Z", tax_rate=Decimal(0)),
        tax="21.34",  # the vendor rounded by line: 19.00 + 2.33 is a cent less
    )
    found = {(tax.category, tax.rate): tax.amount for tax in case.taxes.all()}
    assert found == {("S", 19): Decimal("19.01"), ("S", 7): Decimal("2.33"), ("Z", 0): Decimal(0)}


def test_an_update_replaces_lines_and_computes_what_was_not_given() -> None:
    case = make_case(None, make_line("1000.00"), tax="100.00")
    changes = {
        "lines": (make_line("500.00"),),
        "subtotal": Decimal(500),
        "tax": Decimal(50),
        "total": Decimal(550),
        "order_reference": "PO-1",
    }
    update_case(case_id=case.id, changes=changes, actor=CLERK)
    case.refresh_from_db()
    assert (case.total, case.payable, case.order_reference) == (Decimal(550), Decimal(550), "PO-1")
    assert [line.line_total for line in case.line_items.all()] == [Decimal(500)]
    assert [tax.amount for tax in case.taxes.all()] == [Decimal(50)]
    told = AuditEntry.objects.get(subject=case.public_id, action="case.updated").data
    assert told["changed"]["total"] == {"from": "1100.000", "to": "550"}


def test_a_refused_update_changes_nothing() -> None:
    case = make_case(tax="100.00")
    with pytest.raises(TotalsDisagreeError):
        update_case(case_id=case.id, changes={"total": Decimal(1), "order_reference": "PO-1"}, actor=CLERK)
    case.refresh_from_db()
    assert (case.total, case.order_reference, case.line_items.count()) == (Decimal(1100), "", 1)


def test_what_is_approved_is_neither_edited_nor_deleted() -> None:
    case = make_approved_case()
    with pytest.raises(NotEditableError):
        update_case(case_id=case.id, changes={"order_reference": "PO-1"}, actor=CLERK)
    with pytest.raises(NotEditableError):
        delete_case(case_id=case.id, actor=CLERK)
    case.refresh_from_db()
    assert (case.status, case.order_reference) == (CaseStatus.APPROVED, "")


def test_a_draft_is_deleted_with_its_rows_and_stays_in_the_audit_trail() -> None:
    case = make_case(tax="10.00")
    delete_case(case_id=case.id, actor=CLERK)
    assert not Case.objects.exists()
    assert not LineItem.objects.exists()
    assert AuditEntry.objects.filter(subject=case.public_id, action="case.deleted").count() == 1


def test_a_draft_that_was_in_the_books_is_not_deleted() -> None:
    case = make_case()
    status = Posting.Status.REVERSED
    Posting.objects.create(case=case, system="ap", status=status, result={}, posted_by="x", posted_at=case.created_at)
    with pytest.raises(NotEditableError):
        delete_case(case_id=case.id, actor=CLERK)
    assert Case.objects.filter(pk=case.pk).exists()


def test_the_statements_do_not_depend_on_the_lines() -> None:
    vendor = make_vendor()
    counts = []
    for lines in (1, 1000):
        data = case_input(vendor, *(make_line("1.00", quantity="1") for _ in range(lines)), tax="1.00")
        with CaptureQueriesContext(
            connection,
        ) as captured:
            create_case(data=data, actor=CLERK)
        counts.append(len(captured))
    assert counts[0] == counts[1]


_cents = st.integers(-10_000_000, 10_000_000).map(lambda cents: Decimal(cents) / 100)
_line = st.builds(
    lambda amount, rate: LineInput(
        quantity=Decimal(1), unit_price=amount, line_total=amount, tax_rate=rate, tax_category="S"
    ),
    _cents,
    st.sampled_from([Decimal(0), Decimal(7), Decimal(19), Decimal("5.5")]),
)


@given(st.lists(_line, min_size=1, max_size=20), st.booleans())
def test_taxes_always_add_up_to_the_tax_of_the_case(lines: list[LineInput], by_line: bool) -> None:
    """Whether the vendor rounded tax by line or by rate."""
    if by_line:
        tax = sum((money.rounded(line.line_total * (line.tax_rate or 0) / 100, "EUR") for line in lines), Decimal(0))
    else:
        rates = {line.tax_rate or Decimal(0) for line in lines}
        bases = {rate: sum(line.line_total for line in lines if line.tax_rate == rate) for rate in rates}
        tax = sum((money.rounded(base * rate / 100, "EUR") for rate, base in bases.items()), Decimal(0))
    subtotal = sum((line.line_total for line in lines), Decimal(0))
    case = settled(
        CaseInput(
            vendor_id=ids.new_id(),
            invoice_number="1",
            invoice_date=dt.date(2026, 1, 1),
            currency="EUR",
            subtotal=subtotal,
            tax=tax,
            total=subtotal + tax,
            lines=tuple(lines),
        )
    )
    assert sum((each.amount for each in case.taxes or ()), Decimal(0)) == tax
    assert sum((each.taxable for each in case.taxes or ()), Decimal(0)) == subtotal or not tax
