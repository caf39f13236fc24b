"""Who lets a case into the books: submitting, approving, rejecting and reopening."""

import uuid
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Q, Sum

from integrations_site.audit.services import announce
from integrations_site.audit.types import Actor
from integrations_site.kernel import clock
from integrations_site.kernel.errors import ConflictError, ForbiddenError
from integrations_site.tenancy.people import person_behind
from ledger.models import Case, CaseStatus, LedgerSettings, Posting
from ledger.services.bookkeeping.valuation import Converter
from ledger.services.exchange_rates import rate_on
from ledger.services.ledger_settings import current_settings
from ledger.services.transitions import DECISIONS, decide, lock_case, require
from ledger.types import ZERO
from notifications.sdk.catalog import EventType
from notifications.services.events import publish


class FourEyesError(ForbiddenError):
    """Whoever submitted a case may not approve it, nor may a program of his."""

    code = "FOUR_EYES"


class ApprovalLimitError(ForbiddenError):
    """The case is worth more than the caller may approve."""

    code = "APPROVAL_LIMIT"


class VendorUnconfirmedError(ConflictError):
    """An import made the vendor, and nobody has looked at it yet."""

    code = "VENDOR_UNCONFIRMED"


class CasePostedError(ConflictError):
    """The case is in the books; it has to be rolled back first."""

    code = "CASE_POSTED"


@transaction.atomic
def submit_case(*, case_id: uuid.UUID, actor: Actor) -> Case:
    """A draft waits for approval from here on. Raises NotFoundError and InvalidTransitionError."""
    case = lock_case(case_id)
    require(case, CaseStatus.PENDING_APPROVAL, DECISIONS)
    announce(action="case.submitted", actor=actor, subject=case.public_id)
    return decide(case, CaseStatus.PENDING_APPROVAL, submitted_by=actor.id, submitted_at=clock.now())


@transaction.atomic
def approve_case(*, case_id: uuid.UUID, actor: Actor, is_admin: bool) -> Case:
    """Lets the case into the books and publishes `case.approved`.

    Tenant admins approve any amount; others only up to the approval limit, and nothing where none is set.
    Raises NotFoundError, InvalidTransitionError, FourEyesError, ApprovalLimitError, ExchangeRateMissingError and
    AmountOutOfRangeError (the limit is in the tenant's currency), and VendorUnconfirmedError.
    """
    case = lock_case(case_id)
    require(case, CaseStatus.APPROVED, DECISIONS)
    settings = current_settings()
    _check_approver(case, settings, actor=actor, is_admin=is_admin)
    _check_vendor(case)
    announce(
        action="case.approved",
        actor=actor,
        subject=case.public_id,
        data={"total": str(case.total), "currency": case.currency},
    )
    decide(case, CaseStatus.APPROVED, approved_by=actor.id, approved_at=clock.now())
    _publish(case, actor)
    return case


@transaction.atomic
def reject_case(*, case_id: uuid.UUID, reason: str, actor: Actor, is_admin: bool) -> Case:
    """Sends the case back, with the reason. Tenant admins also take an approval back, while nothing is posted.

    Raises NotFoundError, InvalidTransitionError, ForbiddenError and CasePostedError.
    """
    case = lock_case(case_id)
    require(case, CaseStatus.REJECTED, DECISIONS)
    if case.status != CaseStatus.PENDING_APPROVAL and not is_admin:
        raise ForbiddenError("The case was approved; only tenant admins take that back")
    if Posting.objects.filter(case=case, status=Posting.Status.POSTED).exists():
        raise CasePostedError("The case is posted; roll it back before it is rejected")
    announce(action="case.rejected", actor=actor, subject=case.public_id, data={"reason": reason})
    return decide(case, CaseStatus.REJECTED, rejection_reason=reason, approved_by="", approved_at=None, review=None)


@transaction.atomic
def reopen_case(*, case_id: uuid.UUID, actor: Actor) -> Case:
    """A case that waits for approval or was rejected becomes a draft again.

    Raises NotFoundError and InvalidTransitionError.
    """
    case = lock_case(case_id)
    require(case, CaseStatus.DRAFT, DECISIONS)
    announce(action="case.reopened", actor=actor, subject=case.public_id)
    return decide(case, CaseStatus.DRAFT, submitted_by="", submitted_at=None, rejection_reason="")


def _publish(case: Case, actor: Actor) -> None:
    told = {"case_id": case.public_id, "approved_by": actor.id, "timestamp": clock.iso(clock.now())}
    publish(type=EventType.CASE_APPROVED, subject=case.public_id, payload={"event": EventType.CASE_APPROVED, **told})


def _check_approver(case: Case, settings: LedgerSettings, *, actor: Actor, is_admin: bool) -> None:
    if settings.four_eyes and person_behind(case.submitted_by) == person_behind(actor.id):
        raise FourEyesError("You submitted this case; somebody else has to approve it (setting four_eyes)")
    if is_admin:
        return
    limit = settings.approval_limit
    if limit is None:
        raise ApprovalLimitError("Only tenant admins approve cases here (no approval_limit is set)")
    worth = _worth(case, settings)
    if worth > limit:
        raise ApprovalLimitError(
            f"The case moves {worth:f} {settings.currency}, lines that lower it not deducted; "
            f"above {limit:f} only tenant admins approve",
            details={"worth": worth, "approval_limit": limit, "currency": settings.currency},
        )


def _worth(case: Case, settings: LedgerSettings) -> Decimal:
    """What approving the case lets through, in the books' currency."""
    rate = rate_on(currency=case.currency, base=settings.currency, date=case.invoice_date)
    return Converter(currency=settings.currency, rate=rate).base(_volume(case))


def _volume(case: Case) -> Decimal:
    """Lines and taxes of one sign, whichever come to more, or the total or what is to be paid, where that is more.

    So neither a negative line nor a prepayment makes a case small that moves a lot.
    """
    lines, taxes = _both_signs(case.line_items, "line_total"), _both_signs(case.taxes, "amount")
    if not any(taxes):  # A document may state its tax without any rates.
        taxes = max(case.tax, ZERO), min(case.tax, ZERO)
    above, below = (sum(figures, ZERO) for figures in zip(lines, taxes, strict=True))
    return max(above, -below, abs(Decimal(case.total)), abs(Decimal(case.payable)))


def _both_signs(rows: Any, column: str) -> tuple[Decimal, Decimal]:
    """What the figures above zero, and those below, come to."""
    found = rows.aggregate(
        above=Sum(column, filter=Q(**{f"{column}__gt": 0}), default=ZERO),
        below=Sum(column, filter=Q(**{f"{column}__lt": 0}), default=ZERO),
    )
    return found["above"], found["below"]


def _check_vendor(case: Case) -> None:
    vendor = case.vendor
    if not vendor.is_confirmed:
        raise VendorUnconfirmedError(
            f"The vendor {vendor.name} was made by an import and is not confirmed; "
            f"look at it and POST /api/vendors/{vendor.public_id}/confirm, then approve",
            details={"vendor_id": vendor.public_id},
        )
