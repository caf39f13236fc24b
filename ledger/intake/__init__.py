"""Intake: reads vendors' invoices in the two syntaxes of EN 16931, UBL 2.1 and UN/CEFACT CII D16B.

    document = read_invoice(content)      what the file states, business term by business term; raises IntakeError
    check_totals(document)                where its figures disagree with each other
    to_draft(document)                    what the books make of it

Plain Python: no models, no requests, no settings. The paths stand in `ubl` and `cii`, each beside its business term.
"""

from ledger.intake.case import CaseDraft, DraftLine, DraftSeller, DraftTax, LineKind
from ledger.intake.difference import Difference
from ledger.intake.document import InvoiceDocument, Kind, Syntax
from ledger.intake.draft import to_draft
from ledger.intake.errors import IntakeCode, IntakeError
from ledger.intake.parsing import DEFAULT_MAX_BYTES
from ledger.intake.reader import read_invoice
from ledger.intake.totals import check_totals

__all__ = [
    "DEFAULT_MAX_BYTES",
    "CaseDraft",
    "Difference",
    "DraftLine",
    "DraftSeller",
    "DraftTax",
    "IntakeCode",
    "IntakeError",
    "InvoiceDocument",
    "Kind",
    "LineKind",
    "Syntax",
    "check_totals",
    "read_invoice",
    "to_draft",
]
