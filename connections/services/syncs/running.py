"""Working on a run."""

import logging
import uuid
from collections.abc import Callable, Iterable, Mapping

from django.db import DatabaseError, DataError, transaction

from catalog.services.providers import definition_of
from connections.models import Connection, SyncRun, SyncStep
from connections.sdk.connector import Connector
from connections.sdk.errors import CredentialError, RateLimited, VendorError
from connections.services.connectors import connector_of
from connections.services.entities import DataTypeNotAllowedError, not_allowed
from connections.services.errors import ReconnectNeededError
from connections.services.lost_access import lose_access
from connections.services.syncs.ending import end_run
from connections.services.syncs.faults import fault_of, is_passing
from connections.services.syncs.leasing import MOST_RESUMES, MOST_STALLS, Lease, LeaseLostError, claim
from connections.services.syncs.positions import keep_or_begin_anew
from connections.services.syncs.stepping import CancelledError, StepWork, TimeIsUpError
from connections.services.syncs.turns import PATIENCE_SECONDS, Turn
from integrations_site.kernel.errors import HubError

# What waits for the vendor is read when the run goes on.
_PUT_ASIDE = (*SyncStep.ENDED, SyncStep.Status.WAITING)
_TOO_SLOW = {
    "code": "SYNC_TOO_SLOW",
    "message": (
        f"The vendor sent no page within {PATIENCE_SECONDS:.0f} seconds, {MOST_STALLS} times in a row; "
        "where its definition says how many records a page has, fewer may help"
    ),
    "isRetryable": True,
}
_logger = logging.getLogger(__name__)
Connect = Callable[[Connection], Connector]


def run_sync(run_id: uuid.UUID, *, turn: Turn | None = None, connect: Connect | None = None) -> bool:
    """Works on a run of the tenant in scope until it is others' turn; whether there is more to do.

    Nothing happens where the run is over, or another worker has it and lives. It may be killed anywhere: another call
    goes on after the last page that was stored. What vendors and records do wrong ends up in the run, not here; raises
    DatabaseError where PostgreSQL itself fails, after which the sweep has the run taken up again.
    """
    lease = claim(run_id)
    if lease is None:
        return False
    run = lease.run
    try:
        _work(run, lease, turn=turn or Turn(), connect=connect or connector_of)
    except LeaseLostError:
        _logger.warning("Another worker has taken sync %s over", run.public_id)
        return False
    except TimeIsUpError:
        lease.release()
        return True
    end_run(run, lease)
    return False


def _work(run: SyncRun, lease: Lease, *, turn: Turn, connect: Connect) -> None:
    steps = list(run.steps.exclude(status__in=_PUT_ASIDE).order_by("position"))
    if run.resumes > MOST_RESUMES:
        _fail(lease, steps, {"code": "SYNC_KEEPS_DYING", "message": "Workers died again and again at this sync"})
        return
    if run.stalls >= MOST_STALLS:
        _fail(lease, steps[:1], _TOO_SLOW)
        steps = steps[1:]
    try:
        if lease.is_cancelled:
            raise CancelledError
        connector = connect(run.connection)
        for step in steps:
            _work_on(run, step, lease, connector, turn)
    except CancelledError:
        _mark(lease, run.steps.all(), SyncStep.Status.CANCELLED)
    except RateLimited as error:
        _mark(lease, steps, SyncStep.Status.WAITING, fault_of(error))
    except (VendorError, HubError) as error:  # the credential is refused, or there is no connector
        _end_all(run, lease, steps, fault_of(error))


def _work_on(run: SyncRun, step: SyncStep, lease: Lease, connector: Connector, turn: Turn) -> None:
    """Works on one data type. Others are read also where it fails, unless nothing can be read for the same reason."""
    entity = definition_of(run.connection.integration.provider).entity(step.entity)
    if entity is None:
        _fail(lease, [step], {"code": "UNKNOWN_DATA_TYPE", "message": "The provider does not have it any more"})
        return
    if step.entity in not_allowed(run.connection.integration):
        message = "The integration does not allow it any more (allowedShardTypes)"
        _fail(lease, [step], {"code": DataTypeNotAllowedError.code, "message": message})
        return
    try:
        keep_or_begin_anew(step, lease, connection=run.connection)
        StepWork(run=run, step=step, entity=entity, lease=lease, turn=turn).work(connector)
    except (RateLimited, LeaseLostError, CancelledError, TimeIsUpError):
        raise
    except VendorError as error:
        if isinstance(error, CredentialError) and not error.is_good_otherwise:
            raise
        status = SyncStep.Status.WAITING if is_passing(error) else SyncStep.Status.FAILED
        _mark(lease, [step], status, fault_of(error))
    except Exception as error:
        if isinstance(error, DatabaseError) and not isinstance(error, DataError):  # the database, not what it is given
            raise
        _logger.exception("%s of sync %s failed", step.entity, run.public_id)
        _fail(lease, [step], fault_of(error))


@transaction.atomic
def _end_all(run: SyncRun, lease: Lease, steps: Iterable[SyncStep], fault: Mapping[str, object]) -> None:
    """Nothing can be read any more. Access that is lost is so from here on, not from the end that a worker comes to."""
    if fault["code"] == ReconnectNeededError.code:
        lose_access(run.connection, str(fault["message"]))
    _fail(lease, steps, fault)


def _fail(lease: Lease, steps: Iterable[SyncStep], fault: Mapping[str, object]) -> None:
    _mark(lease, steps, SyncStep.Status.FAILED, fault)


@transaction.atomic
def _mark(
    lease: Lease, steps: Iterable[SyncStep], status: SyncStep.Status, fault: Mapping[str, object] | None = None
) -> None:
    """The steps that are not over end so. What was stored of them stays, and so does the cursor."""
    lease.hold(moves_on=True)
    ids = [step.pk for step in steps]
    SyncStep.objects.filter(pk__in=ids).exclude(status__in=SyncStep.ENDED).update(status=status, error=fault)
