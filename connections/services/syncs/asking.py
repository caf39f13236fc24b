"""Asking for a sync, and for its end."""

from collections.abc import Sequence
from typing import NamedTuple

from django.db import transaction
from django.db.models import Q

from connections.models import Connection, SyncRun, SyncStep
from connections.services.standing import lock_standing, locked_with_standing
from connections.services.syncs.beginning import begin_run, data_types_of, refuse_unfit
from connections.services.syncs.ending import finish
from integrations_site.audit.services import announce
from integrations_site.audit.types import Actor
from integrations_site.kernel.errors import ConflictError
from integrations_site.tenancy.database.statements import fetch_one

_STATUS = SyncRun.Status
_ANY_UNDER_WAY = """
SELECT FROM connections_syncrun WHERE connection_id = %(connection)s AND status IN ('queued', 'running')
"""
_UNDER_WAY = (_STATUS.QUEUED, _STATUS.RUNNING)
_WAITING = SyncStep.Status.WAITING


class SyncRunningError(ConflictError):
    """The connection is being synced, and not with what is asked for; `details` name the run."""

    code = "SYNC_RUNNING"


class SyncNotRunningError(ConflictError):
    """The sync is over, so that there is nothing to cancel."""

    code = "SYNC_NOT_RUNNING"


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

    A webhook's request is never in conflict with a run that is under way, or waits for the vendor: what that has begun
    to read, or does not read, is noted there and read once more by one incremental run after it, however many webhooks
    ask. It tells of a change, and what was begun may have been read before that.

    Raises UnknownDataTypeError, DataTypeNotAllowedError, SyncRunningError where the run under way reads less,
    NotConnectedError, ReconnectNeededError and IntegrationDisabledError. However often it is called at once, one run is
    made.
    """
    announce(
        action="sync.requested",
        actor=actor,
        subject=connection.public_id,
        data={"syncType": sync_type, "dataTypes": list(data_types), "trigger": trigger},
    )
    connection = locked_with_standing(connection.pk)
    refuse_unfit(connection)
    wanted = data_types_of(connection, data_types)
    if trigger == SyncRun.Trigger.WEBHOOK:
        present = _followed(connection, wanted)
    else:
        present = _run_under_way(connection, sync_type, wanted)
    if present is not None:
        return Joined(present, is_new=False)
    run = begin_run(connection=connection, sync_type=sync_type, data_types=wanted, trigger=trigger, actor=actor)
    return Joined(run, is_new=True)


@transaction.atomic
def cancel_sync(*, run: SyncRun, actor: Actor) -> SyncRun:
    """Ends a run: one that waits at once, one that is at work after the page that it is storing.

    What was stored stays. Raises SyncNotRunningError.
    """
    announce(action="sync.cancelled", actor=actor, subject=run.public_id)
    lock_standing(run.connection_id)
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
    run.steps.exclude(status__in=SyncStep.ENDED).update(status=SyncStep.Status.CANCELLED)
    run.status = _STATUS.CANCELLED
    finish(run, list(run.steps.order_by("position")))
    return run


def _followed(connection: Connection, wanted: Sequence[str]) -> SyncRun | None:
    """The run after which these data types are read once more, or which has not begun with any of them; None without.

    A step begins in a transaction that holds the run, as this does: it has begun, or it will read what changed by now.
    """
    present = Q(status__in=_UNDER_WAY) | Q(status=_STATUS.PARTIAL, resume_at__isnull=False)
    for run in SyncRun.objects.select_for_update().filter(present, connection=connection).order_by("started_at"):
        ahead = run.steps.filter(entity__in=wanted, status=SyncStep.Status.QUEUED, cursor__isnull=True, page=0)
        unread = set(wanted).difference(ahead.values_list("entity", flat=True))
        if run.status == _STATUS.PARTIAL and not run.steps.filter(entity__in=wanted, status=_WAITING).exists():
            continue
        if not unread <= set(run.follow_up):
            run.follow_up = sorted(unread.union(run.follow_up))
            run.save(update_fields=["follow_up", "updated_at"])
        return run
    return None


def _run_under_way(connection: Connection, sync_type: str, wanted: Sequence[str]) -> SyncRun | None:
    if fetch_one(_ANY_UNDER_WAY, {"connection": connection.pk}) is None:
        return None
    run = SyncRun.objects.get(connection=connection, status__in=_UNDER_WAY)
    is_enough = set(wanted) <= set(run.data_types) and sync_type in (run.sync_type, SyncRun.Kind.INCREMENTAL)
    if not is_enough:
        raise SyncRunningError(
            "The connection is being synced with other data types or another type; ask again when that is over",
            details={"syncId": run.public_id, "syncType": run.sync_type, "dataTypes": run.data_types},
        )
    return run
