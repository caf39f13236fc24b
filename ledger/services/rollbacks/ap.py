"""Taking a case out of accounts payable: its bill is voided."""

import uuid
from decimal import Decimal
from typing import NamedTuple

from integrations_site.kernel import ids
from integrations_site.tenancy.database.statements import send
from ledger.models import Bill, System
from ledger.services.bookkeeping.errors import BillPaidError, details
from ledger.services.rollbacks.procedure import Reversal, SystemRollback

_LOCK = """
SELECT id, status, base_amount FROM ledger_bill
WHERE posting_id = %(posting)s FOR NO KEY UPDATE
"""

_WRITE = """
WITH bill AS (
    UPDATE ledger_bill SET status = 'void', voided_at = %(at)s, updated_at = %(at)s
    WHERE posting_id = %(posting)s
    RETURNING vendor_id, base_amount
)
UPDATE ledger_vendor v SET balance = v.balance - bill.base_amount, updated_at = %(at)s
FROM bill WHERE v.id = bill.vendor_id AND bill.base_amount <> 0
"""


class _Bill(NamedTuple):
    id: uuid.UUID
    status: str
    base_amount: Decimal


class ApRollback(SystemRollback):
    """How a case is taken out of accounts payable."""

    system = System.AP

    def check(self, reversal: Reversal) -> None:
        """Locks the bill. Raises BillPaidError; a bill of nothing counts as paid from the start and may be voided."""
        bill = send(_LOCK, reversal.parameters, row=_Bill).first()
        if bill is not None and bill.status == Bill.Status.PAID and bill.base_amount:
            public_id = ids.public(Bill.id_kind, bill.id)
            raise BillPaidError(
                "The bill is paid",
                details=details(
                    f"Take the payment back first (POST /api/bills/{public_id}/reverse-payment), then roll back",
                    bill_id=public_id,
                ),
            )

    def write(self, reversal: Reversal, checked: None) -> None:
        """Sends the void bill and the vendor's balance: one statement."""
        send(_WRITE, reversal.parameters)
