"""Asking for a sync, and for its end."""

from collections.abc import Sequence
from typing import NamedTuple

from django.db import IntegrityError, transaction

from catalog.services.providers import definition_of
from connections.models import Activity, Connection, EntityState, Integration, SyncRun, SyncStep
from connections.services.activities import record_activity
from connections.services.errors import NotConnectedError, ReconnectNeededError
from connections.services.refusals import IntegrationDisabledError
from connections.services.syncs.ending import finish
from connections.services.syncs.waking import send_after_commit
from integrations_site.audit.services import announce
from integrations_site.audit.types import Actor
from integrations_site.kernel import clock
from integrations_site.kernel.errors import ConflictError, InvalidInputError

_STATUS = SyncRun.Status
_UNDER_WAY = (_STATUS.QUEUED, _STATUS.RUNNING)


class SyncRunningError(ConflictError):
    """The connection is being synced, and not with what is asked for; `details` name the run."""

    code = "SYNC_RUNNING"


class SyncNotRunningError(ConflictError):
    """The sync is over, so that there is nothing to cancel."""

    code = "SYNC_NOT_RUNNING"


class UnknownDataTypeError(InvalidInputError):
    """The provider does not have the data type; `details` name those that it has."""

    code = "UNKNOWN_DATA_TYPE"


class Joined(NamedTuple):
    """A run, and whether it was begun by this very request."""

    run: SyncRun
    is_new: bool


def request_sync(
    *,
    connection: Connection,
    sync_type: str = SyncRun.Kind.INCREMENTAL,
    data_types: Sequence[str] = (),
    trigger: str = SyncRun.Trigger.MANUAL,
    actor: Actor,
) -> SyncRun:
    """As `join_sync`; the run alone."""
    return join_sync(
        connection=connection, sync_type=sync_type, data_types=data_types, trigger=trigger, actor=actor
    ).run


@transaction.atomic
def join_sync(
    *,
    connection: Connection,
    sync_type: str = SyncRun.Kind.INCREMENTAL,
    data_types: Sequence[str] = (),
    trigger: str = SyncRun.Trigger.MANUAL,
    actor: Actor,
) -> Joined:
    """A new run of these data types (none: all), or the one under way where that reads at least as much.

    Raises UnknownDataTypeError, SyncRunningError where the run under way reads less, NotConnectedError,
    ReconnectNeededError and IntegrationDisabledError. However often it is called at once, one run is made.
    """
    announce(
        action="sync.requested",
        actor=actor,
        subject=connection.public_id,
        data={"syncType": sync_type, "dataTypes": list(data_types), "trigger": trigger},
    )
    _refuse_unfit(connection)
    wanted = _known_types(connection, data_types)
    try:
        with transaction.atomic():
            run = SyncRun.objects.create(
                connection=connection,
                sync_type=sync_type,
                trigger=trigger,
                data_types=wanted,
                requested_by=actor.id,
                started_at=clock.now(),
            )
    except IntegrityError:
        return Joined(_run_under_way(connection, sync_type, wanted), is_new=False)
    _prepare(run)
    send_after_commit(run)
    return Joined(run, is_new=True)


@transaction.atomic
def cancel_sync(*, run: SyncRun, actor: Actor) -> SyncRun:
    """Ends a run: one that waits at once, one that is at work after the page that it is storing.

    What was stored stays. Raises SyncNotRunningError.
    """
    announce(action="sync.cancelled", actor=actor, subject=run.public_id)
    run = (
        SyncRun.objects.select_for_update(of=("self",))
        .select_related("connection__integration__provider")
        .get(pk=run.pk)
    )
    if run.status == _STATUS.RUNNING:
        run.cancel_requested = True
        run.save(update_fields=["cancel_requested", "updated_at"])
        return run
    if run.status != _STATUS.QUEUED and run.resume_at is None:
        raise SyncNotRunningError("The sync is over already", details={"status": run.status})
    run.steps.exclude(status__in=[SyncStep.Status.COMPLETED, SyncStep.Status.FAILED]).update(
        status=SyncStep.Status.CANCELLED
    )
    run.status = _STATUS.CANCELLED
    finish(run, list(run.steps.order_by("position")))
    return run


def _refuse_unfit(connection: Connection) -> None:
    if connection.integration.status == Integration.Status.DISABLED or connection.integration.removed_at is not None:
        raise IntegrationDisabledError("The integration is disabled; enable it first")
    if connection.status == Connection.Status.EXPIRED:
        raise ReconnectNeededError("Access to the account is over; connect it again first")
    if connection.status != Connection.Status.ACTIVE or connection.removed_at is not None:
        raise NotConnectedError(f"The connection is not active ({connection.get_status_display().lower()})")


def _known_types(connection: Connection, wanted: Sequence[str]) -> list[str]:
    """The data types, each once; all that the provider has where none is named."""
    has = [entity.name for entity in definition_of(connection.integration.provider).entities]
    unknown = [name for name in wanted if name not in has]
    if unknown or not has:
        what = f"There is no data type {', '.join(unknown)}" if unknown else "There is nothing to sync"
        problem = f"{what}; this provider has {', '.join(has) or 'no data types'}"
        raise UnknownDataTypeError(problem, details={"fields": {"dataTypes": [problem]}, "available": has})
    return list(dict.fromkeys(wanted)) or has


def _run_under_way(connection: Connection, sync_type: str, wanted: Sequence[str]) -> SyncRun:
    run = SyncRun.objects.filter(connection=connection, status__in=_UNDER_WAY).first()
    if run is None:
        raise SyncRunningError("A sync of this connection has just ended; ask again", retry_after=1)
    is_enough = set(wanted) <= set(run.data_types) and sync_type in (run.sync_type, SyncRun.Kind.INCREMENTAL)
    if not is_enough:
        raise SyncRunningError(
            "The connection is being synced with other data types or another type; ask again when that is over",
            details={"syncId": run.public_id, "syncType": run.sync_type, "dataTypes": run.data_types},
        )
    return run


def _prepare(run: SyncRun) -> None:
    """The steps, and the activity that people see. Earlier runs that wait for the same data types need not go on."""
    states = EntityState.objects.filter(connection=run.connection, watermark__isnull=False)
    read = set() if run.sync_type == SyncRun.Kind.FULL else set(states.values_list("entity", flat=True))
    SyncStep.objects.bulk_create(
        SyncStep(run=run, entity=name, position=position, is_full=name not in read)
        for position, name in enumerate(run.data_types)
    )
    waiting = SyncRun.objects.filter(connection=run.connection, status=_STATUS.PARTIAL, resume_at__isnull=False)
    waiting.filter(data_types__contained_by=run.data_types).update(resume_at=None)
    activity = record_activity(
        integration=run.connection.integration,
        connection=run.connection,
        type=Activity.Type.SYNC,
        status=Activity.Status.RUNNING,
        details={"syncId": run.public_id, "syncType": run.sync_type, "dataTypes": run.data_types},
    )
    Activity.objects.filter(pk=activity.pk).update(run=run.pk)
    Connection.objects.filter(pk=run.connection_id).update(sync_status="running")
