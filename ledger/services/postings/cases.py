"""The case as a posting sees it: locked, with its vendor's terms, the tenant's settings and what is posted already."""

import datetime as dt
import uuid
from decimal import Decimal
from typing import Any, NamedTuple

from integrations_site.kernel import ids, money
from integrations_site.kernel.errors import NotFoundError
from integrations_site.tenancy import scope
from integrations_site.tenancy.database.statements import Reply, send
from ledger.models import Bill, Case, CaseKind, CaseStatus, System
from ledger.services.bookkeeping.errors import CaseNotApprovedError, DuplicateBillError, details
from ledger.services.bookkeeping.valuation import ONE, Converter
from ledger.services.exchange_rates import ExchangeRateMissingError
from ledger.services.ledger_settings import HOLD_SETTINGS

# Rows are found by a key. That they are the tenant's own is the business of row-level security; a second condition
# might tempt PostgreSQL to read all rows of the tenant.
#
# Whoever posts or rolls back a case waits here: for a change of the settings, for another case of the same invoice, and
# for the case. The locks are a statement of their own: who has waited must see what the one before has written, and
# only a new statement does.
_LOCK = f"""
SELECT {HOLD_SETTINGS},
    pg_advisory_xact_lock(hashtextextended(concat_ws(' ', 'invoice', vendor_id, kind, invoice_number), 0))
FROM ledger_case WHERE id = %(case)s FOR NO KEY UPDATE
"""  # noqa: S608 - made of constants

_CASE = """
SELECT c.id, c.tenant_id, c.kind, c.status, c.invoice_number, c.invoice_date, c.due_date, c.vendor_id, c.currency,
    c.tax, c.prepaid, c.rounding, c.payable, c.approved_at, c.exchange_rate,
    s.currency, s.unknown_sku, s.locked_until, s.terms_days, s.tax_recoverable,
    v.name, v.terms_days, v.balance,
    (SELECT r.rate FROM ledger_exchangerate r
     WHERE r.tenant_id = c.tenant_id AND r.currency = c.currency AND r.date <= c.invoice_date
        AND c.currency <> s.currency
     ORDER BY r.date DESC LIMIT 1),
    ARRAY(SELECT p.system::text FROM ledger_posting p WHERE p.case_id = c.id AND p.status = 'posted'),
    b.id,
    (SELECT twin.id FROM ledger_case twin JOIN ledger_posting p ON p.case_id = twin.id AND p.status = 'posted'
     WHERE twin.tenant_id = c.tenant_id AND twin.vendor_id = c.vendor_id AND twin.invoice_number = c.invoice_number
        AND twin.kind = c.kind AND twin.id <> c.id
     LIMIT 1)
FROM ledger_case c
JOIN ledger_ledgersettings s ON s.tenant_id = c.tenant_id
JOIN ledger_vendor v ON v.id = c.vendor_id
LEFT JOIN ledger_bill b ON b.tenant_id = c.tenant_id AND b.vendor_id = c.vendor_id
    AND b.invoice_number = c.invoice_number AND b.kind = c.kind AND b.status <> 'void'
WHERE c.id = %(case)s
"""


class CaseKey(NamedTuple):
    """Which case of which tenant; the parameters of the statements that load it."""

    case: uuid.UUID
    tenant: uuid.UUID

    @property
    def parameters(self) -> dict[str, Any]:
        """As statements name them."""
        return self._asdict()

    @property
    def public_id(self) -> str:
        """The case's id as callers know it."""
        return ids.public(Case.id_kind, self.case)


def key_of(case_id: uuid.UUID) -> CaseKey:
    """The key of a case of the tenant in scope. Raises NoTenantError."""
    return CaseKey(case=case_id, tenant=scope.tenant_id())


