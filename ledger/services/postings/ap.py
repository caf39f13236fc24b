"""A case in accounts payable: the bill, its lines and due date, and the vendor's balance."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, cast

from integrations_site.kernel import ids
from integrations_site.tenancy.database.statements import send
from ledger.models import Bill, System, Vendor
from ledger.services.bookkeeping.errors import AlreadyPostedError, DuplicateBillError, details
from ledger.services.bookkeeping.valuation import LARGEST_AMOUNT, out_of_range
from ledger.services.postings.answers import DRY_RUN, BillAnswer
from ledger.services.postings.cases import PostableCase
from ledger.services.postings.lines import PostableLine
from ledger.services.postings.material import Material, Need
from ledger.services.postings.procedure import Stamp, SystemPosting

_WRITE = """
WITH bill AS (
    INSERT INTO ledger_bill (id, tenant_id, created_at, updated_at, case_id, posting_id, vendor_id, kind,
        invoice_number, invoice_date, due_date, currency, amount, base_amount, status, paid_at)
    SELECT %(id)s, tenant_id, %(at)s, %(at)s, id, %(posting)s, vendor_id, kind, invoice_number, invoice_date, %(due)s,
        currency, %(amount)s, %(base)s, %(status)s::text, CASE WHEN %(status)s::text = 'paid' THEN %(at)s END
    FROM ledger_case WHERE id = %(case)s
), lines AS (
    INSERT INTO ledger_billline (id, tenant_id, created_at, updated_at, bill_id, position, description, amount)
    SELECT ledger_part_id(%(id)s, position), tenant_id, %(at)s, %(at)s, %(id)s, position, description,
        %(sign)s * line_total
    FROM ledger_lineitem WHERE case_id = %(case)s
)
UPDATE ledger_vendor SET balance = balance + %(base)s, updated_at = %(at)s
WHERE id = %(vendor)s AND %(base)s <> 0
"""


@dataclass(frozen=True, slots=True)
class BillPlan:
    """The bill that is to be written; amounts are negative for a credit note."""

    case: PostableCase
    id: uuid.UUID
    due_date: dt.date
    amount: Decimal
    base_amount: Decimal
    lines: Sequence[PostableLine]

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
                "sign": case.sign,
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
                "lines": [
                    {
                        "position": line.position,
                        "description": line.description,
                        "amount": self._line_amount(line),
                    }
                    for line in self.lines
                ],
            },
        )

    def _line_amount(self, line: PostableLine) -> Decimal:
        """As it is written: at the currency's minor unit, or finer where the document is."""
        exact, usual = line.line_total * self.case.sign, self.case.in_document(line.line_total)
        return usual if usual == exact else exact

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


class ApPosting(SystemPosting):
    """How a case is posted to accounts payable."""

    system = System.AP
    # The lines are copied inside the database; only a dry run has to see them.
    needs_to_preview = frozenset({Need.LINES})

    def already_posted(self, case: PostableCase) -> AlreadyPostedError:
        """The refusal of a case that has its bill, with the code DUPLICATE_BILL."""
        bill = ids.public(Bill.id_kind, cast("uuid.UUID", case.standing_bill_id))
        return AlreadyPostedError(
            f"The case has its bill already: {bill}",
            code=DuplicateBillError.code,
            details=details("Nothing is to be done; to post it anew, roll it back first", bill_id=bill),
        )

    def plan(self, material: Material, more: None) -> BillPlan:
        """The bill. Raises ExchangeRateMissingError and AmountOutOfRangeError."""
        case = material.case
        base_amount = case.converter().base(case.payable)
        if abs(case.vendor_balance + base_amount) >= LARGEST_AMOUNT:
            raise out_of_range(f"The balance of {case.vendor_name}", case.vendor_balance + base_amount)
        return BillPlan(
            case=case,
            id=ids.new_id(),
            due_date=due_date(case),
            amount=case.in_document(case.payable),
            base_amount=base_amount,
            lines=material.lines,
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
