"""Posting a case to one or more systems in one transaction: announced first, its events published with it."""

import datetime as dt
import logging
import uuid
from collections.abc import Sequence
from typing import Any, NamedTuple

from django.db import DataError, IntegrityError, transaction

from integrations_site.audit.services import announce
from integrations_site.audit.types import Actor
from integrations_site.kernel import clock, ids
from integrations_site.kernel.errors import HubError, UnprocessableError
from integrations_site.tenancy.database.statements import Reply, hasten, together
from ledger.models import System
from ledger.services.bookkeeping.errors import details
from ledger.services.bookkeeping.journal import numbered
from ledger.services.bookkeeping.periods import require_open_period
from ledger.services.postings.accounting import AccountingPosting
from ledger.services.postings.answers import Answer
from ledger.services.postings.ap import ApPosting
from ledger.services.postings.cases import CaseKey, key_of, require_approved
from ledger.services.postings.failures import report_failure
from ledger.services.postings.inventory import InventoryPosting
from ledger.services.postings.material import Material
from ledger.services.postings.procedure import Plan, Stamp, SystemPosting
from ledger.services.postings.record import publish_successes, send_records
from ledger.services.uniqueness import constraint_of

_logger = logging.getLogger(__name__)
_PROCEDURES: dict[System, SystemPosting] = {
    procedure.system: procedure for procedure in (InventoryPosting(), ApPosting(), AccountingPosting())
}
# In whatever order systems are named, they are written in this one, so that postings wait for each other instead of
# deadlocking: stock and the books lock the row that numbers entries, which comes after the vendor.
_WRITTEN = (System.AP, System.INVENTORY, System.ACCOUNTING)
# Somebody else was a moment faster: made anew, the posting sees what they wrote, and answers accordingly.
_RACES = {"posting_once", "bill_once", "item_sku_once"}
_ATTEMPTS = 3
Answers = dict[System, Answer]
_More = dict[System, Reply[Any] | None]


class RefusedBySystem(Exception):
    """A system refused the case, so nothing of it was posted."""

    def __init__(self, system: System, error: HubError) -> None:
        super().__init__(system, error)
        self.system, self.error = system, error


class _Job(NamedTuple):
    key: CaseKey
    systems: Sequence[System]
    actor: Actor
    skips_posted: bool


def post(*, case_id: uuid.UUID, system: System, actor: Actor, dry_run: bool) -> Answer:
    """Posts a case to a system, or tells what would be written.

    A failure of the case, its data or its mappings publishes `integration.failed`, in a transaction of its own.
    """
    job = _Job(key_of(case_id), [system], actor, skips_posted=False)
    try:
        return _run(job, dry_run)[system]
    except RefusedBySystem as refused:
        raise refused.error from None


def post_all(*, case_id: uuid.UUID, systems: Sequence[System], actor: Actor, dry_run: bool) -> Answers:
    """Posts a case to those of the systems that do not hold it, in one transaction: to all of them, or to none.

    Raises RefusedBySystem where one refuses, and what concerns the case as a whole. A refusal publishes
    `integration.failed`.
    """
    return _run(_Job(key_of(case_id), systems, actor, skips_posted=True), dry_run)


def _run(job: _Job, dry_run: bool) -> Answers:
    try:
        return _attempt(job, dry_run)
    except RefusedBySystem as refused:
        if not dry_run:
            report_failure(job.key, refused.system, refused.error, job.actor)
        raise


def _attempt(job: _Job, dry_run: bool) -> Answers:
    for left in reversed(range(_ATTEMPTS)):
        try:
            with transaction.atomic():
                return _preview(job) if dry_run else _post(job)
        except IntegrityError as violation:
            if not left or constraint_of(violation) not in _RACES:
                raise RefusedBySystem(job.systems[0], _not_storable(violation)) from violation
        except DataError as error:
            raise RefusedBySystem(job.systems[0], _not_storable(error)) from error
    raise AssertionError("the last attempt returns or raises")


def _not_storable(error: DataError | IntegrityError) -> HubError:
    """What no plan foresaw and the database refused all the same: a person has to look at it."""
    _logger.error("The database refused a posting", exc_info=error)
    return UnprocessableError(
        "The database refused what was to be posted; nothing of it is written",
        code="NOT_STORABLE",
        details=details("Show this case to whoever runs the hub; the log has the cause"),
    )


def _post(job: _Job) -> Answers:
    with together():
        material = Material(job.key, {need for system in job.systems for need in _PROCEDURES[system].needs})
        wanted = _wanted(job, material)
        if not wanted:
            return {}
        more = _ask_more(wanted, material)
        hasten()
        # Announced before it is planned: the server is busy with it meanwhile.
        announce(
            action="case.posted",
            actor=job.actor,
            subject=job.key.public_id,
            data={"systems": [system.value for system in wanted]},
        )
        plans = _plans(material, more)
        answers = {system: plan.answer for system, plan in plans.items()}
        at = clock.now()
        stamps = {system: Stamp(ids.new_id(), at, job.actor) for system in plans}
        send_records(material.case, answers, stamps)
        publish_successes(job.key, answers, at=at)
        sent = {system: plans[system].write(stamps[system]) for system in sorted(plans, key=_WRITTEN.index)}
    for system, number in sent.items():
        if number:
            _require_number(system, number, material.case.invoice_date)
    return answers


def _preview(job: _Job) -> Answers:
    procedures = [_PROCEDURES[system] for system in job.systems]
    with together():
        material = Material(job.key, {need for each in procedures for need in each.needs | each.needs_to_preview})
    more = _ask_more(_wanted(job, material), material)
    return {system: plan.preview() for system, plan in _plans(material, more).items()}


def _wanted(job: _Job, material: Material) -> list[System]:
    """The systems to post to. Raises NotFoundError and CaseNotApprovedError."""
    require_approved(material.case)
    return [system for system in job.systems if not (job.skips_posted and system in material.case.systems)]


def _ask_more(wanted: Sequence[System], material: Material) -> _More:
    return {system: _PROCEDURES[system].ask_more(material) for system in wanted}


def _plans(material: Material, more: _More) -> dict[System, Plan]:
    """What each system would write. Raises RefusedBySystem for the first in their order that refuses.

    Those that wait for an answer are planned last.
    """
    plans: dict[System, Plan] = {}
    refusals: dict[System, HubError] = {}
    for system in sorted(more, key=lambda system: more[system] is not None):
        procedure = _PROCEDURES[system]
        try:
            procedure.require_absent(material)
            require_open_period(material.case.invoice_date, material.case.locked_until)
            plans[system] = procedure.plan(material, more[system])
        except HubError as error:
            refusals[system] = error
    for system in more:
        if system in refusals:
            raise RefusedBySystem(system, refusals[system]) from refusals[system]
    return {system: plans[system] for system in more}


def _require_number(system: System, number: Reply[tuple[int]], date: dt.date) -> None:
    try:
        numbered(number, date)
    except HubError as error:
        raise RefusedBySystem(system, error) from error
