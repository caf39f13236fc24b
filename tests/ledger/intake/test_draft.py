"""What the books are handed: item numbers, prices for one unit, allowances as lines, marks of the vendor."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from ledger.intake import CaseDraft, DraftTax, IntakeError, Kind, LineKind, read_invoice, to_draft
from ledger.intake.line import Item, Price
from ledger.intake.party import Identifier, Party
from ledger.intake.payment import PaymentMeans
from tests.ledger.intake.samples import CREDIT_NOTE, UBL, changed, sample

DOCUMENT = read_invoice(UBL)


def draft_of(name: str) -> CaseDraft:
    return to_draft(read_invoice(sample(name)))


def test_the_head_of_a_draft() -> None:
    draft = to_draft(DOCUMENT)
    assert (draft.kind, draft.invoice_number, draft.currency) == (Kind.INVOICE, "VDK-2026-04417", "EUR")
    assert (draft.invoice_date, draft.due_date) == (date(2026, 9, 14), date(2026, 10, 14))
    assert (draft.buyer_name, draft.order_reference) == ("Demo Trading Inc.", "PO-260831")
    assert (draft.subtotal, draft.tax, draft.total) == (Decimal("1136.98"), Decimal("217.17"), Decimal("1354.15"))
    assert draft.taxes == (
        DraftTax(category="S", rate=Decimal(21), taxable=Decimal("956.98"), amount=Decimal("200.97")),
        DraftTax(category="S", rate=Decimal(9), taxable=Decimal("180.00"), amount=Decimal("16.20")),
    )


def test_the_allowances_and_charges_of_the_document_are_lines() -> None:
    lines = to_draft(DOCUMENT).lines
    assert [(line.position, line.kind, line.line_total) for line in lines] == [
        (1, LineKind.ITEM, Decimal("501.60")),
        (2, LineKind.ITEM, Decimal("449.40")),
        (3, LineKind.ITEM, Decimal("180.00")),
        (4, LineKind.ALLOWANCE, Decimal("-19.02")),
        (5, LineKind.CHARGE, Decimal("25.00")),
    ]
    allowance = lines[3]
    assert (allowance.quantity, allowance.unit_price, allowance.sku) == (Decimal(1), Decimal("-19.02"), None)
    assert (allowance.description, allowance.tax_rate) == ("Framework contract FRAME-2026-02", Decimal(21))


def test_a_credit_note_keeps_its_amounts_positive() -> None:
    draft = to_draft(read_invoice(CREDIT_NOTE))
    assert (draft.kind, draft.preceding_invoices) == (Kind.CREDIT_NOTE, ("VDK-2026-04417",))
    assert (draft.lines[0].quantity, draft.lines[0].line_total) == (Decimal(2), Decimal("149.80"))
    assert (draft.total, draft.payable) == (Decimal("177.63"), Decimal("177.63"))


def test_prices_per_hundred_become_prices_for_one() -> None:
    bolts, washers, wrench, service = draft_of("02").lines[:4]
    assert (bolts.unit_price, washers.unit_price) == (Decimal("0.142"), Decimal("0.0315"))
    assert (wrench.unit_price, service.sku) == (Decimal("189.00"), None)


def test_what_is_paid_and_rounded() -> None:
    draft = draft_of("05")
    assert (draft.total, draft.prepaid) == (Decimal("2489.18"), Decimal("500.00"))
    assert (draft.rounding, draft.payable) == (Decimal("0.02"), Decimal("1989.20"))
    assert draft.lines[3].line_total == Decimal("-50.00")


@pytest.mark.parametrize(
    ("net", "base", "unit_price"),
    [
        ("1", "3", "0.33333333"),
        ("2", "3", "0.66666667"),
        ("0.000000005", None, "0.00000001"),
        ("-0.000000005", None, "-0.00000001"),
        ("0.061232374", None, "0.06123237"),
        ("9999999999.99999999", None, "9999999999.99999999"),
    ],
)
def test_a_unit_price_has_eight_decimals(net: str, base: str | None, unit_price: str) -> None:
    price = Price(net=Decimal(net), base_quantity=None if base is None else Decimal(base))
    draft = to_draft(replace(DOCUMENT, lines=(replace(DOCUMENT.lines[0], price=price),)))
    assert draft.lines[0].unit_price == Decimal(unit_price)
    assert draft.lines[0].unit_price.as_tuple().exponent == -8


def test_a_unit_price_that_no_column_holds() -> None:
    price = Price(net=Decimal(10) ** 9, base_quantity=Decimal("0.01"))
    with pytest.raises(IntakeError, match="more than ten digits"):
        to_draft(replace(DOCUMENT, lines=(replace(DOCUMENT.lines[0], price=price),)))


def test_a_quantity_that_is_rounded_is_told() -> None:
    line = replace(DOCUMENT.lines[0], quantity=Decimal("24.0000004"))
    draft = to_draft(replace(DOCUMENT, lines=(line, *DOCUMENT.lines[1:])))
    assert draft.lines[0].quantity == Decimal(24)
    assert [each.code for each in draft.differences] == ["QUANTITY-ROUNDED"]


def test_a_pro_forma_invoice_is_told() -> None:
    draft = to_draft(read_invoice(changed(UBL, ">380<", ">325<")))
    assert [each.code for each in draft.differences] == ["PRO-FORMA"]


@pytest.mark.parametrize(
    ("item", "sku"),
    [
        (Item(name="x", seller_id="S", standard_id=Identifier(value="G", scheme="0160"), buyer_id="B"), "S"),
        (Item(name="x", standard_id=Identifier(value="G", scheme="0160"), buyer_id="B"), "G"),
        (Item(name="x", buyer_id="B"), "B"),
        (Item(name="x"), None),
    ],
)
def test_the_item_number(item: Item, sku: str | None) -> None:
    document = replace(DOCUMENT, lines=(replace(DOCUMENT.lines[0], item=item),))
    assert to_draft(document).lines[0].sku == sku


def test_by_what_a_vendor_is_recognised() -> None:
    seller = Party(name="Vendor", vat_id="NL8200.98.395.B.01", tax_registration=" nl 820098395-b01 ")
    means = (PaymentMeans(code="58", account="NL57 RABO 0107307510"), PaymentMeans(code="48", card_number="4242"))
    draft = to_draft(replace(DOCUMENT, seller=seller, payment_means=means))
    assert draft.seller.tax_ids == ("NL820098395B01",)
    assert draft.seller.accounts == ("NL57RABO0107307510",)
    assert (draft.seller.email, draft.seller.country) == (None, None)
    known = to_draft(DOCUMENT).seller
    assert known.electronic_address == Identifier(value="30999881", scheme="0106")
    assert (known.email, known.country) == ("facturen@vandijk-kantoor.example", "NL")
