"""Every published invoice is read, its figures are checked, and a draft is made of it."""

from decimal import Decimal

import pytest

from ledger.intake import Syntax, check_totals, read_invoice, to_draft
from tests.ledger.intake.corpus import FILES, content_of, each, needs_corpus

# Where a published file contradicts itself: rule and line. Nearly all are prices that do not give their line's amount,
# for which EN 16931 has a definition, but no rule that its validation would enforce.
ODDITIES = {
    "en16931/cii/CII_business_example_01.xml": [
        ("LINE-NET", line) for line in "12345"
    ],  # price repeated as base quantity
    "en16931/cii/CII_business_example_Z.xml": [("LINE-NET", "16")],
    "en16931/cii/CII_example1.xml": [("LINE-NET", "20")],  # a return: positive quantity and price, negative amount
    "en16931/cii/CII_example2.xml": [("LINE-NET", line) for line in "12345"],
    "en16931/cii/CII_example8.xml": [("LINE-NET", str(line)) for line in range(1, 11)],
    "en16931/cii/CII_example9.xml": [("LINE-NET", "1")],
    "en16931/cii/XRechnung-O.xml": [("LINE-NET", "1"), ("LINE-NET", "2")],  # insurance tax stated as a charge
    "en16931/cii/huf_example_cii.xml": [*(("LINE-NET", line) for line in "123"), ("BR-CO-17", None)],  # whole forints
    "en16931/ubl/guide-example1.xml": [("LINE-NET", "20")],
    "en16931/ubl/guide-example2.xml": [("LINE-NET", "1")],  # 2 x 1273.00 is billed as 1273.00
    "en16931/ubl/guide-example3.xml": [("LINE-NET", "1"), ("LINE-NET", "2")],
    "en16931/ubl/ubl-tc434-example1.xml": [("LINE-NET", "20")],
    "en16931/ubl/ubl-tc434-example10.xml": [("LINE-NET", "20")],
    "en16931/ubl/ubl-tc434-example2.xml": [("LINE-NET", "1")],
    "en16931/ubl/ubl-tc434-example3.xml": [("LINE-NET", "1"), ("LINE-NET", "2")],
    "xrechnung/03.01a-INVOICE_ubl.xml": [("LINE-NET", "3.3")],  # a cent, from rounding up
    "xrechnung/03.01a-INVOICE_uncefact.xml": [("LINE-NET", "3.3")],
    "xrechnung/03.04a-INVOICE_ubl.xml": [("LINE-NET", "2"), ("LINE-NET", "3")],
    "xrechnung/03.04a-INVOICE_uncefact.xml": [("LINE-NET", "2"), ("LINE-NET", "3")],
    "xrechnung/03.05a-INVOICE_ubl.xml": [("LINE-NET", "2")],
    "xrechnung/03.05a-INVOICE_uncefact.xml": [("LINE-NET", "2")],
}


@needs_corpus
def test_the_corpus_is_complete() -> None:
    assert len(FILES) == 100
    assert ODDITIES.keys() <= set(FILES)


@pytest.mark.parametrize("file", each(FILES))
def test_a_published_invoice_is_read(file: str) -> None:
    content = content_of(file)
    document = read_invoice(content, filename=file)
    is_ubl = b"CrossIndustryInvoice" not in content
    line_tag = b"<cac:InvoiceLine>" if b"CreditNoteLine" not in content else b"<cac:CreditNoteLine>"
    written = content.count(line_tag if is_ubl else b"<ram:IncludedSupplyChainTradeLineItem>")
    assert document.syntax is (Syntax.UBL if is_ubl else Syntax.CII)
    assert len(document.lines) == written
    attached = [part.attachment for part in document.supporting_documents if part.attachment]
    assert len(attached) == content.count(b"filename=")
    assert all(each.size == len(each.content) > 0 for each in attached)


@pytest.mark.parametrize("file", each(FILES))
def test_exactly_its_own_contradictions_are_reported(file: str) -> None:
    found = [(difference.code, difference.line_id) for difference in check_totals(read_invoice(content_of(file)))]
    assert found == ODDITIES.get(file, [])


@pytest.mark.parametrize("file", each(FILES))
def test_the_draft_adds_up(file: str) -> None:
    draft = to_draft(read_invoice(content_of(file)))
    assert sum((line.line_total for line in draft.lines), Decimal(0)) == draft.subtotal
    assert draft.subtotal + draft.tax == draft.total
    assert draft.total - draft.prepaid + draft.rounding == draft.payable
    assert [line.position for line in draft.lines] == list(range(1, len(draft.lines) + 1))
