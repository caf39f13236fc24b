"""The beginning of a run: its steps, and what it takes over from runs that wait for the vendor, or failed halfway."""

from collections.abc import Mapping, Sequence

from catalog.services.providers import definition_of
from connections.models import (
    Activity,
    Connection,
    Integration,
    QuarantinedRecord,
    SeenRecords,
    SyncRun,
    SyncStep,
)
from connections.services.activities import record_activity
from connections.services.entities import not_allowed, require_allowed
from connections.services.errors import NotConnectedError, ReconnectNeededError
from connections.services.refusals import IntegrationDisabledError
from connections.services.syncs.interrupted import interrupted_steps
from connections.services.syncs.waking import send_after_commit
from integrations_site.audit.types import Actor
from integrations_site.kernel import clock
from integrations_site.kernel.errors import InvalidInputError
from integrations_site.tenancy.database.statements import Reply, fetch_one, insert, send, together, update

_FULL = SyncRun.Kind.FULL
_STOPPED = """
SELECT FROM connections_syncrun AS run JOIN connections_syncstep AS step ON step.run_id = run.id
WHERE run.connection_id = %(connection)s AND run.status IN ('partial', 'failed')
    AND step.status IN ('waiting', 'failed')
LIMIT 1
"""
_READ = """
SELECT entity FROM connections_entitystate WHERE connection_id = %(connection)s AND watermark IS NOT NULL
"""
# How far a data type was read.
_POSITION = (
    *("is_full", "asked", "cursor", "positioned_at", "watermark", "page", "estimate", "notices"),
    *("processed", "synced", "unchanged", "errors", "deleted"),
)


class UnknownDataTypeError(InvalidInputError):
    """The provider does not have the data type; `details` name those that it has."""

    code = "UNKNOWN_DATA_TYPE"


def refuse_unfit(connection: Connection) -> None:
    """Raises NotConnectedError, ReconnectNeededError and IntegrationDisabledError where nothing can be synced."""
    if connection.integration.status == Integration.Status.DISABLED or connection.integration.removed_at is not None:
        raise IntegrationDisabledError("The integration is disabled; enable it first")
    if connection.status in (Connection.Status.EXPIRED, Connection.Status.ERROR):
        raise ReconnectNeededError("Access to the account is over; connect it again first")
    if connection.status != Connection.Status.ACTIVE or connection.removed_at is not None:
        raise NotConnectedError(f"The connection is not active ({connection.get_status_display().lower()})")


def data_types_of(connection: Connection, wanted: Sequence[str]) -> list[str]:
    """The data types, each once; all that the provider has and the integration allows where none is named.

    Raises UnknownDataTypeError and DataTypeNotAllowedError.
    """
    has = [entity.name for entity in definition_of(connection.integration.provider).entities]
    unknown = [name for name in wanted if name not in has]
    if unknown or not has:
        what = f"There is no data type {', '.join(unknown)}" if unknown else "There is nothing to sync"
        problem = f"{what}; this provider has {', '.join(has) or 'no data types'}"
        raise UnknownDataTypeError(problem, details={"fields": {"dataTypes": [problem]}, "available": has})
    allowed = [name for name in has if name not in not_allowed(connection.integration)]
    require_allowed(connection.integration, wanted if allowed else has, has, "dataTypes")
    return list(dict.fromkeys(wanted)) or allowed


def begin_run(
    *, connection: Connection, sync_type: str, data_types: Sequence[str], trigger: str, actor: Actor
) -> SyncRun:
    """A new run, sent to a worker after commit; in the caller's transaction, which was announced.

    The connection is locked (`locked_with_standing`) and has no run under way. What a run that waits for the vendor has
    half read, or one that failed for a reason that leaves its position good, is continued from there, unless everything
    is read anew: a full reading that was begun is ended so, with the deletions that it finds.
    """
    run = SyncRun(
        connection=connection,
        sync_type=sync_type,
        trigger=trigger,
        data_types=list(data_types),
        requested_by=actor.id,
        started_at=clock.now(),
    )
    has_stopped = fetch_one(_STOPPED, {"connection": connection.pk}) is not None
    waiting = _waiting_steps(run) if has_stopped else {}
    begun = {} if not has_stopped or sync_type == _FULL else {**interrupted_steps(run), **_full(waiting)}
    steps = _steps(run, begun)
    connection.sync_status = "running"
    with together():
        insert(run)
        insert(*steps)
        update(connection, "sync_status")
        _note(run)
    _move(begun, steps)
    _close_earlier(run, waiting)
    send_after_commit(run)
    return run


