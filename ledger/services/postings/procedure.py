"""Posting a case to one system: one transaction, announced first, its event published with it."""

import uuid
from abc import ABC, abstractmethod
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from django.db import IntegrityError, transaction

from integrations_site.audit.services import announce
from integrations_site.audit.types import Actor
from integrations_site.kernel.errors import HubError
from integrations_site.tenancy.database.statements import together
from ledger.models import System
from ledger.services.bookkeeping.errors import AlreadyPostedError, details
from ledger.services.bookkeeping.periods import require_open_period
from ledger.services.postings.answers import Answer
from ledger.services.postings.cases import (
    CaseKey,
    PostableCase,
    key_of,
    received,
    require_approved,
    send_case,
)
from ledger.services.postings.failures import report_failure
from ledger.services.postings.record import Stamp, new_stamp, publish_outcome, send_record
from ledger.services.uniqueness import constraint_of

AnswerT = TypeVar("AnswerT", bound=Answer)
AnswerT_co = TypeVar("AnswerT_co", bound=Answer, covariant=True)
AskedT = TypeVar("AskedT")
# Somebody else was a moment faster: made anew, the posting sees what they wrote, and answers accordingly.
_RACES = {"posting_once", "bill_once", "item_sku_once"}
_ATTEMPTS = 3


class Plan(Protocol[AnswerT_co]):
    """What a posting would write, computed and not yet written."""

    @property
    def answer(self) -> AnswerT_co:
        """What the posting answers once it is written."""

    def preview(self) -> AnswerT_co:
        """What a dry run answers."""

    def write(self, stamp: Stamp) -> None:
        """Sends the writes."""


class SystemPosting(ABC, Generic[AskedT, AnswerT]):
    """How a case is posted to one system."""

    system: ClassVar[System]

    @abstractmethod
    def ask(self, key: CaseKey) -> AskedT:
        """Sends the queries for what the plan needs."""

    def require_absent(self, case: PostableCase, asked: AskedT) -> None:
        """Raises AlreadyPostedError where the system holds the case."""
        if self.system in case.systems:
            raise AlreadyPostedError(
                f"The case is posted to {self.system.value} already",
                details=details("Nothing is to be done; to post it anew, roll it back first", system=self.system.value),
            )

    @abstractmethod
    def plan(self, case: PostableCase, asked: AskedT) -> Plan[AnswerT]:
        """What is to be written."""


def post(procedure: SystemPosting[Any, AnswerT], *, case_id: uuid.UUID, actor: Actor, dry_run: bool) -> AnswerT:
    """Posts a case, or tells what would be written.

    A failure of the case, its data or its mappings publishes `integration.failed`, in a transaction of its own.
    """
    key = key_of(case_id)
    try:
        return _attempt(procedure, key, actor, dry_run)
    except HubError as error:
        if not dry_run:
            report_failure(key, procedure.system, error, actor)
        raise


def _attempt(procedure: SystemPosting[Any, AnswerT], key: CaseKey, actor: Actor, dry_run: bool) -> AnswerT:
    for left in reversed(range(_ATTEMPTS)):
        try:
            with transaction.atomic():
                return _preview(procedure, key) if dry_run else _post(procedure, key, actor)
        except IntegrityError as violation:
            if not left or constraint_of(violation) not in _RACES:
                raise
    raise AssertionError("the last attempt returns or raises")


def _post(procedure: SystemPosting[Any, AnswerT], key: CaseKey, actor: Actor) -> AnswerT:
    with together():
        announce(action="case.posted", actor=actor, subject=key.public_id, data={"system": procedure.system.value})
        asked_case, asked = send_case(key), procedure.ask(key)
    case, plan = _planned(procedure, received(asked_case), asked)
    stamp, answer = new_stamp(actor), plan.answer
    with together():
        send_record(case, procedure.system, answer, stamp)
        publish_outcome(f"integration.{procedure.system.value}.success", key, answer.figures(), at=stamp.at)
        plan.write(stamp)
    return answer


def _preview(procedure: SystemPosting[Any, AnswerT], key: CaseKey) -> AnswerT:
    with together():
        asked_case, asked = send_case(key), procedure.ask(key)
    _, plan = _planned(procedure, received(asked_case), asked)
    return plan.preview()


def _planned(
    procedure: SystemPosting[AskedT, AnswerT], case: PostableCase, asked: AskedT
) -> tuple[PostableCase, Plan[AnswerT]]:
    require_approved(case)
    procedure.require_absent(case, asked)
    require_open_period(case.invoice_date, case.locked_until)
    return case, procedure.plan(case, asked)
