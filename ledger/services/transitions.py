"""Where a case may go from where it stands."""

import uuid
from collections.abc import Mapping
from typing import Any

from integrations_site.kernel.errors import ConflictError
from ledger.models import Case, CaseStatus
from ledger.services.locking import locked

_S = CaseStatus

Transitions = Mapping[CaseStatus, frozenset[CaseStatus]]

# What people decide.
DECISIONS: Transitions = {
    _S.DRAFT: frozenset({_S.PENDING_APPROVAL}),
    _S.PENDING_APPROVAL: frozenset({_S.APPROVED, _S.REJECTED, _S.DRAFT}),
    _S.REJECTED: frozenset({_S.DRAFT}),
    _S.APPROVED: frozenset({_S.REJECTED}),
    _S.NEEDS_REVIEW: frozenset({_S.REJECTED}),
    _S.ROLLED_BACK: frozenset({_S.REJECTED}),
}
# What follows from posting and rolling back. `approved` holds cases that are in none or in some of the systems,
# `integrated` those that are in all three.
POSTINGS: Transitions = {
    _S.APPROVED: frozenset({_S.INTEGRATED, _S.NEEDS_REVIEW, _S.ROLLED_BACK}),
    _S.INTEGRATED: frozenset({_S.ROLLED_BACK, _S.APPROVED, _S.NEEDS_REVIEW}),
    _S.NEEDS_REVIEW: frozenset({_S.APPROVED, _S.INTEGRATED, _S.ROLLED_BACK}),
    _S.ROLLED_BACK: frozenset({_S.APPROVED, _S.INTEGRATED, _S.NEEDS_REVIEW}),
}
EDITABLE = frozenset({_S.DRAFT, _S.REJECTED})


class InvalidTransitionError(ConflictError):
    """A case cannot go there from where it stands; `details` names the state and what is possible."""

    code = "INVALID_TRANSITION"


def lock_case(case_id: uuid.UUID) -> Case:
    """The case, locked until the transaction ends; whoever reads a status to change it goes through here.

    Raises NotFoundError.
    """
    return locked(Case, case_id)


def require(case: Case, to: CaseStatus, transitions: Transitions) -> None:
    """Raises InvalidTransitionError unless the case may go to `to`."""
    possible = sorted(transitions.get(CaseStatus(case.status), frozenset()))
    if to not in possible:
        onward = f"from here it can become {' or '.join(possible)}" if possible else "roll it back first"
        raise InvalidTransitionError(
            f"The case is {case.status} and cannot become {to.value}; {onward}",
            details={"status": case.status, "requested": to.value, "possible": possible},
        )


def decide(case: Case, to: CaseStatus, **changes: Any) -> Case:
    """Writes what a person decided about a locked case, and `changes` to other columns.

    Raises InvalidTransitionError.
    """
    require(case, to, DECISIONS)
    return keep(case, status=to, **changes)


def move(case: Case, to: CaseStatus, **changes: Any) -> Case:
    """Writes where a posting or a rollback leaves a locked case, and `changes` to other columns.

    Raises InvalidTransitionError.
    """
    require(case, to, POSTINGS)
    return keep(case, status=to, **changes)


def keep(case: Case, **changes: Any) -> Case:
    """Writes `changes` to a locked case, in one statement."""
    for name, value in changes.items():
        setattr(case, name, value)
    case.save(update_fields=[*changes, "updated_at"])
    return case
