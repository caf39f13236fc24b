"""A case in accounts payable: the bill, its lines and due date, and the vendor's balance."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from integrations_site.kernel import ids
from integrations_site.tenancy.database.statements import Reply, send
from ledger.models import Bill, System, Vendor
from ledger.services.bookkeeping.errors import AlreadyPostedError, DuplicateBillError, details
from ledger.services.postings.answers import DRY_RUN, BillAnswer
from ledger.services.postings.cases import CaseKey, PostableCase
from ledger.services.postings.procedure import SystemPosting
from ledger.services.postings.record import Stamp

_LINES = """
SELECT position, description, line_total FROM ledger_lineitem
WHERE case_id = %(case)s AND tenant_id = %(tenant)s ORDER BY position
"""

_STANDING = """
SELECT b.id, b.case_id FROM ledger_case c
JOIN ledger_bill b ON b.tenant_id = c.tenant_id AND b.vendor_id = c.vendor_id AND b.invoice_number = c.invoice_number
    AND b.kind = c.kind AND b.status <> 'void'
WHERE c.id = %(case)s AND c.tenant_id = %(tenant)s
"""

_WRITE = """
WITH bill AS (
    INSERT INTO ledger_bill (id, tenant_id, created_at, updated_at, case_id, posting_id, vendor_id, kind,
        invoice_number, invoice_date, due_date, currency, amount, base_amount, status, paid_at)
    SELECT %(id)s, tenant_id, %(at)s, %(at)s, id, %(posting)s, vendor_id, kind, invoice_number, invoice_date, %(due)s,
        currency, %(amount)s, %(base)s, %(status)s::text, CASE WHEN %(status)s::text = 'paid' THEN %(at)s END
    FROM ledger_case WHERE id = %(case)s AND tenant_id = %(tenant)s
), lines AS (
    INSERT INTO ledger_billline (id, tenant_id, created_at, updated_at, bill_id, position, description, amount)
    SELECT line.id, %(tenant)s, %(at)s, %(at)s, %(id)s, line.position, line.description, line.amount
    FROM unnest(%(line_ids)b::uuid[], %(positions)b::int[], %(descriptions)b::text[], %(amounts)b::numeric[])
        AS line(id, position, description, amount)
)
UPDATE ledger_vendor SET balance = balance + %(base)s, updated_at = %(at)s
WHERE id = %(vendor)s AND tenant_id = %(tenant)s AND %(base)s <> 0
"""


class _Line(NamedTuple):
    position: int
    description: str
    amount: Decimal


class _Standing(NamedTuple):
    id: uuid.UUID
    case_id: uuid.UUID


class Asked(NamedTuple):
    """What the plan of a bill needs."""

    lines: Reply[_Line]
    standing: Reply[_Standing]


@dataclass(frozen=True, slots=True)
class BillPlan:
    """The bill that is to be written; amounts are negative for a credit note."""

    case: PostableCase
    id: uuid.UUID
    due_date: dt.date
    amount: Decimal
    base_amount: Decimal
    lines: Sequence[_Line]

    @property
    def status(self) -> Bill.Status:
        """Open, unless nothing is owed: what was paid in advance needs no payment."""
        return Bill.Status.OPEN if self.base_amount else Bill.Status.PAID

    @property
    def answer(self) -> BillAnswer:
        """What the posting answers."""
        return self._answer("created", bill_id=ids.public(Bill.id_kind, self.id))

    def write(self, stamp: Stamp) -> None:
        """Sends the bill, its lines and the vendor's balance: one statement."""
        case = self.case
        send(
            _WRITE,
            {
                "id": self.id,
                "tenant": case.tenant_id,
                "case": case.id,
                "vendor": case.vendor_id,
                "posting": stamp.posting_id,
                "at": stamp.at,
                "due": self.due_date,
                "amount": self.amount,
                "base": self.base_amount,
                "status": self.status.value,
                "line_ids": [ids.new_id() for _ in self.lines],
                "positions": [line.position for line in self.lines],
                "descriptions": [line.description for line in self.lines],
                "amounts": [line.amount for line in self.lines],
            },
        )

    def preview(self) -> BillAnswer:
        """What `write` would write."""
        return self._answer(
            DRY_RUN,
            preview={
                "currency": self.case.currency,
                "base_amount": self.base_amount,
                "base_currency": self.case.book_currency,
                "lines": [line._asdict() for line in self.lines],
            },
        )

    def _answer(self, status: str, *, bill_id: str | None = None, preview: dict[str, Any] | None = None) -> BillAnswer:
        return BillAnswer(
            case_id=self.case.public_id,
            status=status,
            bill_id=bill_id,
            vendor_id=ids.public(Vendor.id_kind, self.case.vendor_id),
            amount=self.amount,
            due_date=self.due_date,
            preview=preview,
        )


class ApPosting(SystemPosting[Asked, BillAnswer]):
    """How a case is posted to accounts payable."""

    system = System.AP

    def ask(self, key: CaseKey) -> Asked:
        """Asks for the lines, and for the bill that stands in the way."""
        return Asked(send(_LINES, key.parameters, row=_Line), send(_STANDING, key.parameters, row=_Standing))

    def require_absent(self, case: PostableCase, asked: Asked) -> None:
        """Raises AlreadyPostedError or DuplicateBillError, both with the code DUPLICATE_BILL."""
        standing = asked.standing.first()
        if standing is None:
            return
        bill = ids.public(Bill.id_kind, standing.id)
        if standing.case_id == case.id:
            raise AlreadyPostedError(
                f"The case has its bill already: {bill}",
                code=DuplicateBillError.code,
                details=details("Nothing is to be done; to post it anew, roll it back first", bill_id=bill),
            )
        raise DuplicateBillError(
            f"{case.vendor_name} has been billed for {case.invoice_number} already: {bill}",
            details=details(
                "Reject this case if it is the same document, else correct its invoice number",
                bill_id=bill,
                case_id=CaseKey(standing.case_id, case.tenant_id).public_id,
            ),
        )

    def plan(self, case: PostableCase, asked: Asked) -> BillPlan:
        """The bill. Raises ExchangeRateMissingError and AmountOutOfRangeError."""
        return BillPlan(
            case=case,
            id=ids.new_id(),
            due_date=due_date(case),
            amount=case.in_document(case.payable),
            base_amount=case.converter().base(case.payable),
            lines=[line._replace(amount=case.in_document(line.amount)) for line in asked.lines.all()],
        )


def due_date(case: PostableCase) -> dt.date:
    """The day that the document states; else the vendor's terms after the invoice, else the tenant's."""
    if case.due_date is not None:
        return case.due_date
    days = case.terms_days if case.vendor_terms_days is None else case.vendor_terms_days
    try:
        return case.invoice_date + dt.timedelta(days=days)
    except OverflowError:
        return dt.date.max