def _waiting_steps(run: SyncRun) -> Mapping[str, SyncStep]:
    """Steps of earlier runs that wait with the data types of this one."""
    found = SyncStep.objects.select_related("run").filter(
        run__connection=run.connection,
        run__status=SyncRun.Status.PARTIAL,
        run__resume_at__isnull=False,
        status=SyncStep.Status.WAITING,
        entity__in=run.data_types,
    )
    return {step.entity: step for step in found.order_by("run__started_at")}


def _full(steps: Mapping[str, SyncStep]) -> Mapping[str, SyncStep]:
    return {name: step for name, step in steps.items() if step.is_full}


def _steps(run: SyncRun, begun: Mapping[str, SyncStep]) -> list[SyncStep]:
    """The steps, unsaved; those that were begun go on."""
    answer: Reply[tuple[str]] = send(_READ, {"connection": run.connection_id})
    read = set() if run.sync_type == _FULL else {entity for (entity,) in answer.all()}
    steps = []
    for position, name in enumerate(run.data_types):
        step = SyncStep(run=run, entity=name, position=position, is_full=name not in read)
        if earlier := begun.get(name):
            _go_on(step, earlier)
        steps.append(step)
    return steps


def _go_on(step: SyncStep, earlier: SyncStep) -> None:
    """The step has what the earlier one has."""
    for field in _POSITION:
        setattr(step, field, getattr(earlier, field))
    step.goes_on = earlier.cursor is not None


def _move(begun: Mapping[str, SyncStep], steps: Sequence[SyncStep]) -> None:
    """What did not fit, and what was seen, goes to the steps that go on."""
    for step in steps:
        if earlier := begun.get(step.entity):
            QuarantinedRecord.objects.filter(step=earlier).update(step=step)
            SeenRecords.objects.filter(step=earlier).update(step=step)


def _close_earlier(run: SyncRun, waiting: Mapping[str, SyncStep]) -> None:
    """Runs of which nothing is left do not go on any more, and are over for people as well."""
    if not waiting:
        return
    afresh = set(run.steps.filter(cursor__isnull=True, page=0).values_list("entity", flat=True))
    told = {"code": "SYNC_CONTINUED", "message": f"Sync {run.public_id} goes on with it", "isRetryable": False}
    for earlier in {step.run_id: step.run for step in waiting.values()}.values():
        steps = earlier.steps.filter(status=SyncStep.Status.WAITING)
        steps.filter(entity__in=run.data_types).update(status=SyncStep.Status.CONTINUED, error=told)
        if steps.exists():
            continue
        run.follow_up = sorted({*run.follow_up, *earlier.follow_up} - afresh)
        run.save(update_fields=["follow_up", "updated_at"])
        earlier.resume_at, earlier.follow_up, earlier.error = None, [], told
        earlier.save(update_fields=["resume_at", "follow_up", "error", "updated_at"])
        _end_activity(earlier, run)


def _end_activity(earlier: SyncRun, run: SyncRun) -> None:
    activity = Activity.objects.filter(run=earlier.pk).first()
    if activity is not None:
        activity.status = Activity.Status.SUCCESS
        activity.details = {**activity.details, "continuedBy": run.public_id, "resumeAt": None}
        activity.save(update_fields=["status", "details", "updated_at"])


def _note(run: SyncRun) -> None:
    """The activity that people see."""
    record_activity(
        integration=run.connection.integration,
        connection=run.connection,
        run=run.pk,
        type=Activity.Type.SYNC,
        status=Activity.Status.RUNNING,
        details={"syncId": run.public_id, "syncType": run.sync_type, "dataTypes": run.data_types},
    )
