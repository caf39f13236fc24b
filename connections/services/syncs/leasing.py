"""Whose a run is. A worker claims it and shows by its heartbeat that it lives; one that is silent loses the run.

The lease is a random id on the run's row. Every transaction that stores something holds it first, so whoever has lost
it stores nothing any more, however late it wakes up.
"""

import datetime as dt
import uuid
from dataclasses import dataclass

from django.db import connection, transaction

from connections.models import SyncRun
from integrations_site.kernel import clock

# A worker is taken for dead after so long without a heartbeat.
SILENCE = dt.timedelta(seconds=60)
# So often a run is begun again without storing anything in between: what it does kills its workers.
MOST_RESUMES = 20

_HOLD = """
UPDATE connections_syncrun SET heartbeat_at = %s, updated_at = %s, resumes = CASE WHEN %s THEN 0 ELSE resumes END
WHERE id = %s AND lease = %s AND status = 'running' RETURNING cancel_requested
"""


class LeaseLostError(Exception):
    """Another worker has taken the run over."""


@dataclass(slots=True)
class Lease:
    """A run that belongs to this worker. `is_cancelled` is what the last look showed."""

    run_id: uuid.UUID
    token: uuid.UUID
    is_cancelled: bool = False

    def hold(self, *, has_progress: bool = False) -> None:
        """Keeps the run to the end of the transaction. Raises LeaseLostError."""
        now = clock.now()
        with connection.cursor() as cursor:
            cursor.execute(_HOLD, [now, now, has_progress, self.run_id, self.token])
            row = cursor.fetchone()
        if row is None:
            raise LeaseLostError
        self.is_cancelled = row[0]

    @transaction.atomic
    def beat(self) -> None:
        """Shows that this worker lives. Raises LeaseLostError."""
        self.hold()

    @transaction.atomic
    def release(self) -> None:
        """Gives the run back in the middle, for whoever takes it next. Raises LeaseLostError."""
        self.hold()
        SyncRun.objects.filter(pk=self.run_id).update(lease=None)


@transaction.atomic
def claim(run_id: uuid.UUID, *, silence: dt.timedelta = SILENCE) -> Lease | None:
    """The run for this worker; None where it is over, or another worker has it and lives."""
    now = clock.now()
    run = SyncRun.objects.select_for_update().filter(pk=run_id, status__in=("queued", "running")).first()
    if run is None:
        return None
    is_held = run.status == SyncRun.Status.RUNNING and run.lease is not None
    if is_held and run.heartbeat_at is not None and run.heartbeat_at > now - silence:
        return None
    run.status, run.lease, run.heartbeat_at = SyncRun.Status.RUNNING, uuid.uuid4(), now
    run.resumes += 1 if is_held else 0
    run.save(update_fields=["status", "lease", "heartbeat_at", "resumes", "updated_at"])
    return Lease(run.pk, run.lease, run.cancel_requested)
