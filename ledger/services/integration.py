"""Posting a case to several systems, and what becomes of it where one of them fails."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from integrations_site.audit.types import Actor
from integrations_site.kernel.errors import HubError, NotFoundError, TransientError
from ledger.models import LedgerSettings, System
from ledger.services.bookkeeping.errors import AlreadyPostedError, CaseNotApprovedError
from ledger.services.postings import post_accounting, post_ap, post_inventory
from ledger.services.postings.answers import Answer
from ledger.services.postings.cases import key_of
from ledger.services.postings.failures import failure
from ledger.services.rollbacks import roll_back

OnFailure = LedgerSettings.OnFailure
_POST: dict[System, Callable[..., Answer]] = {
    System.INVENTORY: post_inventory,
    System.AP: post_ap,
    System.ACCOUNTING: post_accounting,
}
# Nothing is known to be wrong with the case, or there is none: not a failure of one system.
_OF_THE_WHOLE = (CaseNotApprovedError, NotFoundError, TransientError)


@dataclass(slots=True)
class Outcome:
    """What became of a case in each system: posted just now or before, refused, taken back, or not tried."""

    case_id: str
    systems: tuple[System, ...]
    posted: dict[System, Answer] = field(default_factory=dict)
    held: set[System] = field(default_factory=set)
    refused: dict[System, HubError] = field(default_factory=dict)
    taken_back: set[System] = field(default_factory=set)

    @property
    def first_refusal(self) -> tuple[System, HubError] | None:
        """The system that refused first, and why; None where all went well."""
        return next(iter(self.refused.items()), None)

    @property
    def status(self) -> str:
        """`integrated` where every system holds the case, `failed` where none does, else `partial`."""
        if not self.refused:
            return "integrated"
        return "partial" if self.held or set(self.posted) - self.taken_back else "failed"

    def body(self) -> dict[str, Any]:
        """What callers are told: per system document 000's answer, or why there is none."""
        return {
            "case_id": self.case_id,
            "results": {system.value: self._result(system) for system in self.systems},
            "status": self.status,
        }

    def _result(self, system: System) -> Mapping[str, Any]:
        if system in self.refused:
            return {"status": "failed", **failure(self.refused[system])}
        if system in self.taken_back:
            return {"status": "rolled_back"}
        if system in self.posted:
            return self.posted[system].body()
        return {"status": "already_posted" if system in self.held else "not_tried"}


def integrate_case(
    *, case_id: uuid.UUID, systems: Sequence[System], actor: Actor, on_failure: OnFailure, dry_run: bool = False
) -> Outcome:
    """Posts a case to systems in the order named, each in a transaction of its own; those that hold it are left alone.

    Where one fails, `rollback` stops and takes back what this call has posted, `keep` goes on with the others, and
    `review` stops and leaves everything as it is. Safe to repeat. Raises NotFoundError, CaseNotApprovedError, and
    TransientError or a database error where it may succeed later; what was posted until then stays.
    """
    outcome = Outcome(key_of(case_id).public_id, tuple(systems))
    for system in systems:
        _post(outcome, system, case_id=case_id, actor=actor, dry_run=dry_run)
        if outcome.refused and on_failure is not OnFailure.KEEP:
            break
    if outcome.refused and on_failure is OnFailure.ROLLBACK and not dry_run:
        _take_back(outcome, case_id=case_id, actor=actor)
    return outcome


def _post(outcome: Outcome, system: System, *, case_id: uuid.UUID, actor: Actor, dry_run: bool) -> None:
    try:
        outcome.posted[system] = _POST[system](case_id=case_id, actor=actor, dry_run=dry_run)
    except AlreadyPostedError:
        outcome.held.add(system)
    except _OF_THE_WHOLE:
        raise
    except HubError as error:
        outcome.refused[system] = error


def _take_back(outcome: Outcome, *, case_id: uuid.UUID, actor: Actor) -> None:
    if not outcome.posted:
        return
    answer = roll_back(case_id=case_id, systems=list(reversed(outcome.posted)), actor=actor)
    outcome.taken_back = set(answer.systems) - set(answer.failures)
