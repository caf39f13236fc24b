"""What an invoice must not leave out or state wrongly, and how that is said: term, element, line and value."""

from datetime import date

import pytest

from ledger.intake import IntakeError, Kind, read_invoice
from tests.ledger.intake.samples import CII, CREDIT_NOTE, UBL, changed, sample

UBL_INVOICE = "urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"
PAYABLE = '<cbc:PayableAmount currencyID="EUR">1354.15</cbc:PayableAmount>'
DUE = "<ram:DuePayableAmount>1311.08</ram:DuePayableAmount>"


def refusal_of(content: bytes) -> IntakeError:
    with pytest.raises(IntakeError) as caught:
        read_invoice(content)
    assert caught.value.status == 422
    return caught.value


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (UBL.replace(UBL_INVOICE.encode(), b"urn:example:Invoice-3"), "urn:example:Invoice-3"),
        (b"<Invoice/>", "no namespace"),
        (b'<Order xmlns="urn:oasis:names:specification:ubl:schema:xsd:Order-2"/>', "Order-2"),
        (b'<p:FatturaElettronica xmlns:p="http://ivaservizi.agenziaentrate.gov.it/docs/v1.2"/>', "FatturaElettronica"),
        (b"<html><body>Invoice</body></html>", "html"),
    ],
)
def test_another_kind_of_document(content: bytes, found: str) -> None:
    error = refusal_of(content)
    assert error.code == "UNSUPPORTED_DOCUMENT"
    assert found in error.message
    assert "CrossIndustryInvoice" in error.message
    assert UBL_INVOICE in error.message


@pytest.mark.parametrize(
    ("content", "term", "element"),
    [
        (changed(UBL, "<cbc:ID>VDK-2026-04417</cbc:ID>", ""), "BT-1", "/ubl:Invoice/cbc:ID"),
        (changed(UBL, "<cbc:ID>VDK-2026-04417</cbc:ID>", "<cbc:ID>  </cbc:ID>"), "BT-1", "/ubl:Invoice/cbc:ID"),
        (
            changed(CII, "<ram:ID>INV-77105</ram:ID>", "<ram:ID/>"),
            "BT-1",
            "/rsm:CrossIndustryInvoice/rsm:ExchangedDocument/ram:ID",
        ),
        (changed(UBL, "<cbc:IssueDate>2026-09-14</cbc:IssueDate>", ""), "BT-2", "/ubl:Invoice/cbc:IssueDate"),
        (
            changed(UBL, "<cbc:InvoiceTypeCode>380</cbc:InvoiceTypeCode>", ""),
            "BT-3",
            "/ubl:Invoice/cbc:InvoiceTypeCode",
        ),
        (
            changed(UBL, "<cbc:DocumentCurrencyCode>EUR</cbc:DocumentCurrencyCode>", ""),
            "BT-5",
            "/ubl:Invoice/cbc:DocumentCurrencyCode",
        ),
        (changed(UBL, PAYABLE, ""), "BT-115", "/ubl:Invoice/cac:LegalMonetaryTotal/cbc:PayableAmount"),
        (
            changed(UBL, '<cbc:LineExtensionAmount currencyID="EUR">449.40</cbc:LineExtensionAmount>', ""),
            "BT-131",
            "/ubl:Invoice/cac:InvoiceLine[2]/cbc:LineExtensionAmount",
        ),
    ],
)
def test_a_term_that_is_missing_or_empty(content: bytes, term: str, element: str) -> None:
    error = refusal_of(content)
    assert (error.code, error.details["term"], error.details["element"]) == ("MISSING_ELEMENT", term, element)
    assert f"({term})" in error.message


@pytest.mark.parametrize(
    ("document", "tag"),
    [(UBL, "cac:InvoiceLine"), (CREDIT_NOTE, "cac:CreditNoteLine"), (UBL, "cac:AccountingSupplierParty")],
)
def test_a_group_that_is_missing(document: bytes, tag: str) -> None:
    first = document.index(f"<{tag}>".encode())
    last = document.rindex(f"</{tag}>".encode()) + len(f"</{tag}>")
    assert refusal_of(document[:first] + document[last:]).code == "MISSING_ELEMENT"


NO_NUMBERS = [
    "NaN",
    "INF",
    "-Infinity",
    "1e400",
    "1E2",
    "1,354.15",
    "1.354,15",
    "1354.15 EUR",
    "0x10",
    "١٣",
    "1_000",
    "--1",
]


