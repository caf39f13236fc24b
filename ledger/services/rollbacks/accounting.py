"""Taking a case out of the books: its entry is reversed on its own day."""

import uuid
from typing import Any

from integrations_site.tenancy.database.statements import send
from ledger.models import System
from ledger.services.bookkeeping.journal import numbered, send_reversal
from ledger.services.rollbacks.procedure import Reversal, SystemRollback

_ENTRY = """
SELECT id FROM ledger_journalentry WHERE posting_id = %(posting)s AND kind = 'case'
"""


class AccountingRollback(SystemRollback):
    """How a case is taken out of the books."""

    system = System.ACCOUNTING

    def check(self, reversal: Reversal) -> uuid.UUID | None:
        """The entry; None where the case had nothing to book."""
        entry: tuple[Any, ...] | None = send(_ENTRY, reversal.parameters).first()
        return entry[0] if entry else None

    def write(self, reversal: Reversal, checked: uuid.UUID | None) -> None:
        """Sends the reversing entry: one statement. Raises PeriodLockedError."""
        if checked is not None:
            date = reversal.case.invoice_date
            reply = send_reversal(checked, date=date, tenant=reversal.case.tenant_id, actor=reversal.actor)
            numbered(reply, date)
