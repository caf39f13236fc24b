"""Whatever can be stated survives: documents written in both syntaxes, by code that knows nothing of the reading."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings

from ledger.intake import Syntax, read_invoice, to_draft
from ledger.intake.document import InvoiceDocument
from tests.ledger.intake.comparing import differences
from tests.ledger.intake.corpus import FILES, content_of, each
from tests.ledger.intake.documents import documents
from tests.ledger.intake.writers import write_cii, write_ubl

SLOW = settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


@SLOW
@given(documents())
def test_a_document_survives_both_syntaxes(document: InvoiceDocument) -> None:
    from_ubl, from_cii = read_invoice(write_ubl(document)), read_invoice(write_cii(document))
    assert (from_ubl.syntax, from_cii.syntax) == (Syntax.UBL, Syntax.CII)
    assert differences(from_ubl, document) == {}
    assert differences(from_cii, document) == {}
    assert from_ubl == from_cii
    assert to_draft(from_ubl) == to_draft(from_cii)


@pytest.mark.parametrize("file", each(FILES))
def test_a_published_invoice_survives_both_syntaxes(file: str) -> None:
    document = read_invoice(content_of(file))
    assert differences(read_invoice(write_cii(document)), document) == {}
    assert differences(read_invoice(write_ubl(document)), _as_ubl_can_say(document)) == {}


def _as_ubl_can_say(document: InvoiceDocument) -> InvoiceDocument:
    """UBL states a gross price (BT-148) only as the base of a discount (BT-147)."""
    lines = (
        line if line.price.discount is not None else replace(line, price=replace(line.price, gross=None))
        for line in document.lines
    )
    return replace(document, lines=tuple(lines))
