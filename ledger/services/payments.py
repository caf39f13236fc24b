"""Paying bills: in full, against the bank account, and taken back where a payment was wrong.

A bill in another currency is paid at the rate it was booked with; gains and losses of exchange are not booked here.
"""

import datetime as dt
import uuid

from django.db import transaction
from django.db.models import F

from integrations_site.audit.services import announce
from integrations_site.audit.types import Actor
from integrations_site.kernel import clock
from integrations_site.kernel.errors import InvalidInputError, NotFoundError
from integrations_site.tenancy import scope
from ledger.models import Bill, BillPayment, JournalEntry, Purpose, Vendor
from ledger.services.bookkeeping.accounts import AccountBook, send_mappings
from ledger.services.bookkeeping.errors import BillNotOpenError, NotPostedError, details
from ledger.services.bookkeeping.journal import EntryDraft, EntryLine, draft_entry, numbered, send_entry, send_reversal
from ledger.services.bookkeeping.periods import require_open_period
from ledger.services.ledger_settings import held_settings


@transaction.atomic
def pay_bill(*, bill_id: uuid.UUID, actor: Actor, date: dt.date | None = None) -> BillPayment:
    """Pays an open bill in full and books it: payables against bank, the other way round for a credit note.

    `date` None is today, or the invoice's day where that is later. Raises NotFoundError, BillNotOpenError,
    InvalidInputError (paid before it was invoiced), AccountNotFoundError and PeriodLockedError.
    """
    locked_until = held_settings().locked_until
    bill = _locked(bill_id)
    day = date or max(clock.now().date(), bill.invoice_date)
    _require_payable(bill, day)
    require_open_period(day, locked_until)
    announce(
        action="bill.paid",
        actor=actor,
        subject=bill.public_id,
        data={"amount": str(bill.amount), "currency": bill.currency, "date": day.isoformat()},
    )
    _settle(bill, Bill.Status.PAID, paid_at=clock.now())
    draft = _payment_entry(bill, day)
    numbered(send_entry(draft, tenant=scope.tenant_id(), actor=actor, case=bill.case_id), day)
    return BillPayment.objects.create(bill=bill, entry_id=draft.id, date=day)


@transaction.atomic
def reverse_payment(*, bill_id: uuid.UUID, actor: Actor) -> BillPayment:
    """Takes the payment of a bill back, on its own day; the bill is open again.

    Raises NotFoundError, NotPostedError (no payment stands) and PeriodLockedError.
    """
    locked_until = held_settings().locked_until
    bill = _locked(bill_id)
    payment = BillPayment.objects.filter(bill=bill, reversed_at__isnull=True).first()
    if payment is None:
        raise NotPostedError(
            "The bill has no payment to take back", code="NOT_PAID", details=details("Nothing is to be done")
        )
    require_open_period(payment.date, locked_until)
    announce(
        action="bill.payment_reversed",
        actor=actor,
        subject=bill.public_id,
        data={"amount": str(bill.amount), "currency": bill.currency, "date": payment.date.isoformat()},
    )
    _settle(bill, Bill.Status.OPEN, paid_at=None)
    reply = send_reversal(payment.entry_id, date=payment.date, tenant=scope.tenant_id(), actor=actor)
    numbered(reply, payment.date)
    payment.reversed_at = clock.now()
    payment.save(update_fields=["reversed_at", "updated_at"])
    return payment


def _locked(bill_id: uuid.UUID) -> Bill:
    found = Bill.objects.select_for_update(no_key=True, of=("self",)).select_related("vendor")
    bill = found.filter(id=bill_id).first()
    if bill is None:
        raise NotFoundError.of(Bill.id_kind)
    return bill


def _require_payable(bill: Bill, day: dt.date) -> None:
    if bill.status != Bill.Status.OPEN:
        raise BillNotOpenError(
            f"The bill is {bill.status}; only open bills are paid",
            details=details("Nothing is to be done; a payment that was wrong can be taken back", status=bill.status),
        )
    if day < bill.invoice_date:
        raise InvalidInputError(
            f"The bill is of {bill.invoice_date}; it cannot be paid on {day}",
            details={"fields": {"date": ["It must not be before the invoice's date."]}},
        )


def _payment_entry(bill: Bill, day: dt.date) -> EntryDraft:
    book = AccountBook(send_mappings(scope.tenant_id(), vendor=bill.vendor_id).all())
    memo = f"Payment of {bill.vendor.name} {bill.invoice_number}"
    return draft_entry(
        date=day,
        kind=JournalEntry.Kind.PAYMENT,
        memo=memo,
        lines=[
            EntryLine(book.account(Purpose.PAYABLES), Purpose.PAYABLES, bill.base_amount, memo),
            EntryLine(book.account(Purpose.BANK), Purpose.BANK, -bill.base_amount, memo),
        ],
    )


def _settle(bill: Bill, status: Bill.Status, *, paid_at: dt.datetime | None) -> None:
    """Writes the bill's state, and what it changes in the vendor's balance.

    It comes before the entry: whoever locks both the vendor and the settings that number entries does so in this order.
    """
    sign = 1 if status == Bill.Status.OPEN else -1
    bill.status, bill.paid_at = status, paid_at
    bill.save(update_fields=["status", "paid_at", "updated_at"])
    Vendor.objects.filter(id=bill.vendor_id).update(balance=F("balance") + sign * bill.base_amount)
