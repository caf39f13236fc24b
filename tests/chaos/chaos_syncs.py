"""The large proof of syncs: `make chaos`.

A real Celery worker is killed CHAOS_KILLS times (30) at random moments of syncs of five vendors' accounts at the
sandbox, CHAOS_RECORDS (400) of each kind, while everything goes wrong there that leaves a page what it is. CHAOS_SEED
(1) chooses the moments. In the end the hub has what a sync has stored that nothing disturbed, and every full run has
counted each record once.
"""

import os
import random
import sys
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from celery import current_app
from django.db import connection as database
from pytest_django import Settings

from connections.models import Connection, QuarantinedRecord, SeenRecords, SyncRun
from connections.services.syncs import RUN_SYNC, leasing, request_sync, resume_due
from integrations_site.audit.types import HUB
from integrations_site.kernel import clock
from integrations_site.sandbox.environment import hub_environment
from integrations_site.tenancy import scope
from integrations_site.tenancy.models import Tenant
from tests.connections.connectors.recording import IMPATIENT
from tests.connections.syncs.storms import VENDORS, begin_storm, connect_account, persist, rest, stored, variables
from tests.sandbox.calling import Vendors, vendors
from tests.sandbox.serving import ControlClient, sandbox, sandbox_server
from tests.workers import Worker, remove_queue

__all__ = ["sandbox", "sandbox_server", "vendors"]
KILLS = int(os.environ.get("CHAOS_KILLS", "30"))
RECORDS = int(os.environ.get("CHAOS_RECORDS", "400"))
SEED = int(os.environ.get("CHAOS_SEED", "1"))
# Kills come so many seconds at most after a worker has taken a run, every other one where something is being written.
# Every so many-th is of the whole worker, the others are of the process in it that is at work.
_LATEST_SECONDS, _WHOLE = 0.8, 8
_LONGEST_SECONDS = 3600
_WRITING = """
SELECT pid FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_xid IS NOT NULL
"""
# Workday is read as of a minute ago.
_CHANGED = {
    "stripe": ("customers", {"name": "Renamed"}),
    "slack": ("users", {}),
    "quickbooks": ("Invoice", {}),
    "xero": ("Contacts", {}),
}
_OVER = (SyncRun.Status.COMPLETED, SyncRun.Status.FAILED, SyncRun.Status.CANCELLED)


@dataclass(slots=True)
class Killer:
    """A worker, and whoever kills it. `hit` counts kills of workers that had a run, by what was killed."""

    log: Path
    queue: str
    environment: dict[str, str]
    chance: random.Random
    hit: Counter[str] = field(default_factory=Counter)
    seen: list[uuid.UUID] = field(default_factory=list)
    worker: Worker = field(init=False)

    def __post_init__(self) -> None:
        self.start()

    def start(self) -> None:
        """A worker begins."""
        self.worker = Worker(self.log, queue=self.queue, include="connections.tasks", environment=self.environment)

    def strike(self) -> None:
        """Kills a worker that has taken a run, some time later; the run belongs to nobody then."""
        at_work = SyncRun.objects.filter(status="running").exclude(lease=None).exclude(lease__in=self.seen)
        lease = at_work.values_list("lease", flat=True).first()
        if lease is None:
            return
        self.seen.append(lease)
        children = self.worker.children()
        time.sleep(self.chance.uniform(0, _LATEST_SECONDS))
        if self.hit.total() % 2:
            _wait_for_writing()
        is_whole = self.hit.total() % _WHOLE == _WHOLE - 1
        if is_whole:
            self.worker.kill()
            self.start()
        else:
            self.worker.kill_children(children)
        if SyncRun.objects.filter(status="running").update(heartbeat_at=clock.now() - leasing.SILENCE):
            self.hit["workers" if is_whole else "processes"] += 1


def _wait_for_writing() -> None:
    """Returns while another process has written something that it has not committed yet, or after a while."""
    end = time.monotonic() + _LATEST_SECONDS
    with database.cursor() as cursor:
        while time.monotonic() < end:
            cursor.execute(_WRITING)
            if cursor.fetchone() is not None:
                return


@pytest.fixture
def killer(tmp_path: Path, vendors: Vendors, monkeypatch: pytest.MonkeyPatch) -> Iterator[Killer]:
    """A worker with a queue of its own, to which this process sends as well."""
    queue = f"test-{uuid.uuid4().hex}"
    monkeypatch.setattr(
        "connections.services.syncs.waking._send",
        lambda tenant, run: current_app.send_task(
            RUN_SYNC, kwargs={"tenant_id": tenant, "run_id": run}, queue=queue, retry=False
        ),
    )
    made = Killer(tmp_path / "log", queue, hub_environment(vendors.running.url), random.Random(SEED))
    try:
        yield made
    finally:
        made.worker.stop()
        remove_queue(queue)


