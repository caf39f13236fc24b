"""The end of a run: what it comes to, and telling everybody whom it concerns."""

import datetime as dt
import logging
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from psycopg.types.json import Jsonb

from connections.models import Activity, SyncRun, SyncStep
from connections.services.entities import not_allowed
from connections.services.standing import lock_standing, locked_with_standing
from connections.services.syncs.beginning import begin_run, data_types_of, refuse_unfit
from connections.services.syncs.faults import resume_at
from connections.services.syncs.leasing import Lease
from connections.services.syncs.totals import Totals, totals_of
from integrations_site.audit.services import announce
from integrations_site.audit.types import HUB
from integrations_site.kernel import clock
from integrations_site.kernel.errors import HubError
from integrations_site.tenancy.database.statements import send, together, update
from notifications.sdk.catalog import EventType
from notifications.services.events import publish

# A vendor that was in the way so often in a row, nothing having been read in between, is not waited for any more.
_MOST_WAITS = 12
_STATUS = SyncRun.Status
_logger = logging.getLogger(__name__)
_EVENTS = {
    _STATUS.COMPLETED: EventType.SYNC_COMPLETED,
    _STATUS.PARTIAL: EventType.SYNC_PARTIAL,
    _STATUS.FAILED: EventType.SYNC_FAILED,
}
_NOTE = """
UPDATE connections_activity SET status = %(status)s, details = %(details)s, at = %(now)s, updated_at = %(now)s
WHERE run = %(run)s
"""
# What the end changes of its run.
_ENDED = ("status", "resume_at", "completed_at", "lease", "error", "follow_up")
_WORDS = {_STATUS.COMPLETED: "success", _STATUS.CANCELLED: "cancelled"}


@transaction.atomic
def end_run(run: SyncRun, lease: Lease) -> None:
    """Ends the run as its steps have ended, in one transaction. Raises LeaseLostError."""
    with together():
        announce(action="sync.ended", actor=HUB, subject=run.public_id, data={"connection": run.connection.public_id})
        lock_standing(run.connection_id)
        held = lease.holding()
    lease.held(held)
    if lease.is_cancelled:  # what waits for the vendor would be read when its time comes
        run.steps.exclude(status__in=SyncStep.ENDED).update(status=SyncStep.Status.CANCELLED)
    run.refresh_from_db(fields=["resumes", "stalls", "follow_up", "cancel_requested"])
    steps = list(run.steps.order_by("position"))
    run.status = _status(run, steps)
    finish(run, steps)


def finish(run: SyncRun, steps: Sequence[SyncStep]) -> None:
    """Writes and tells the end of a run whose status is known, and begins what is to be read after it.

    In the caller's transaction, which was announced and has locked the connection and the run.
    """
    now = clock.now()
    faults = [step.error for step in steps if step.error]
    is_waiting = any(step.status == SyncStep.Status.WAITING for step in steps)
    run.resume_at = resume_at(faults, resumes=run.resumes) if is_waiting else None
    run.completed_at, run.lease, run.error = now, None, next(iter(faults), None)
    wanted, run.follow_up = run.follow_up, run.follow_up if is_waiting else []
    trigger = SyncRun.Trigger.WEBHOOK if wanted else run.trigger
    is_theirs = run.status == _STATUS.CANCELLED and _others_at_work(run).exists()
    with together():
        update(run, *_ENDED)
        _tell(run, totals_of(steps), now)
        if not is_theirs:
            _write_connection(run, now)
    after = sorted({*wanted, *_aged(steps)})
    if after and not is_waiting and run.status != _STATUS.CANCELLED:
        _follow(run, after, trigger)


def _aged(steps: Sequence[SyncStep]) -> set[str]:
    """Data types of which a part was read before the run began: an increment brings what changed since."""
    return {
        step.entity
        for step in steps
        if step.goes_on and step.status == SyncStep.Status.COMPLETED and step.watermark is not None
    }


def _status(run: SyncRun, steps: Sequence[SyncStep]) -> SyncRun.Status:
    if run.resumes >= _MOST_WAITS:
        _give_up(steps)
    found = {step.status for step in steps}
    if SyncStep.Status.CANCELLED in found:
        return _STATUS.CANCELLED
    if found == {SyncStep.Status.COMPLETED}:
        return _STATUS.COMPLETED
    return _STATUS.FAILED if found == {SyncStep.Status.FAILED} else _STATUS.PARTIAL


def _give_up(steps: Sequence[SyncStep]) -> None:
    for step in steps:
        if step.status == SyncStep.Status.WAITING:
            step.status = SyncStep.Status.FAILED
            step.save(update_fields=["status", "updated_at"])


def _tell(run: SyncRun, totals: Totals, now: dt.datetime) -> None:
    told: dict[str, Any] = {
        "syncId": run.public_id,
        "connectionId": run.connection.public_id,
        "integrationId": run.connection.integration.public_id,
        "provider": run.connection.integration.provider.provider,
        "status": run.status,
        "syncType": run.sync_type,
        "dataTypes": run.data_types,
        "recordsProcessed": totals.processed,
        "recordsSynced": totals.synced,
        "recordsDeleted": totals.deleted,
        "errors": totals.errors,
        "error": run.error,
        "resumeAt": clock.iso(run.resume_at) if run.resume_at else None,
    }
    is_well = run.status in (_STATUS.COMPLETED, _STATUS.CANCELLED)
    status = Activity.Status.SUCCESS if is_well else Activity.Status.FAILED
    details = {name: value for name, value in told.items() if value is not None}
    about = {"status": Activity.Status.RUNNING if run.resume_at else status, "details": Jsonb(details)}
    send(_NOTE, about | {"run": run.pk, "now": now})
    if event := _EVENTS.get(SyncRun.Status(run.status)):
        publish(type=event, subject=run.connection.public_id, payload=told)


def _write_connection(run: SyncRun, now: dt.datetime) -> None:
    row, is_synced = run.connection, run.status in (_STATUS.COMPLETED, _STATUS.PARTIAL)
    row.sync_status = _WORDS.get(SyncRun.Status(run.status), run.status)
    row.last_sync_at = now if is_synced else row.last_sync_at
    update(row, "sync_status", *(["last_sync_at"] if is_synced else []))


def _others_at_work(run: SyncRun) -> QuerySet[SyncRun]:
    """What the connection says is theirs, where the run that ends was one that waited."""
    at_work = SyncRun.objects.filter(connection=run.connection_id, status__in=(_STATUS.QUEUED, _STATUS.RUNNING))
    return at_work.exclude(pk=run.pk)


def _follow(run: SyncRun, wanted: Sequence[str], trigger: str) -> None:
    """One more run, which begins with the end of this one: whoever dies in between has ended neither.

    What the integration allows no more is left out.
    """
    row = locked_with_standing(run.connection_id)
    kept = not_allowed(row.integration)
    wanted = [name for name in wanted if name not in kept]
    if not wanted:
        return
    try:
        refuse_unfit(row)
        begin_run(
            connection=row,
            sync_type=SyncRun.Kind.INCREMENTAL,
            data_types=data_types_of(row, wanted),
            trigger=trigger,
            actor=HUB,
        )
    except HubError as error:
        _logger.info("No sync of %s after the one that ended: %s", row.public_id, error.message)
