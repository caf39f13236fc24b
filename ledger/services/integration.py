"""Posting a case to several systems, and what becomes of it where one of them refuses."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from integrations_site.audit.types import Actor
from integrations_site.kernel.errors import HubError
from ledger.models import LedgerSettings, System
from ledger.services.ledger_settings import book_alone
from ledger.services.postings import RefusedBySystem, post_all
from ledger.services.postings.answers import Answer
from ledger.services.postings.cases import key_of
from ledger.services.postings.failures import failure

OnFailure = LedgerSettings.OnFailure


@dataclass(slots=True)
class Outcome:
    """What became of a case in each system: posted just now, held already, refused, or left alone after a refusal.

    `holding` are those that hold the case in the end, as far as this call knows.
    """

    case_id: str
    systems: tuple[System, ...]
    posted: dict[System, Answer] = field(default_factory=dict)
    held: set[System] = field(default_factory=set)
    refused: dict[System, HubError] = field(default_factory=dict)

    @property
    def first_refusal(self) -> tuple[System, HubError] | None:
        """The system that refused first, and why; None where all went well."""
        return next(iter(self.refused.items()), None)

    @property
    def status(self) -> str:
        """`integrated` where every system holds the case now, `failed` where none got it, else `partial`."""
        if not self.refused:
            return "integrated"
        return "partial" if self.posted or self.held else "failed"

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
        if system in self.posted:
            return self.posted[system].body()
        return {"status": "already_posted" if system in self.held else "not_posted"}


def integrate_case(
    *, case_id: uuid.UUID, systems: Sequence[System], actor: Actor, on_failure: OnFailure, dry_run: bool = False
) -> Outcome:
    """Posts a case to systems in the order named; those that hold it are left alone.

    With `rollback` all are posted in one transaction, and none where one refuses. With `keep` and `review` each has a
    transaction of its own: after a refusal `keep` goes on with the others, `review` stops. Safe to repeat. Raises
    NotFoundError, CaseNotApprovedError, and TransientError or a database error where it may succeed later.
    """
    outcome = Outcome(key_of(case_id).public_id, tuple(systems))
    steps = [list(systems)] if on_failure is OnFailure.ROLLBACK else [[system] for system in systems]
    if len(steps) > 1 and connection.in_atomic_block:
        book_alone()
    for step in steps:
        _post(outcome, step, case_id=case_id, actor=actor, dry_run=dry_run)
        if outcome.refused and on_failure is not OnFailure.KEEP:
            break
    return outcome


def _post(outcome: Outcome, systems: Sequence[System], *, case_id: uuid.UUID, actor: Actor, dry_run: bool) -> None:
    try:
        posted = post_all(case_id=case_id, systems=systems, actor=actor, dry_run=dry_run)
    except RefusedBySystem as refused:
        outcome.refused[refused.system] = refused.error
    else:
        outcome.posted |= posted
        outcome.held |= set(systems) - set(posted)
