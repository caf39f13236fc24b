"""What the clock does for syncs: waiting ones go on, those whose worker died are taken up, those that are due begin."""

import datetime as dt
import logging
import time
import uuid
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet, Window
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Coalesce, RowNumber

from connections.models import Activity, Connection, SyncRun, SyncStep
from connections.services.schedules import next_sync_at
from connections.services.standing import locked_with_standing
from connections.services.syncs.asking import SyncRunningError, request_sync
from connections.services.syncs.leasing import SILENCE
from connections.services.syncs.waking import send_after_commit
from integrations_site.audit.services import announce
from integrations_site.audit.types import HUB
from integrations_site.kernel import clock
from integrations_site.kernel.errors import HubError
from integrations_site.tenancy import scope

_STATUS = SyncRun.Status
# A sweep ends when so much has come of it, or so many seconds have passed.
_AT_ONCE, _SECONDS = 500, 10.0
_MOST_LOOKED_AT = 20_000
# So long a queued run may wait for the worker that it was sent to.
_PATIENCE = dt.timedelta(seconds=60)
_Key = tuple[uuid.UUID, uuid.UUID]
_logger = logging.getLogger(__name__)


def resume_due() -> int:
    """Has runs go on whose time has come, and those that no worker works on; how many were sent to workers."""
    now = clock.now()
    silent = Q(heartbeat_at__lte=now - SILENCE) | Q(lease=None)
    unsent = Q(heartbeat_at=None, started_at__lte=now - _PATIENCE) | Q(heartbeat_at__lte=now - _PATIENCE)
    with scope.all_tenants():
        waiting = _in_turns(SyncRun.objects.filter(status=_STATUS.PARTIAL, resume_at__lte=now), oldest="resume_at")
        left = SyncRun.objects.filter(Q(silent, status=_STATUS.RUNNING) | Q(unsent, status=_STATUS.QUEUED))
        take_up = _in_turns(left, oldest="updated_at")
    return _sweep(waiting, _resume) + _sweep(take_up, _send_again)


def schedule_due() -> int:
    """Begins the syncs that are due, and plans those of connections that have none planned; how many it began."""
    with scope.all_tenants():
        active = Connection.objects.filter(status=Connection.Status.ACTIVE, removed_at=None)
        frequency = Coalesce(
            KeyTextTransform("syncFrequency", "settings"), KeyTextTransform("syncFrequency", "integration__settings")
        )
        scheduled = active.filter(next_sync_at=None).alias(frequency=frequency).exclude(frequency=None)
        unplanned = _in_turns(scheduled.exclude(frequency="manual"), oldest="updated_at")
        due = _in_turns(active.filter(next_sync_at__lte=clock.now()), oldest="next_sync_at")
    _sweep(unplanned, _plan)
    return _sweep(due, _begin)


def _in_turns(due: QuerySet[Any], *, oldest: str) -> Sequence[_Key]:
    """Tenant and key of what is due: of each tenant the oldest first, and tenants take turns."""
    turn = Window(RowNumber(), partition_by="tenant_id", order_by=[oldest, "pk"])
    return list(due.alias(turn=turn).order_by("turn", oldest).values_list("tenant_id", "pk")[:_MOST_LOOKED_AT])


def _sweep(keys: Iterable[_Key], act: Callable[[uuid.UUID], bool]) -> int:
    """Acts on one after the other until enough has come of it; of how many it has.

    What nothing comes of now (another run of the connection is at work) is passed by, and holds up nothing else.
    """
    done, end = 0, time.monotonic() + _SECONDS
    for tenant, key in keys:
        if done >= _AT_ONCE or time.monotonic() > end:
            break
        done += _in_scope(tenant, act, key)
    return done


def _in_scope(tenant: uuid.UUID, act: Callable[[uuid.UUID], bool], key: uuid.UUID) -> bool:
    """One at a time: what is wrong with one tenant's is logged, and holds up nobody else."""
    with scope.tenant_scope(tenant):
        try:
            return act(key)
        except Exception:
            _logger.exception("A sweep of syncs left %s out", key)
            return False


@transaction.atomic
def _begin(key: uuid.UUID) -> bool:
    """Begins the sync of a connection, unless another sweep does; it stays due while one that reads less is at work."""
    announce(action="sync.due", actor=HUB, subject=str(key))
    row = _locked(key).filter(next_sync_at__lte=clock.now()).first()
    if row is None:
        return False
    row.next_sync_at = next_sync_at(row, after=clock.now())
    row.save(update_fields=["next_sync_at", "updated_at"])
    try:
        request_sync(connection=row, trigger=SyncRun.Trigger.SCHEDULE, actor=HUB)
    except SyncRunningError:
        transaction.set_rollback(True)
        return False
    except HubError as error:
        _logger.info("The sync of %s that was due was left out: %s", row.public_id, error.message)
        return False
    return True


@transaction.atomic
def _plan(key: uuid.UUID) -> bool:
    """Plans the first sync; what never comes, such as the 30th of February, leaves no trace each time."""
    row = _locked(key).filter(next_sync_at=None).first()
    due = next_sync_at(row, after=row.last_sync_at or clock.now()) if row else None
    if row is None or due is None:
        return False
    announce(action="sync.planned", actor=HUB, subject=row.public_id)
    row.next_sync_at = due
    row.save(update_fields=["next_sync_at", "updated_at"])
    return True


@transaction.atomic
def _resume(key: uuid.UUID) -> bool:
    """A run that waited goes on with its unfinished data types, unless another run is under way."""
    connection = locked_with_standing(SyncRun.objects.values_list("connection_id", flat=True).get(pk=key))
    is_busy = SyncRun.objects.filter(connection=connection, status__in=(_STATUS.QUEUED, _STATUS.RUNNING)).exists()
    run = SyncRun.objects.filter(pk=key, status=_STATUS.PARTIAL, resume_at__lte=clock.now()).first()
    if is_busy or run is None:
        return False
    announce(action="sync.resumed", actor=HUB, subject=run.public_id)
    run.status, run.resumes = _STATUS.QUEUED, run.resumes + 1
    run.heartbeat_at = clock.now()  # it is sent to a worker here
    run.resume_at = run.completed_at = run.error = None
    run.save()
    run.steps.filter(status=SyncStep.Status.WAITING).update(status=SyncStep.Status.QUEUED, error=None)
    Activity.objects.filter(run=key).update(status=Activity.Status.RUNNING)
    Connection.objects.filter(pk=connection.pk).update(sync_status="running")
    send_after_commit(run)
    return True


@transaction.atomic
def _send_again(key: uuid.UUID) -> bool:
    run = SyncRun.objects.select_for_update(skip_locked=True).filter(pk=key).first()
    if run is None:
        return False
    if run.status == _STATUS.QUEUED:
        run.heartbeat_at = clock.now()
        run.save(update_fields=["heartbeat_at", "updated_at"])
    send_after_commit(run)
    return True


def _locked(key: uuid.UUID) -> QuerySet[Connection]:
    """Of what somebody else has locked nothing is waited for: the locks here come in no order."""
    rows = Connection.objects.select_for_update(skip_locked=True, of=("self", "integration"))
    rows = rows.select_related("integration__provider")
    return rows.filter(pk=key, status=Connection.Status.ACTIVE, removed_at=None)
