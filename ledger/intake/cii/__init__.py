"""Reads UN/CEFACT Cross Industry Invoices (D16B), as Factur-X and ZUGFeRD 2 contain them."""

from lxml import etree

from ledger.intake.cii.document import INVOICE
from ledger.intake.document import InvoiceDocument
from ledger.intake.fields import root_place
from ledger.intake.place import Path, Place
from ledger.intake.values import code

_PARENTS = Path("//ram:ParentLineID")


def read_cii(root: etree._Element) -> InvoiceDocument:
    """A document whose root is CrossIndustryInvoice; its type code says whether it is a credit note."""
    at = root_place(root, INVOICE)
    document = INVOICE.read(at)
    _refuse_orphans(at, document)
    return document


def _refuse_orphans(at: Place, document: InvoiceDocument) -> None:
    """In CII a sub-line stands beside its parent and names it; one without a parent would not be counted."""
    known = {line.id for line in document.lines}
    for parent in at.leaves(_PARENTS):
        if code(parent.text) not in known:
            raise parent.invalid("BT-126", "is named as the line that another belongs to, but there is no such line")