@pytest.mark.django_db(transaction=True)
def test_syncs_whose_workers_are_killed_store_what_undisturbed_ones_do(
    tenant: Tenant,
    rival: Tenant,
    vendors: Vendors,
    killer: Killer,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("connections.services.vendor_http.making.Pace", lambda: IMPATIENT)
    settings.VENDOR_STAND_IN = vendors.running.url
    settings.VENDOR_SECRETS = variables(vendors.running.url)
    control = vendors.running.control
    control.reset(records=RECORDS)
    started, rounds = time.monotonic(), 0
    with scope.tenant_scope(tenant.id):
        connections = {slug: connect_account(slug, vendors) for slug in VENDORS}
        while killer.hit.total() < KILLS:
            rounds += 1
            _round(rounds, connections, killer, control)
        control.clear_faults()
        found = {slug: _checked(connection) for slug, connection in connections.items()}
    with scope.tenant_scope(rival.id):
        for slug in VENDORS:
            calm = connect_account(slug, vendors)
            assert persist(calm).status == "completed"
            assert stored(calm) == found[slug], slug
    hit, read, kept = killer.hit, _processed(tenant), sum(map(len, found.values()))
    with capsys.disabled():
        sys.stdout.write(
            f"\n{hit['processes']} processes and {hit['workers']} whole workers killed in {rounds} rounds of syncs of "
            f"{len(VENDORS)} vendors: {read} records read, {kept} stored, none lost, none doubled, "
            f"{time.monotonic() - started:.0f} s\n"
        )


def _round(number: int, connections: dict[str, Connection], killer: Killer, control: ControlClient) -> None:
    """Something changes at the vendors; then all are synced, in full every other time, and workers are killed."""
    is_full = bool(number % 2)
    for slug, (entity, fields) in _CHANGED.items():
        control.records(slug, entity, add=5, change=5, delete=2 if is_full else 0, fields=fields)
    for slug in connections:
        begin_storm(slug, control, times=1, apart=3, without=("duplicate", "reorder"))
    kind = SyncRun.Kind.FULL if is_full else SyncRun.Kind.INCREMENTAL
    runs = [request_sync(connection=each, sync_type=kind, actor=HUB) for each in connections.values()]
    # Increments are to be struck as well, and they are short.
    most = min(KILLS, killer.hit.total() + -(-KILLS // 2))
    end = time.monotonic() + _LONGEST_SECONDS
    while _go_on(runs):
        assert time.monotonic() < end, killer.worker.log[-3000:]
        if killer.hit.total() < most:
            killer.strike()
        time.sleep(0.1)
    for run in SyncRun.objects.filter(pk__in=[run.pk for run in runs]):
        _check(run)


def _go_on(runs: list[SyncRun]) -> bool:
    """Whether any run is not over. Time passes for those that wait, and for those that nobody has."""
    left = SyncRun.objects.filter(pk__in=[run.pk for run in runs]).exclude(status__in=_OVER)
    left = left.exclude(status="partial", resume_at=None)
    for run in left:
        rest(run.connection)
    left.filter(status="partial").update(resume_at=clock.now())
    resume_due()
    return left.exists()


def _check(run: SyncRun) -> None:
    """Every data type was read to its end, and every record counted once."""
    assert run.status == "completed", (run.connection.integration.name, run.status, run.error)
    for step in run.steps.all():
        assert (step.processed, step.errors) == (step.synced, 0)
        if run.sync_type == SyncRun.Kind.FULL:
            live = run.connection.records.filter(entity=step.entity, deleted_at=None).count()
            assert step.processed == live, (run.connection.integration.name, step.entity)


def _checked(connection: Connection) -> dict[tuple[str, str], bytes]:
    """What the hub has of an account, which an undisturbed full run finds as the vendor has it."""
    found = stored(connection)
    calm = persist(connection)
    assert calm.status == "completed", calm.error
    for step in calm.steps.all():
        assert (step.unchanged, step.deleted, step.errors) == (step.processed, 0, 0), step.entity
    assert not QuarantinedRecord.objects.exists()
    assert not SeenRecords.objects.exists()
    return found


def _processed(tenant: Tenant) -> int:
    with scope.tenant_scope(tenant.id):
        return sum(step.processed for run in SyncRun.objects.all() for step in run.steps.all())