TOO_LONG = ["1354.1501", "1354.1500000001", "9" * 16, "1" * 1000, "0." + "0" * 200 + "1"]


@pytest.mark.parametrize("written", [*NO_NUMBERS, *TOO_LONG])
@pytest.mark.parametrize(("document", "element"), [(UBL, PAYABLE), (CII, DUE)], ids=["ubl", "cii"])
def test_an_amount_that_is_none(document: bytes, element: str, written: str) -> None:
    number = "1354.15" if document is UBL else "1311.08"
    error = refusal_of(changed(document, element, element.replace(number, written)))
    assert (error.code, error.details["term"]) == ("INVALID_VALUE", "BT-115")
    assert error.details["value"][:60] == written[:60]
    assert error.details["line"] > 1


@pytest.mark.parametrize("written", ["+1354.15", "1354.150000000", "00001354.15", " 1354.15\n", "1354.15"])
def test_other_ways_of_writing_the_same_amount(written: str) -> None:
    assert read_invoice(changed(UBL, PAYABLE, PAYABLE.replace("1354.15", written))) == read_invoice(UBL)


@pytest.mark.parametrize(("written", "number"), [(".5", "0.5"), ("5.", "5"), ("-0", "0"), ("-.5", "-0.5")])
def test_short_ways_of_writing_a_number(written: str, number: str) -> None:
    short = read_invoice(changed(UBL, PAYABLE, PAYABLE.replace("1354.15", written)))
    assert short == read_invoice(changed(UBL, PAYABLE, PAYABLE.replace("1354.15", number)))


@pytest.mark.parametrize(
    ("document", "old", "new", "term"),
    [
        (UBL, "<cbc:IssueDate>2026-09-14", "<cbc:IssueDate>2026-02-30", "BT-2"),
        (UBL, "<cbc:IssueDate>2026-09-14", "<cbc:IssueDate>14.09.2026", "BT-2"),
        (UBL, "<cbc:IssueDate>2026-09-14", "<cbc:IssueDate>2026-09-14T00:00:00", "BT-2"),
        (UBL, "<cbc:DueDate>2026-10-14", "<cbc:DueDate>0000-10-14", "BT-9"),
        (CII, '<udt:DateTimeString format="102">20260922', '<udt:DateTimeString format="102">20260230', "BT-2"),
        (CII, '<udt:DateTimeString format="102">20260922', '<udt:DateTimeString format="102">2026-09-22', "BT-2"),
        (CII, '<udt:DateTimeString format="102">20260922', '<udt:DateTimeString format="203">202609220000', "BT-2"),
        (UBL, "<cbc:DocumentCurrencyCode>EUR", "<cbc:DocumentCurrencyCode>XYZ", "BT-5"),
        (UBL, "<cbc:DocumentCurrencyCode>EUR", "<cbc:DocumentCurrencyCode>EURO", "BT-5"),
        (UBL, "<cbc:DocumentCurrencyCode>EUR", "<cbc:DocumentCurrencyCode>eur", "BT-5"),
        (CII, "<ram:InvoiceCurrencyCode>USD", "<ram:InvoiceCurrencyCode>US$", "BT-5"),
        (UBL, "<cbc:InvoiceTypeCode>380", "<cbc:InvoiceTypeCode>220", "BT-3"),
        (CII, "<ram:TypeCode>380", "<ram:TypeCode>Invoice", "BT-3"),
        (CREDIT_NOTE, "<cbc:CreditNoteTypeCode>381", "<cbc:CreditNoteTypeCode>380", "BT-3"),
        (UBL, "<cbc:ChargeIndicator>false", "<cbc:ChargeIndicator>no", "BT-92"),
        (UBL, "<cbc:Percent>21", "<cbc:Percent>21 %", "BT-96"),
        (CII, '<ram:BasisQuantity unitCode="C62">100', '<ram:BasisQuantity unitCode="C62">0', "BT-149"),
        (CII, '<ram:BasisQuantity unitCode="C62">100', '<ram:BasisQuantity unitCode="C62">-100', "BT-149"),
        (UBL, "<cbc:ID>VDK-2026-04417", f"<cbc:ID>{'9' * 257}", "BT-1"),
    ],
)
def test_a_value_that_cannot_be(document: bytes, old: str, new: str, term: str) -> None:
    error = refusal_of(changed(document, old, new))
    assert (error.code, error.details["term"]) == ("INVALID_VALUE", term)
    assert set(error.details) == {"term", "element", "line", "value"}


