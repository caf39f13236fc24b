"""What was owed to vendors on a day."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from integrations_site.kernel import clock, ids
from integrations_site.tenancy import scope
from integrations_site.tenancy.database.statements import send
from ledger.models import Bill, Case, Vendor
from ledger.services.ledger_settings import current_settings

# A bill counts from its invoice's day, and no longer from the day on which it was paid. What was voided, or a payment
# that was taken back, has never been, as in the books, where a reversal is booked on the day of what it reverses.
_BILLS = """
SELECT b.id, b.case_id, b.vendor_id, v.name, b.kind, b.invoice_number, b.invoice_date, b.due_date, b.currency, b.amount,
    b.base_amount, count(*) OVER (), sum(b.base_amount) OVER ()
FROM ledger_bill b JOIN ledger_vendor v ON v.id = b.vendor_id
WHERE b.tenant_id = %(tenant)s AND b.status <> 'void' AND b.base_amount <> 0 AND b.invoice_date <= %(as_of)s
    AND NOT EXISTS (
        SELECT FROM ledger_billpayment p WHERE p.bill_id = b.id AND p.reversed_at IS NULL AND p.date <= %(as_of)s)
ORDER BY b.due_date, b.id LIMIT %(limit)s OFFSET %(offset)s
"""


class OpenBill(NamedTuple):
    """A bill that was open, and, the same in every row, how many there are and what all come to."""

    id: uuid.UUID
    case_id: uuid.UUID
    vendor_id: uuid.UUID
    vendor_name: str
    kind: str
    invoice_number: str
    invoice_date: dt.date
    due_date: dt.date
    currency: str
    amount: Decimal
    base_amount: Decimal
    total: int
    total_amount: Decimal

    def body(self, as_of: dt.date) -> dict[str, Any]:
        """The bill as callers get it."""
        return {
            "id": ids.public(Bill.id_kind, self.id),
            "case_id": ids.public(Case.id_kind, self.case_id),
            "vendor_id": ids.public(Vendor.id_kind, self.vendor_id),
            "vendor_name": self.vendor_name,
            "kind": self.kind,
            "invoice_number": self.invoice_number,
            "invoice_date": self.invoice_date.isoformat(),
            "due_date": self.due_date.isoformat(),
            "days_overdue": max((as_of - self.due_date).days, 0),
            "currency": self.currency,
            "amount": self.amount,
            "base_amount": self.base_amount,
        }


@dataclass(frozen=True, slots=True)
class OpenBills:
    """A page of the bills that were open on a day, by due date, and what all come to in the books' currency."""

    as_of: dt.date
    currency: str
    items: Sequence[OpenBill]
    total: int
    total_amount: Decimal


def open_bills(*, as_of: dt.date | None = None, limit: int = 100, offset: int = 0) -> OpenBills:
    """The open bills of the tenant in scope on a day; None is today."""
    day = as_of or clock.now().date()
    key = {"tenant": scope.tenant_id(), "as_of": day}
    items = send(_BILLS, key | {"limit": limit, "offset": offset}, row=OpenBill).all()
    # A page beyond the end has no row that tells the totals.
    one = items[:1] or (send(_BILLS, key | {"limit": 1, "offset": 0}, row=OpenBill).all() if offset else [])
    total, amount = (one[0].total, one[0].total_amount) if one else (0, Decimal(0))
    return OpenBills(day, current_settings().currency, items, total, amount)
