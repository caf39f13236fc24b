"""Reads UN/CEFACT Cross Industry Invoices (D16B), as Factur-X and ZUGFeRD 2 contain them."""

from lxml import etree

from ledger.intake.cii.document import INVOICE
from ledger.intake.document import InvoiceDocument
from ledger.intake.place import Place


def read_cii(root: etree._Element) -> InvoiceDocument:
    """A document whose root is CrossIndustryInvoice; its type code says whether it is a credit note."""
    return INVOICE.read(Place(root))
