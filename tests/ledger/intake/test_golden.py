"""What some published invoices state, written down by a person who read the files."""

from datetime import date
from decimal import Decimal as D

import pytest

from ledger.intake import Kind, LineKind, read_invoice, to_draft
from ledger.intake.document import InvoiceDocument, Note, PrecedingInvoice
from ledger.intake.line import AllowanceCharge, Classification, ItemAttribute, Period
from ledger.intake.party import Address, Contact, Identifier
from tests.ledger.intake.corpus import content_of, needs_corpus

pytestmark = needs_corpus


def read(file: str) -> InvoiceDocument:
    return read_invoice(content_of(file))


def test_a_ubl_credit_note() -> None:
    document = read("en16931/ubl/ubl-tc434-creditnote1.xml")
    assert (document.kind, document.type_code, document.number) == (Kind.CREDIT_NOTE, "381", "018304 / 28865")
    assert (document.issue_date, document.due_date, document.currency) == (date(2019, 9, 23), None, "EUR")
    assert document.period == Period(start=date(2019, 2, 1), end=date(2019, 2, 28))
    assert (document.seller.name, document.seller.trading_name) == ("My Supplier Company", "My Supplier Company N.V.")
    assert document.seller.electronic_address == Identifier(value="0000000196", scheme="0201")
    assert document.seller.contact == Contact(email="john.doole@mysuppliercompany.be")
    assert document.seller.address == Address(
        line_one="De Grote Meir 22", city="ANTWERPEN", post_code="2000", country="BE"
    )
    (means,) = document.payment_means
    assert (means.code, means.account, means.bank) == ("1", "BE91000000143476", "BPOTBEB1")
    assert document.payment_reference == "010676609538"
    (tax,) = document.taxes
    assert (tax.category, tax.rate, tax.taxable, tax.amount) == ("E", D(0), D("100.11"), D(0))
    assert tax.exemption_reason == "Taxes are not applicable"
    (line,) = document.lines
    assert (line.quantity, line.unit_code, line.net_amount) == (D(1), "C62", D("100.11"))
    assert (line.item.seller_id, line.item.name) == ("V55", "Exonération du versement du PP")
    assert line.item.attributes == (ItemAttribute(name="2", value="Contributions - précompte professionnel"),)
    assert to_draft(document).payable == D("100.11")


def test_prices_finer_than_a_cent() -> None:
    document = read("en16931/ubl/sample-discount-price.xml")
    (line,) = document.lines
    assert (line.price.gross, line.price.discount) == (D("0.1234"), D("0.0022"))
    assert (line.price.net, line.price.base_quantity, line.price.base_unit) == (D("0.1212"), D(1), "EA")
    assert (line.quantity, line.net_amount, line.item.origin_country) == (D(100), D("12.12"), "HR")
    assert (document.totals.tax, document.totals.payable) == (D("3.03"), D("15.15"))
    assert document.totals.tax_in_accounting_currency is None  # BT-6 repeats BT-5, so there is no second amount
    assert document.buyer.name == (
        "HEP-OPERATOR DISTRIBUCIJSKOG SUSTAVA D.O.O. ZA DISTRIBUCIJU I OPSKRBU ELEKTRICNE ENERGIJE"
    )
    assert document.seller.address is not None
    assert document.seller.address.line_three == "ULICA 1, 10000 SPLIT"


def test_an_invoice_with_negative_amounts_stays_an_invoice() -> None:
    document = read("en16931/ubl/BIS3_Invoice_negativ.XML")
    assert (document.kind, document.currency) == (Kind.INVOICE, "DKK")
    (line,) = document.lines
    assert (line.quantity, line.price.net, line.net_amount) == (D(-1), D("625743.54"), D("-625743.54"))
    assert (line.unit_code, line.accounting_reference, line.item.seller_id) == ("KWH", "n/a", "12345")
    totals = document.totals
    assert (totals.tax, totals.tax_inclusive) == (D("-156435.89"), D("-782179.43"))
    assert totals.payable == D("-782179.43")
    draft = to_draft(document)
    assert (draft.lines[0].quantity, draft.lines[0].unit_price) == (D(-1), D("625743.54"))
    assert draft.seller.tax_ids == ("DK12345678",)
    assert (draft.buyer_reference, draft.order_reference, draft.due_date) == ("n/a", "n/a", date(2019, 2, 24))


def test_prices_per_hundred_and_line_charges() -> None:
    document = read("en16931/cii/huf_example_cii.xml")
    assert (document.number, document.currency, document.issue_date) == ("21/001003559/996", "HUF", date(2021, 10, 5))
    assert (document.seller.identifiers, document.seller.vat_id) == ((Identifier(value="5201"),), "HU30048650")
    assert document.notes == (Note(subject_code="AHS", text="HU"),)
    assert (document.payment_terms, document.due_date) == ("01.11.2021 00:00:00", date(2021, 11, 1))
    first, second, third = document.lines
    assert (first.quantity, first.price.net, first.price.base_quantity) == (D(64), D(36109), D(100))
    assert first.charges == (AllowanceCharge(is_charge=True, amount=D(330), reason="Fee"),)
    assert first.object_id == Identifier(value="BN-H 6622", scheme="ABZ")
    assert second.net_amount == 21389
    assert third.accounting_reference == "HIL GMBH"
    assert [part.reference for part in document.supporting_documents] == [
        "21620198615006",
        "843312_2021-09-30_HU_E-INVOICE_21-620198615-006.pdf",
    ]
    attached = document.supporting_documents[1].attachment
    assert attached is not None
    assert (attached.size, attached.content[:8], attached.mime_code) == (72637, b"%PDF-1.7", "application/pdf")
    assert [line.unit_price for line in to_draft(document).lines] == [
        D("361.09"),
        D("371.34"),
        D("375.50"),
    ]


