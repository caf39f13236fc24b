"""Whose a run is. A worker claims it and shows by its heartbeat that it lives; one that is silent loses the run.

The lease is a random id on the run's row. Every transaction that stores something holds it first, so whoever has lost
it stores nothing any more, however late it wakes up.
"""

import datetime as dt
import uuid
from dataclasses import dataclass

from django.db import transaction
from django.db.models import F, Value

from connections.models import SyncRun
from integrations_site.kernel import clock
from integrations_site.tenancy.database.prepared import Reply
from integrations_site.tenancy.database.statements import send, update

# A worker is taken for dead after so long without a heartbeat.
SILENCE = dt.timedelta(seconds=60)
# So often a run is begun again without storing anything in between: what it does kills its workers.
MOST_RESUMES = 20

# So often in a row a worker's time may be up before anything was stored: the first page takes longer than that.
MOST_STALLS = 3

# What is stored refers to integration and connection. They are locked before the run, in the order in which whoever
# disconnects locks them.
_HOLD = """
WITH instance AS (
    SELECT instance.id, link.id AS link_id FROM connections_syncrun AS run
    JOIN connections_connection AS link ON link.id = run.connection_id
    JOIN connections_integration AS instance ON instance.id = link.integration_id
    WHERE run.id = %(run)s FOR KEY SHARE OF instance
), owner AS (
    SELECT link.id FROM instance JOIN connections_connection AS link ON link.id = instance.link_id
    FOR KEY SHARE OF link
)
UPDATE connections_syncrun AS run SET heartbeat_at = %(now)s, updated_at = %(now)s,
    resumes = CASE WHEN %(has_progress)s THEN 0 ELSE resumes END,
    stalls = CASE WHEN %(moves_on)s THEN 0 ELSE stalls END
FROM owner WHERE run.id = %(run)s AND run.lease = %(lease)s AND run.status = 'running'
RETURNING run.cancel_requested, CASE WHEN %(may_repeat)s THEN set_config('synchronous_commit', 'off', true) END
"""


class LeaseLostError(Exception):
    """Another worker has taken the run over."""


@dataclass(slots=True)
class Lease:
    """A run that belongs to this worker, as it was when that took it. `is_cancelled` is what the last look showed.

    `has_moved`: a page was stored, or a step ended, since the claim.
    """

    run: SyncRun
    token: uuid.UUID
    is_cancelled: bool = False
    has_moved: bool = False

    def hold(self, *, has_progress: bool = False, moves_on: bool = False) -> None:
        """Keeps the run to the end of the transaction. Raises LeaseLostError.

        `has_progress`: a page is stored in it; `moves_on`: a step ends in it, be it without one.
        """
        self.held(self.holding(has_progress=has_progress, moves_on=moves_on))

    def holding(
        self, *, has_progress: bool = False, moves_on: bool = False, may_repeat: bool = False
    ) -> Reply[tuple[bool, str | None]]:
        """The same with other statements in one round trip: what is answered goes to `held` before the commit.

        `may_repeat`: should PostgreSQL itself go down, what the transaction stores may have to be read once more, so
        that the commit need not wait for the disk. It is there as a whole or not at all either way.
        """
        self.has_moved |= has_progress or moves_on
        about = {"run": self.run.pk, "lease": self.token, "now": clock.now(), "may_repeat": may_repeat}
        return send(_HOLD, about | {"has_progress": has_progress, "moves_on": has_progress or moves_on})

    def held(self, answer: Reply[tuple[bool, str | None]]) -> None:
        """Raises LeaseLostError where the answer says so."""
        row = answer.first()
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
        stalls = Value(0) if self.has_moved else F("stalls") + 1
        SyncRun.objects.filter(pk=self.run.pk).update(lease=None, stalls=stalls)


@transaction.atomic
def claim(run_id: uuid.UUID, *, silence: dt.timedelta = SILENCE) -> Lease | None:
    """The run for this worker; None where it is over, or another worker has it and lives."""
    now = clock.now()
    runs = SyncRun.objects.select_for_update(of=("self",)).select_related("connection__integration__provider")
    run = runs.filter(pk=run_id, status__in=("queued", "running")).first()
    if run is None:
        return None
    is_held = run.status == SyncRun.Status.RUNNING and run.lease is not None
    if is_held and run.heartbeat_at is not None and run.heartbeat_at > now - silence:
        return None
    run.status, run.lease, run.heartbeat_at = SyncRun.Status.RUNNING, uuid.uuid4(), now
    run.resumes += 1 if is_held else 0
    update(run, "status", "lease", "heartbeat_at", "resumes")
    return Lease(run, run.lease, run.cancel_requested)
