"""Reads a vendor's invoice, in whichever syntax it came."""

from collections.abc import Callable

from lxml import etree

from ledger.intake.cii import read_cii
from ledger.intake.document import InvoiceDocument
from ledger.intake.errors import IntakeCode, IntakeError, shortened
from ledger.intake.parsing import DEFAULT_MAX_BYTES, parse
from ledger.intake.place import NAMESPACES
from ledger.intake.ubl import read_ubl_credit_note, read_ubl_invoice

_READERS: dict[str, Callable[[etree._Element], InvoiceDocument]] = {
    f"{{{NAMESPACES['ubl']}}}Invoice": read_ubl_invoice,
    f"{{{NAMESPACES['cn']}}}CreditNote": read_ubl_credit_note,
    f"{{{NAMESPACES['rsm']}}}CrossIndustryInvoice": read_cii,
}
_EXPECTED = "The hub reads UBL 2.1 (Invoice, CreditNote) and UN/CEFACT CII D16B (CrossIndustryInvoice)"


def read_invoice(content: bytes, *, filename: str | None = None, max_bytes: int = DEFAULT_MAX_BYTES) -> InvoiceDocument:
    """What the file states. Raises IntakeError if it cannot be read; wrong sums are no reason for that."""
    try:
        root = parse(content, max_bytes=max_bytes)
        return _reader_for(root)(root)
    except IntakeError as error:
        if filename is not None:
            error.details["filename"] = filename
        raise


def _reader_for(root: etree._Element) -> Callable[[etree._Element], InvoiceDocument]:
    try:
        return _READERS[str(root.tag)]
    except KeyError:
        raise _unsupported(etree.QName(root)) from None


def _unsupported(found: etree.QName) -> IntakeError:
    namespace = f"in the namespace {shortened(found.namespace)}" if found.namespace else "in no namespace"
    expected = [namespace for tag in _READERS for namespace in [etree.QName(tag).namespace]]
    return IntakeError(
        IntakeCode.UNSUPPORTED_DOCUMENT,
        f"The file is no invoice that the hub can read: its root element is {shortened(found.localname)} {namespace}. "
        f"{_EXPECTED}, in the namespaces {', '.join(map(str, expected))}.",
        element=f"/{shortened(found.localname)}",
        value=found.namespace,
        line=1,
    )