@pytest.mark.parametrize("syntax", ["ubl", "uncefact"])
def test_a_rounded_amount_due(syntax: str) -> None:
    document = read(f"xrechnung/01.17a-INVOICE_{syntax}.xml")
    totals = document.totals
    assert (totals.line_total, totals.tax, totals.tax_inclusive) == (
        D("314.86"),
        D("22.04"),
        D("336.90"),
    )
    assert (totals.rounding, totals.payable) == (D("0.01"), D("336.91"))
    journal, postage = document.lines
    assert (journal.id, journal.order_line, journal.item.seller_id) == ("Zeitschrift [...]", "6171175.1", "246")
    assert journal.period == Period(start=date(2016, 1, 1), end=date(2016, 12, 31))
    assert journal.item.classifications == (Classification(code="0721-880X", scheme="IB"),)
    assert (postage.net_amount, postage.tax_rate, postage.item.seller_id) == (D("26.07"), D(7), None)
    draft = to_draft(document)
    assert (draft.rounding, draft.payable) == (D("0.01"), D("336.91"))
    assert draft.seller.accounts == ("DE79000000001234567890",)


@pytest.mark.parametrize("syntax", ["ubl", "uncefact"])
def test_an_amount_prepaid(syntax: str) -> None:
    document = read(f"xrechnung/03.04a-INVOICE_{syntax}.xml")
    assert document.totals.tax_inclusive == D("41836.62")
    assert (document.totals.prepaid, document.totals.payable) == (D(39839), D("1997.62"))
    assert document.direct_debit is not None
    assert document.direct_debit.mandate == "[Mandate reference identifier]"
    assert document.direct_debit.creditor == "[Bank assigned creditor identifier]"
    assert document.direct_debit.debited_account == "DE79000000001234567890"
    assert document.seller.identifiers == ()  # the creditor identifier is none of the seller's own
    amounts = "20765.88 9223.92 241.47 29.51 17.73 1.7 14.77 435.01 4426.83"
    assert [line.net_amount for line in document.lines] == [D(amount) for amount in amounts.split()]
    assert document.lines[0].quantity == D("804878.94")


def test_the_norms_largest_example() -> None:
    document = read("en16931/cii/CII_example5.xml")
    assert (document.number, document.currency, document.tax_currency) == ("TOSL110", "DKK", "EUR")
    assert (document.tax_point_date, document.due_date) == (date(2013, 4, 10), date(2013, 5, 10))
    assert document.preceding_invoices == (PrecedingInvoice(number="TOSL109", issue_date=date(2013, 3, 10)),)
    references = document.references
    assert (references.project, references.contract, references.sales_order) == ("Project345", "2013-05", "123")
    assert (references.despatch_advice, references.receiving_advice) == ("5433", "3544")
    assert (document.buyer_reference, document.order_reference) == ("qwerty", "PO4711")
    assert document.seller.tax_registration == "NL16356706"
    assert document.payee is not None
    assert (document.payee.name, document.payee.registration) == ("Dagobert Duck", Identifier(value="DK16356608"))
    assert document.tax_representative is not None
    assert document.tax_representative.vat_id == "DK16356609"
    assert document.delivery is not None
    assert document.delivery.location == Identifier(value="5790000436068", scheme="0088")
    assert [means.text for means in document.payment_means] == ["Half prepaid", None]
    totals = document.totals
    assert (totals.line_total, totals.allowance_total, totals.charge_total) == (D(4000), D(150), D(150))
    assert (totals.tax, totals.tax_in_accounting_currency) == (D(675), D("628.62"))
    assert (totals.prepaid, totals.payable) == (D("2337.5"), D("2337.5"))
    assert [(tax.rate, tax.taxable, tax.amount) for tax in document.taxes] == [
        (D(25), D(1500), D(375)),
        (D(12), D(2500), D(300)),
    ]
    assert [part.reference for part in document.supporting_documents] == ["Lot567", "OBJ999", "sales slip"]


def test_the_lines_of_the_norms_largest_example() -> None:
    document = read("en16931/cii/CII_example5.xml")
    paper = document.lines[0]
    assert (paper.price.net, paper.price.base_quantity, paper.price.gross) == (D(1), D(1), D("1.1"))
    assert (paper.item.seller_id, paper.item.buyer_id) == ("JB007", "BUY123")
    assert paper.item.standard_id == Identifier(value="1234567890128", scheme="0088")
    (allowance,), (charge,) = paper.allowances, paper.charges
    assert (allowance.amount, allowance.base, allowance.percent, allowance.reason_code) == (
        D(100),
        D(1000),
        D(10),
        "95",
    )
    assert (charge.amount, charge.reason, charge.effect) == (D(100), "Packaging", D(100))
    draft = to_draft(document)
    kinds = [(line.kind, line.line_total, line.sku) for line in draft.lines]
    assert kinds == [
        (LineKind.ITEM, D(1000), "JB007"),
        (LineKind.ITEM, D(500), "JB008"),
        (LineKind.ITEM, D(2500), "JB009"),
        (LineKind.ALLOWANCE, D(-150), None),
        (LineKind.CHARGE, D(150), None),
    ]
    assert (draft.subtotal, draft.tax, draft.total, draft.prepaid) == (D(4000), D(675), D(4675), D("2337.5"))
    assert (draft.payee_name, draft.preceding_invoices) == ("Dagobert Duck", ("TOSL109",))
