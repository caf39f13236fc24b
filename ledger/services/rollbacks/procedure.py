"""Taking a case out of one system: one transaction, announced first, its event published with it."""

import datetime as dt
import uuid
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

from django.db import transaction

from integrations_site.audit.services import announce
from integrations_site.audit.types import Actor
from integrations_site.kernel import clock
from integrations_site.tenancy.database.statements import Reply, send, together
from ledger.models import System
from ledger.services.bookkeeping.errors import NotPostedError, details
from ledger.services.bookkeeping.journal import numbered, send_reversal
from ledger.services.bookkeeping.periods import require_open_period
from ledger.services.postings.cases import CaseKey, PostableCase, received, send_case, status_after
from ledger.services.postings.record import publish_outcome

_POSTING = """
SELECT id FROM ledger_posting
WHERE case_id = %(case)s AND system = %(system)s AND status = 'posted'
"""

_RECORD = """
WITH reversed AS (
    UPDATE ledger_posting SET status = 'reversed', reversed_by = %(by)s, reversed_at = %(at)s, updated_at = %(at)s
    WHERE id = %(posting)s
)
UPDATE ledger_case
SET status = %(status)s::text, updated_at = %(at)s,
    exchange_rate = CASE WHEN %(is_still_posted)s THEN exchange_rate END,
    review = CASE WHEN %(status)s::text = 'needs_review' THEN review END
WHERE id = %(case)s
"""


@dataclass(frozen=True, slots=True)
class Reversal:
    """What is taken back: the case, its posting to the system, when and by whom."""

    case: PostableCase
    posting_id: uuid.UUID
    at: dt.datetime
    actor: Actor

    @property
    def parameters(self) -> dict[str, Any]:
        """As statements name them."""
        return {
            "case": self.case.id,
            "tenant": self.case.tenant_id,
            "posting": self.posting_id,
            "at": self.at,
            "by": self.actor.id,
        }


class SystemRollback(ABC):
    """How a case is taken out of one system."""

    system: ClassVar[System]

    @abstractmethod
    def check(self, reversal: Reversal) -> Any:
        """Locks what is to be changed, and returns what `write` needs. Raises a ConflictError where it must not be."""

    @abstractmethod
    def write(self, reversal: Reversal, checked: Any) -> None:
        """Sends the writes."""


def reverse_entry(entry: uuid.UUID | None, reversal: Reversal) -> None:
    """Sends the entry that takes `entry` back, on its own day: one statement. Raises PeriodLockedError."""
    if entry is not None:
        case = reversal.case
        reply = send_reversal(entry, date=case.invoice_date, tenant=case.tenant_id, actor=reversal.actor)
        numbered(reply, case.invoice_date)


def take_back(procedure: SystemRollback, key: CaseKey, actor: Actor) -> None:
    """Takes a case out of a system. Raises NotFoundError, and a ConflictError where it cannot be done."""
    system = procedure.system
    with transaction.atomic():
        with together():
            announce(action="case.rolled_back", actor=actor, subject=key.public_id, data={"system": system.value})
            asked_case = send_case(key)
            asked: Reply[Any] = send(_POSTING, key.parameters | {"system": system.value})
        reversal = _reversal(system, received(asked_case), asked, actor)
        checked = procedure.check(reversal)
        with together():
            _send_record(reversal, system)
            procedure.write(reversal, checked)
            publish_outcome("integration.rolled_back", key, _told(reversal, system), at=reversal.at)


def _reversal(system: System, case: PostableCase, asked: Reply[Any], actor: Actor) -> Reversal:
    posting = asked.first()
    if posting is None:
        raise NotPostedError(
            f"The case is not posted to {system.value}",
            details=details("Nothing is to be done", system=system.value),
        )
    require_open_period(case.invoice_date, case.locked_until)
    return Reversal(case=case, posting_id=posting[0], at=clock.now(), actor=actor)


def _told(reversal: Reversal, system: System) -> dict[str, Any]:
    return {
        "system": system.value,
        "rollback_status": {system.value: "success"},
        "remaining_systems": sorted(_left(reversal, system)),
        "status": "rolled_back",
    }


def _left(reversal: Reversal, system: System) -> set[str]:
    """The systems that hold the case once this one does not."""
    return set(reversal.case.systems) - {system.value}


def _send_record(reversal: Reversal, system: System) -> None:
    left = _left(reversal, system)
    send(
        _RECORD,
        reversal.parameters
        | {
            "status": status_after(reversal.case.status, left, rolled_back=True).value,
            "is_still_posted": bool(left),
        },
    )
