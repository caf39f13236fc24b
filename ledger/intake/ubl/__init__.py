"""Reads UBL 2.1 invoices and credit notes."""

from lxml import etree

from ledger.intake.document import InvoiceDocument
from ledger.intake.errors import IntakeCode, IntakeError
from ledger.intake.place import Place, compiled, path_of
from ledger.intake.ubl.document import CREDIT_NOTE, INVOICE

_FOREIGN = compiled(
    "//@currencyID[.!=normalize-space(/*/cbc:DocumentCurrencyCode)]"
    "[not(parent::cbc:TaxAmount and .=normalize-space(/*/cbc:TaxCurrencyCode))]"
)


def read_ubl_invoice(root: etree._Element) -> InvoiceDocument:
    """A document whose root is Invoice."""
    return _in_one_currency(root, INVOICE.read(Place(root)))


def read_ubl_credit_note(root: etree._Element) -> InvoiceDocument:
    """A document whose root is CreditNote."""
    return _in_one_currency(root, CREDIT_NOTE.read(Place(root)))


def _in_one_currency(root: etree._Element, document: InvoiceDocument) -> InvoiceDocument:
    """Every amount of UBL names its currency; one in a currency that the document does not have cannot be added up."""
    for foreign in _FOREIGN(root):
        element = foreign.getparent()
        raise IntakeError(
            IntakeCode.INVALID_VALUE,
            f"An amount is stated in {foreign}, although the invoice is in {document.currency}.",
            term="BT-5",
            element=f"{path_of(element)}/@currencyID",
            line=element.sourceline,
            value=foreign,
        )
    return document
