"""Reads UBL 2.1 invoices and credit notes."""

from lxml import etree

from ledger.intake.document import InvoiceDocument
from ledger.intake.fields import Group, root_place
from ledger.intake.place import Path
from ledger.intake.ubl.document import CREDIT_NOTE, INVOICE

_FOREIGN = Path("//@currencyID[.!=$currency][not(parent::cbc:TaxAmount and .=$tax_currency)]")


def read_ubl_invoice(root: etree._Element) -> InvoiceDocument:
    """A document whose root is Invoice."""
    return _read(root, INVOICE)


def read_ubl_credit_note(root: etree._Element) -> InvoiceDocument:
    """A document whose root is CreditNote."""
    return _read(root, CREDIT_NOTE)


def _read(root: etree._Element, group: Group[InvoiceDocument]) -> InvoiceDocument:
    """Every amount of UBL names its currency; one in a currency that the document does not have cannot be added up."""
    at = root_place(root, group)
    document = group.read(at)
    for foreign in at.leaves(_FOREIGN):
        raise foreign.invalid("BT-5", f"contradicts the {document.currency} that the document states")
    return document
