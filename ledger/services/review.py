"""Cases that integrate themselves after approval, and those that then need a person."""

import uuid
from collections.abc import Sequence

from django.db import transaction

from integrations_site.audit.services import announce
from integrations_site.audit.types import HUB, Actor
from integrations_site.kernel import clock
from integrations_site.kernel.errors import ConflictError, NotFoundError
from ledger.models import Case, CaseStatus, System
from ledger.services.bookkeeping.errors import CaseNotApprovedError, details
from ledger.services.contention import persistently
from ledger.services.integration import OnFailure, Outcome, integrate_case
from ledger.services.ledger_settings import current_settings
from ledger.services.postings.failures import failure
from ledger.services.transitions import keep, lock_case, move


class NotInReviewError(ConflictError):
    """The case does not wait for a person."""

    code = "NOT_IN_REVIEW"


def integrate_approved(*, case_id: uuid.UUID) -> Outcome | None:
    """Integrates a case that was approved, as the tenant's settings say; None where there is nothing to do.

    Transient errors are tried again a few times; the last is raised, for the caller to come back later. Whatever else
    fails leaves the case needing a person, with code, cause and next step. Safe to repeat.
    """
    settings = current_settings()
    case = Case.objects.filter(id=case_id, status=CaseStatus.APPROVED).first()
    if not settings.auto_enabled or case is None:
        return None
    systems = [System(system) for system in settings.auto_systems]
    try:
        return _integrate(case_id, systems, OnFailure(settings.auto_on_failure), HUB)
    except (CaseNotApprovedError, NotFoundError):
        return None  # Somebody rejected it in the meantime.


def integrate_on_demand(
    *,
    case_id: uuid.UUID,
    systems: Sequence[System],
    actor: Actor,
    on_failure: OnFailure | None = None,
    dry_run: bool = False,
) -> Outcome:
    """Integrates a case now; `on_failure` None is the tenant's setting, and only `review` leaves it to a person.

    Raises what `integrate_case` raises.
    """
    chosen = on_failure or OnFailure(current_settings().auto_on_failure)
    outcome = integrate_case(case_id=case_id, systems=systems, actor=actor, on_failure=chosen, dry_run=dry_run)
    if chosen is OnFailure.REVIEW and not dry_run:
        _leave_to_a_person(outcome, case_id=case_id, actor=actor)
    return outcome


def retry_case(*, case_id: uuid.UUID, actor: Actor) -> Outcome:
    """Tries a case that needs a person again, in the systems in which it failed; on success it needs nobody any more.

    Raises NotFoundError, NotInReviewError, CaseNotApprovedError, and the last transient error.
    """
    case = Case.objects.filter(id=case_id).first()
    if case is None:
        raise NotFoundError.of(Case.id_kind)
    if case.status != CaseStatus.NEEDS_REVIEW:
        raise NotInReviewError(
            f"The case is {case.status}; only cases that need a person are retried",
            details=details("Post it to the systems that you want it in", status=case.status),
        )
    systems = [System(system) for system in (case.review or {}).get("systems", System.values)]
    outcome = _integrate(case_id, systems, OnFailure(current_settings().auto_on_failure), actor)
    if not outcome.refused:
        _close_review(case_id, actor)
    return outcome


def _integrate(case_id: uuid.UUID, systems: Sequence[System], on_failure: OnFailure, actor: Actor) -> Outcome:
    outcome = persistently(lambda: integrate_case(case_id=case_id, systems=systems, actor=actor, on_failure=on_failure))
    _leave_to_a_person(outcome, case_id=case_id, actor=actor)
    return outcome


@transaction.atomic
def _leave_to_a_person(outcome: Outcome, *, case_id: uuid.UUID, actor: Actor) -> None:
    """Where a system refused: the case needs a person, who is told why, what to do, and what would be tried again."""
    if outcome.first_refusal is None:
        return
    system, error = outcome.first_refusal
    reason = {"system": system.value, **failure(error)}
    case = lock_case(case_id)
    announce(action="case.review_asked", actor=actor, subject=case.public_id, data=reason)
    review = {**reason, "systems": [each.value for each in outcome.systems], "since": clock.iso(clock.now())}
    if case.status == CaseStatus.NEEDS_REVIEW:
        keep(case, review=review)
    else:
        move(case, CaseStatus.NEEDS_REVIEW, review=review)


@transaction.atomic
def _close_review(case_id: uuid.UUID, actor: Actor) -> None:
    """A case that only some systems were to hold is not integrated, and needs nobody any more."""
    case = lock_case(case_id)
    if case.status == CaseStatus.NEEDS_REVIEW:
        announce(action="case.review_closed", actor=actor, subject=case.public_id)
        move(case, CaseStatus.APPROVED, review=None)
