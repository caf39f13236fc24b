"""Taking postings back (document 000): each system in a transaction of its own, in the order that the caller names.

What was written stays: stock is moved back by reversing movements, a bill is voided, an entry gets its reversal on the
same day. The case can be posted again afterwards.
"""

import uuid
from collections.abc import Sequence

from django.db import connection, transaction

from integrations_site.audit.services import announce
from integrations_site.audit.types import Actor
from integrations_site.kernel.errors import ConflictError, InvalidInputError
from ledger.models import Posting, System
from ledger.services.bookkeeping.errors import NotPostedError
from ledger.services.ledger_settings import book_alone
from ledger.services.postings.cases import CaseKey, key_of
from ledger.services.postings.failures import failure
from ledger.services.rollbacks.accounting import AccountingRollback
from ledger.services.rollbacks.answers import RollbackAnswer
from ledger.services.rollbacks.ap import ApRollback
from ledger.services.rollbacks.inventory import InventoryRollback
from ledger.services.rollbacks.procedure import SystemRollback, take_back

__all__ = ["RollbackAnswer", "roll_back"]

_PROCEDURES: dict[System, SystemRollback] = {
    procedure.system: procedure for procedure in (InventoryRollback(), ApRollback(), AccountingRollback())
}


def roll_back(*, case_id: uuid.UUID, systems: Sequence[System], actor: Actor) -> RollbackAnswer:
    """Takes a case out of the systems, one after the other; what one refuses does not keep the others from succeeding.

    A system refuses where it does not hold the case (NOT_POSTED), its period is closed (PERIOD_LOCKED), the stock was
    used since (STOCK_CONSUMED) or the bill is paid (BILL_PAID); the answer says so. Raises NotFoundError, and
    InvalidInputError where `systems` is empty or names one twice.
    """
    if not systems or len(set(systems)) < len(systems):
        raise InvalidInputError(
            "Name at least one system, and each once", details={"fields": {"systems": ["At least one, each once."]}}
        )
    key = key_of(case_id)
    if len(systems) > 1 and connection.in_atomic_block:
        book_alone()
    failures = {system: error for system in systems if (error := _refusal(system, key, actor)) is not None}
    return RollbackAnswer(
        case_id=key.public_id,
        systems=tuple(systems),
        failures={system: failure(error) for system, error in failures.items()},
        remaining=_holding(key),
    )


def _holding(key: CaseKey) -> tuple[System, ...]:
    held = Posting.objects.filter(case_id=key.case, status=Posting.Status.POSTED).values_list("system", flat=True)
    return tuple(system for system in System if system in set(held))


def _refusal(system: System, key: CaseKey, actor: Actor) -> ConflictError | None:
    try:
        take_back(_PROCEDURES[system], key, actor)
    except NotPostedError as error:
        return error
    except ConflictError as error:
        _record_refusal(system, key, error, actor)
        return error
    return None


@transaction.atomic
def _record_refusal(system: System, key: CaseKey, error: ConflictError, actor: Actor) -> None:
    told = {"system": system.value, **failure(error)}
    announce(action="case.rollback_refused", actor=actor, subject=key.public_id, data=told)
