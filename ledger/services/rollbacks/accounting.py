"""Taking a case out of the books: its entry is reversed on its own day."""

import uuid

from ledger.models import System
from ledger.services.bookkeeping.journal import send_entry_of
from ledger.services.rollbacks.procedure import Reversal, SystemRollback, reverse_entry


class AccountingRollback(SystemRollback):
    """How a case is taken out of the books."""

    system = System.ACCOUNTING

    def check(self, reversal: Reversal) -> uuid.UUID | None:
        """The entry; None where the case had nothing to book."""
        entry = send_entry_of(reversal.posting_id).first()
        return entry[0] if entry else None

    def write(self, reversal: Reversal, checked: uuid.UUID | None) -> None:
        """Sends the reversing entry: one statement. Raises PeriodLockedError."""
        reverse_entry(checked, reversal)