class PostableCase(NamedTuple):
    """A locked case and what its postings depend on.

    `frozen_rate` is the rate that it is booked with already, `found_rate` the one that the list of rates gives. The
    standing bill is the one that there is for the vendor's invoice number, whichever case it is of; the twin is another
    case of that number and kind that a system holds.
    """

    id: uuid.UUID
    tenant_id: uuid.UUID
    kind: str
    status: str
    invoice_number: str
    invoice_date: dt.date
    due_date: dt.date | None
    vendor_id: uuid.UUID
    currency: str
    tax: Decimal
    prepaid: Decimal
    rounding: Decimal
    payable: Decimal
    approved_at: dt.datetime | None
    frozen_rate: Decimal | None
    book_currency: str
    unknown_sku: str
    locked_until: dt.date | None
    terms_days: int
    tax_recoverable: bool
    vendor_name: str
    vendor_terms_days: int | None
    vendor_balance: Decimal
    found_rate: Decimal | None
    systems: list[str]
    standing_bill_id: uuid.UUID | None
    twin_id: uuid.UUID | None

    @property
    def public_id(self) -> str:
        """The case's id as callers know it."""
        return ids.public(Case.id_kind, self.id)

    @property
    def sign(self) -> int:
        """1 for an invoice, -1 for a credit note, which is booked the other way round."""
        return -1 if self.kind == CaseKind.CREDIT_NOTE else 1

    @property
    def rate(self) -> Decimal | None:
        """What one unit of the document's currency is worth in the books; None where no rate is known."""
        return ONE if self.currency == self.book_currency else self.frozen_rate or self.found_rate

    @property
    def is_approved(self) -> bool:
        """Whether somebody let it into the books; a case that needs a person may have been approved before."""
        if self.status == CaseStatus.NEEDS_REVIEW:
            return self.approved_at is not None
        return self.status in {CaseStatus.APPROVED, CaseStatus.INTEGRATED, CaseStatus.ROLLED_BACK}

    def converter(self) -> Converter:
        """Converts the document's amounts. Raises ExchangeRateMissingError."""
        rate = self.rate
        if rate is None:
            raise ExchangeRateMissingError(
                f"There is no exchange rate from {self.currency} to {self.book_currency} "
                f"on or before {self.invoice_date}",
                details=details(
                    f"Add a rate for {self.currency} at /api/exchange-rates, then post again",
                    currency=self.currency,
                    base=self.book_currency,
                    date=self.invoice_date.isoformat(),
                ),
            )
        return Converter(currency=self.book_currency, rate=rate, sign=self.sign)

    def in_document(self, amount: Decimal) -> Decimal:
        """An amount of the document, signed, at its currency's minor unit."""
        found = money.rounded(amount, self.currency)
        return found if self.sign > 0 else -found


def send_case(key: CaseKey) -> Reply[PostableCase]:
    """Locks the case and asks for it."""
    send(_LOCK, key.parameters)
    return send(_CASE, key.parameters, row=PostableCase)


def received(reply: Reply[PostableCase]) -> PostableCase:
    """The case that was asked for. Raises NotFoundError."""
    case = reply.first()
    if case is None:
        raise NotFoundError.of(Case.id_kind)
    return case


def require_approved(case: PostableCase) -> None:
    """Raises CaseNotApprovedError."""
    if not case.is_approved:
        raise CaseNotApprovedError(
            f"The case is {case.status}; only approved cases are posted",
            details=details(
                f"Submit and approve the case first: POST /api/cases/{case.public_id}/approve", status=case.status
            ),
        )


def require_only(case: PostableCase) -> None:
    """Raises DuplicateBillError where another case of the vendor's invoice is posted, to whichever system."""
    if case.twin_id is None:
        return
    twin = ids.public(Case.id_kind, case.twin_id)
    bill = {"bill_id": ids.public(Bill.id_kind, case.standing_bill_id)} if case.standing_bill_id else {}
    raise DuplicateBillError(
        f"{case.invoice_number} of {case.vendor_name} is posted already, as {twin}",
        details=details(
            f"Reject this case if it is the same document, else correct its invoice number; "
            f"or take {twin} out of all systems first",
            case_id=twin,
            **bill,
        ),
    )


def status_after(status: str, systems: set[str], *, rolled_back: bool = False) -> CaseStatus:
    """Where a case stands once exactly `systems` hold it.

    `integrated` with all three, `rolled_back` where a rollback left none, else `approved`; a case that needs a person
    keeps doing so until it is integrated or rolled back.
    """
    if systems == set(System.values):
        return CaseStatus.INTEGRATED
    if rolled_back and not systems:
        return CaseStatus.ROLLED_BACK
    return CaseStatus.NEEDS_REVIEW if status == CaseStatus.NEEDS_REVIEW else CaseStatus.APPROVED
