"""The samples that the demo loads: sound, different from each other, and ready to be posted."""

import pytest

from ledger.intake import Kind, Syntax, check_totals, read_invoice, to_draft
from tests.ledger.intake.samples import FOLDER, NAMES, sample

DOCUMENTS = {name: read_invoice(sample(name)) for name in NAMES}


@pytest.mark.parametrize("name", NAMES)
def test_a_sample_is_sound(name: str) -> None:
    document = DOCUMENTS[name]
    assert check_totals(document) == []
    assert document.buyer.name == "Demo Trading Inc."
    assert document.buyer.address is not None
    assert document.buyer.address.country == "US"
    assert document.specification == "urn:cen.eu:en16931:2017"
    assert name.endswith("-ubl.xml" if document.syntax is Syntax.UBL else "-cii.xml")


@pytest.mark.parametrize("name", NAMES)
def test_the_readme_tells_what_a_sample_shows(name: str) -> None:
    assert f"`{name}`" in (FOLDER / "README.md").read_text()


def test_the_samples_differ() -> None:
    documents = DOCUMENTS.values()
    assert len({document.number for document in documents}) == len(NAMES) == 8
    assert {document.currency for document in documents} == {"EUR", "USD", "JPY", "KWD", "TND"}
    assert {document.syntax for document in documents} == set(Syntax)
    assert len({document.seller.name for document in documents}) == 7


def test_the_samples_show_what_they_should() -> None:
    documents = DOCUMENTS.values()
    lines = [line for document in documents for line in document.lines]
    assert any(line.allowances for line in lines)
    assert any(line.charges for line in lines)
    assert any(document.allowances for document in documents)
    assert any(document.charges for document in documents)
    assert any(document.totals.prepaid for document in documents)
    assert any(document.totals.rounding for document in documents)
    assert any(line.net_amount < 0 for line in lines)
    assert sum(len(document.taxes) > 1 for document in documents) >= 4


def test_the_credit_note_refers_to_another_sample() -> None:
    (credit,) = [document for document in DOCUMENTS.values() if document.kind is Kind.CREDIT_NOTE]
    (reference,) = credit.preceding_invoices
    (original,) = [document for document in DOCUMENTS.values() if document.number == reference.number]
    assert (original.seller, original.issue_date) == (credit.seller, reference.issue_date)
    assert original.issue_date < credit.issue_date
    bought = {line.item.seller_id: line.quantity for line in original.lines}
    assert all(bought[line.item.seller_id] >= line.quantity for line in credit.lines)


def test_stock_never_runs_below_zero() -> None:
    stocked = [line for document in DOCUMENTS.values() for line in to_draft(document).lines if line.sku]
    assert len(stocked) > 15
    assert all(line.quantity > 0 and line.line_total > 0 for line in stocked)
