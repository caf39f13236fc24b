"""The end of a run: what it comes to, and telling everybody whom it concerns."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db import transaction

from connections.models import Activity, Connection, SyncRun, SyncStep
from connections.services.schedules import next_sync_at
from connections.services.standing import settle_status
from connections.services.syncs.faults import resume_at
from connections.services.syncs.leasing import Lease
from connections.services.syncs.totals import Totals, totals_of
from integrations_site.audit.services import announce
from integrations_site.audit.types import HUB
from integrations_site.kernel import clock
from notifications.sdk.catalog import EventType
from notifications.services.events import publish

# A vendor that was in the way so often in a row, nothing having been read in between, is not waited for any more.
_MOST_WAITS = 12
_STATUS = SyncRun.Status
_EVENTS = {
    _STATUS.COMPLETED: EventType.SYNC_COMPLETED,
    _STATUS.PARTIAL: EventType.SYNC_PARTIAL,
    _STATUS.FAILED: EventType.SYNC_FAILED,
}
_WORDS = {_STATUS.COMPLETED: "success", _STATUS.CANCELLED: "cancelled"}


@transaction.atomic
def end_run(run: SyncRun, lease: Lease) -> None:
    """Ends the run as its steps have ended, in one transaction. Raises LeaseLostError."""
    announce(action="sync.ended", actor=HUB, subject=run.public_id, data={"connection": run.connection.public_id})
    lease.hold()
    run.refresh_from_db(fields=["resumes"])
    steps = list(run.steps.order_by("position"))
    run.status = _status(run, steps)
    finish(run, steps)


def finish(run: SyncRun, steps: Sequence[SyncStep]) -> None:
    """Writes and tells the end of a run whose status is known, in the caller's transaction, which was announced."""
    now = clock.now()
    faults = [step.error for step in steps if step.error]
    is_waiting = any(step.status == SyncStep.Status.WAITING for step in steps)
    run.resume_at = resume_at(faults, resumes=run.resumes) if is_waiting else None
    run.completed_at, run.lease, run.error = now, None, next(iter(faults), None)
    run.save()
    _tell(run, totals_of(steps))
    _write_connection(run, faults, now)


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


def _tell(run: SyncRun, totals: Totals) -> None:
    told: dict[str, Any] = {
        "syncId": run.public_id,
        "connectionId": run.connection.public_id,
        "integrationId": run.connection.integration.public_id,
        "service": run.connection.integration.provider.provider,
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
    Activity.objects.filter(run=run.pk).update(
        status=Activity.Status.RUNNING if run.resume_at else status, details=details, at=clock.now()
    )
    if event := _EVENTS.get(SyncRun.Status(run.status)):
        publish(type=event, subject=run.connection.public_id, payload=told)


def _write_connection(run: SyncRun, faults: Sequence[Any], now: dt.datetime) -> None:
    row = Connection.objects.select_for_update(of=("self",)).select_related("integration").get(pk=run.connection_id)
    row.sync_status = _WORDS.get(SyncRun.Status(run.status), run.status)
    if run.status in (_STATUS.COMPLETED, _STATUS.PARTIAL):
        row.last_sync_at = now
    row.next_sync_at = next_sync_at(row, after=now)
    lost = next((fault for fault in faults if fault["code"] == "RECONNECT_NEEDED"), None)
    if lost and row.status == Connection.Status.ACTIVE:
        row.status, row.validation_error = Connection.Status.EXPIRED, lost["message"][:500]
        _tell_owner(row, lost["message"], now)
    row.save()
    settle_status(row.integration)


def _tell_owner(row: Connection, reason: str, now: dt.datetime) -> None:
    """Once, until the account is connected again."""
    if row.told_at is not None:
        return
    row.told_at = now
    payload = {"connection_id": row.public_id, "integration_id": row.integration.public_id, "reason": reason}
    publish(type=EventType.CONNECTION_EXPIRED, subject=row.public_id, payload=payload)
