"""Telling that a case could not be posted."""

from typing import Any

from django.db import transaction

from integrations_site.audit.services import announce
from integrations_site.audit.types import Actor
from integrations_site.kernel import clock
from integrations_site.kernel.errors import HubError, NotFoundError, TransientError
from ledger.models import System
from ledger.services.bookkeeping.errors import AlreadyPostedError, CaseNotApprovedError
from ledger.services.postings.cases import CaseKey
from ledger.services.postings.record import publish_outcome

# Nothing is wrong with the case: the caller asked too early, twice, or for what is not there; or it is tried again.
_NO_FAILURE_OF_THE_CASE = (CaseNotApprovedError, AlreadyPostedError, NotFoundError, TransientError)
_DEFAULT_STEP = "Correct what the message names, then post again"


def next_step(error: HubError) -> str:
    """What somebody should do about an error."""
    return str(error.details.get("next_step", _DEFAULT_STEP))


def failure(error: HubError) -> dict[str, Any]:
    """Code, cause and next step of an error."""
    return {"code": error.code, "message": error.message, "next_step": next_step(error)}


def report_failure(key: CaseKey, system: System, error: HubError, actor: Actor) -> None:
    """Records the failure and publishes `integration.failed`, unless nothing is wrong with the case."""
    if isinstance(error, _NO_FAILURE_OF_THE_CASE):
        return
    told = {"system": system.value, **failure(error)}
    with transaction.atomic():
        announce(action="case.posting_failed", actor=actor, subject=key.public_id, data=told)
        publish_outcome("integration.failed", key, told, at=clock.now())