def test_a_message_for_an_accountant() -> None:
    wrong = changed(UBL, '<cbc:PriceAmount currencyID="EUR">74.90', '<cbc:PriceAmount currencyID="EUR">74,90')
    error = refusal_of(wrong)
    assert error.message == (
        "The item net price (BT-146) of line 2 says “74,90”, which has a comma; decimals are written with a point, "
        "and thousands without a mark."
    )
    assert error.details["element"] == "/ubl:Invoice/cac:InvoiceLine[2]/cac:Price/cbc:PriceAmount"
    assert error.details["line"] == wrong[: wrong.index(b"74,90")].count(b"\n") + 1
    assert error.details["value"] == "74,90"


def test_a_term_may_not_be_stated_twice_and_differently() -> None:
    twice = changed(UBL, "<cbc:DueDate>", "<cbc:DueDate>2026-10-13</cbc:DueDate><cbc:DueDate>")
    error = refusal_of(twice)
    assert (error.code, error.details["term"]) == ("INVALID_VALUE", "BT-9")
    alike = changed(UBL, "<cbc:DueDate>", "<cbc:DueDate>2026-10-14</cbc:DueDate><cbc:DueDate>")
    assert read_invoice(alike) == read_invoice(UBL)


@pytest.mark.parametrize("document", [UBL, CII], ids=["ubl", "cii"])
def test_other_ways_of_writing_true_and_false(document: bytes) -> None:
    digits = document.replace(b">true<", b">1<").replace(b">false<", b">0<")
    assert digits != document
    assert read_invoice(digits) == read_invoice(document)


def test_a_credit_note_is_due_where_ubl_says_how_it_is_paid() -> None:
    due = "<cbc:PaymentDueDate>2026-11-01</cbc:PaymentDueDate><cac:PayeeFinancialAccount>"
    document = read_invoice(changed(CREDIT_NOTE, "<cac:PayeeFinancialAccount>", due))
    assert document.due_date == date(2026, 11, 1)


@pytest.mark.parametrize("inside", ["<!-- not here -->", "<?stop?>", "<![CDATA[]]>", "<cbc:Note/>"])
def test_nothing_cuts_a_value_short(inside: str) -> None:
    divided = changed(UBL, "<cbc:ID>VDK-2026-04417", f"<cbc:ID>VDK-2026{inside}-04417")
    assert read_invoice(divided).number == "VDK-2026-04417"


def test_a_group_may_not_be_stated_twice_and_differently() -> None:
    first = UBL.index(b"<cac:Delivery>")
    last = UBL.index(b"</cac:Delivery>") + len(b"</cac:Delivery>")
    delivery = UBL[first:last]
    assert read_invoice(UBL[:last] + delivery + UBL[last:]) == read_invoice(UBL)
    error = refusal_of(UBL[:last] + delivery.replace(b"2026-09-11", b"2026-09-12") + UBL[last:])
    assert (error.code, error.details["term"]) == ("INVALID_VALUE", "BG-13")
    assert error.details["element"] == "/ubl:Invoice/cac:Delivery[2]"


def test_an_amount_in_another_currency() -> None:
    error = refusal_of(changed(UBL, PAYABLE, PAYABLE.replace("EUR", "USD")))
    assert (error.code, error.details["term"], error.details["value"]) == ("INVALID_VALUE", "BT-5", "USD")
    assert error.details["element"].endswith("cbc:PayableAmount/@currencyID")


def test_an_attachment_that_cannot_be_opened() -> None:
    cloud = sample("06")
    content = cloud[cloud.index(b".csv") :]
    start = content[content.index(b">") + 1 :][:8].decode()
    error = refusal_of(changed(cloud, start, "not base64!"))
    assert (error.code, error.details["term"]) == ("INVALID_VALUE", "BT-125")


def test_an_invoice_that_is_a_credit_note_by_its_type() -> None:
    assert read_invoice(changed(UBL, ">380<", ">381<")).kind is Kind.CREDIT_NOTE
    assert read_invoice(changed(CII, ">380<", ">261<")).kind is Kind.CREDIT_NOTE
    assert read_invoice(changed(CII, ">380<", ">384<")).kind is Kind.INVOICE
