"""Sub-lines, which extensions of EN 16931 know: nested in UBL, naming their parent in CII, contained in its amount."""

import pytest

from ledger.intake import IntakeError, check_totals, read_invoice, to_draft
from tests.ledger.intake.samples import CII, UBL

UBL_SUB_LINE = """
<cac:SubInvoiceLine>
  <cbc:ID>1.{number}</cbc:ID>
  <cbc:InvoicedQuantity unitCode="EA">1</cbc:InvoicedQuantity>
  <cbc:LineExtensionAmount currencyID="EUR">{amount}</cbc:LineExtensionAmount>
  <cac:Item>
    <cbc:Name>Part {number}</cbc:Name>
    <cac:ClassifiedTaxCategory><cbc:ID>S</cbc:ID><cbc:Percent>21</cbc:Percent></cac:ClassifiedTaxCategory>
  </cac:Item>
  <cac:Price><cbc:PriceAmount currencyID="EUR">{amount}</cbc:PriceAmount></cac:Price>
</cac:SubInvoiceLine>
"""


def ubl_with(*amounts: str) -> bytes:
    parts = [UBL_SUB_LINE.format(number=number, amount=amount) for number, amount in enumerate(amounts, 1)]
    return UBL.replace(b"</cac:InvoiceLine>", "".join(parts).encode() + b"</cac:InvoiceLine>", 1)


def cii_with(parent: str) -> bytes:
    """The third line becomes a part of another."""
    named = f"<ram:LineID>3</ram:LineID><ram:ParentLineID>{parent}</ram:ParentLineID>"
    return CII.replace(b"<ram:LineID>3</ram:LineID>", named.encode(), 1)


def test_sub_lines_survive_and_are_counted_with_their_parent() -> None:
    document = read_invoice(ubl_with("500.00", "1.60"))
    assert [(line.id, line.parent_id) for line in document.lines] == [
        ("1", None),
        ("1.1", "1"),
        ("1.2", "1"),
        ("2", None),
        ("3", None),
    ]
    assert check_totals(document) == []
    assert [line.description for line in to_draft(document).lines if line.kind == "item"] == [
        line.item.name for line in document.counted_lines
    ]


def test_sub_lines_that_do_not_add_up() -> None:
    (difference,) = check_totals(read_invoice(ubl_with("500.00", "2.00")))
    assert (difference.code, difference.line_id) == ("SUB-LINES", "1")


def test_a_parent_in_cii() -> None:
    document = read_invoice(cii_with("2"))
    assert [line.parent_id for line in document.lines] == [None, None, "2", None]
    assert [line.id for line in document.counted_lines] == ["1", "2", "4"]
    assert "BR-CO-10" in [each.code for each in check_totals(document)]


def test_a_parent_that_is_not_there() -> None:
    with pytest.raises(IntakeError) as caught:
        read_invoice(cii_with("77"))
    assert (caught.value.code, caught.value.details["value"]) == ("INVALID_VALUE", "77")
