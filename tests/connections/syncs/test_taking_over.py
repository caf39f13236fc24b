"""One run at a time, whoever asks how often, and whoever dies over it."""

import datetime as dt
import itertools
import os
import random
import signal
import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection as database
from pytest_django import Settings

from connections.models import Connection, Record, SyncRun, SyncStep
from connections.services.secrets import drop_secret
from connections.services.syncs import RUN_SYNC, cancel_sync, join_sync, leasing, request_sync, resume_due, run_sync
from connections.services.syncs.leasing import LeaseLostError, claim
from integrations_site.kernel import clock
from integrations_site.tenancy import scope
from integrations_site.tenancy.models import Tenant
from tests.concurrency import run_together
from tests.connections.sources import Answer, Source, entity, payment
from tests.connections.syncs.conftest import CLERK, Connect, fault_code, live, step_of, synced
from tests.workers import database_url

pytestmark = pytest.mark.django_db(transaction=True)

# Processes are forked from one that has loaded the hub already, which takes longer than all the work.
_WORKERS = """
import os, sys, uuid, django
django.setup()
from django.conf import settings
from integrations_site.tenancy import scope
settings.VENDOR_STAND_IN = sys.argv[3]
from connections.services.syncs import prefetching, run_sync
prefetching._BATCH_BYTES = 1  # each page is stored by itself
for line in sys.stdin:
    worker = os.fork()
    if not worker:
        with scope.tenant_scope(uuid.UUID(sys.argv[1])):
            run_sync(uuid.UUID(sys.argv[2]))
        os._exit(0)
    print(worker, flush=True)
    sys.stdin.readline()
    print(os.waitstatus_to_exitcode(os.waitpid(worker, 0)[1]), flush=True)
"""


def test_twenty_triggers_at_once_make_one_run(vendor: Source, connect: Connect, in_tenant: Tenant) -> None:
    connection = connect(entity())

    def trigger(_: int) -> tuple[uuid.UUID, bool]:
        try:
            with scope.tenant_scope(in_tenant.pk):
                joined = join_sync(connection=Connection.objects.get(pk=connection.pk), actor=CLERK)
                return joined.run.pk, joined.is_new
        finally:
            database.close()

    told = run_together(trigger, 20)
    run = SyncRun.objects.get()
    assert {key for key, _ in told} == {run.pk}
    assert sum(is_new for _, is_new in told) == 1
    assert SyncStep.objects.count() == 1


def test_two_workers_on_one_run_are_one(vendor: Source, connect: Connect, in_tenant: Tenant) -> None:
    vendor.lists["payments"] = [payment(number) for number in range(50)]
    run = request_sync(connection=connect(entity()), sync_type="full", actor=CLERK)

    def work(_: int) -> None:
        try:
            with scope.tenant_scope(in_tenant.pk):
                run_sync(run.pk)
        finally:
            database.close()

    run_together(work, 4)
    run.refresh_from_db()
    assert (run.status, step_of(run).processed, step_of(run).unchanged) == ("completed", 50, 0)


def test_who_has_lost_a_run_stores_nothing_any_more(vendor: Source, connect: Connect) -> None:
    run = request_sync(connection=connect(entity()), actor=CLERK)
    slow = claim(run.pk)
    assert slow is not None
    assert claim(run.pk) is None
    SyncRun.objects.update(heartbeat_at=clock.now() - leasing.SILENCE)
    quick = claim(run.pk)
    assert quick is not None
    with pytest.raises(LeaseLostError):
        slow.beat()
    quick.beat()


def test_a_run_whose_worker_is_killed_anywhere_is_taken_over(
    vendor: Source, connect: Connect, in_tenant: Tenant, settings: Settings
) -> None:
    """Real processes, killed at random pages; in the end every record is there once and every count adds up."""
    vendor.lists["payments"] = [payment(number) for number in range(3000)]
    connection = connect(entity(size=50))
    run = request_sync(connection=connection, sync_type="full", actor=CLERK)
    chance = random.Random(7)
    with _workers(run, in_tenant, settings.VENDOR_STAND_IN) as workers:
        for _ in range(6):
            _work_and_die(workers, vendor, pages=chance.randint(1, 9))
            SyncRun.objects.filter(pk=run.pk).update(heartbeat_at=clock.now() - leasing.SILENCE)
    assert 0 < Record.objects.count() < 3000
    run_sync(run.pk)
    run.refresh_from_db()
    step = step_of(run)
    assert (run.status, step.processed, step.synced, step.unchanged, step.errors) == ("completed", 3000, 3000, 0, 0)
    assert sorted(live(connection)) == [item["id"] for item in vendor.lists["payments"]]
    assert Record.objects.count() == 3000
    vendor.lists["payments"] = vendor.lists["payments"][:-1]
    assert step_of(synced(connection)).deleted == 1


def test_the_sweep_sends_what_nobody_works_on(
    vendor: Source, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[str] = []
    monkeypatch.setattr(
        "connections.services.syncs.waking.current_app.send_task",
        lambda name, kwargs, **_: sent.append(f"{name} {kwargs['run_id']}"),
    )
    run = request_sync(connection=connect(entity()), actor=CLERK)
    assert sent.pop() == f"{RUN_SYNC} {run.pk}"
    assert resume_due() == 0
    SyncRun.objects.update(started_at=clock.now() - dt.timedelta(minutes=2))
    assert (resume_due(), resume_due()) == (1, 0)
    claim(run.pk)
    assert resume_due() == 0
    SyncRun.objects.update(heartbeat_at=clock.now() - dt.timedelta(minutes=2))
    assert resume_due() == 1
    assert sent == [f"{RUN_SYNC} {run.pk}"] * 2


def test_a_run_that_keeps_killing_its_workers_is_given_up(vendor: Source, connect: Connect) -> None:
    run = request_sync(connection=connect(entity()), actor=CLERK)
    for _ in range(leasing.MOST_RESUMES + 1):
        claim(run.pk, silence=dt.timedelta(0))
    SyncRun.objects.update(heartbeat_at=clock.now() - leasing.SILENCE)
    run_sync(run.pk)
    run.refresh_from_db()
    assert (run.status, fault_code(run), vendor.requests) == ("failed", "SYNC_KEEPS_DYING", [])


def test_cancelling_takes_effect_after_the_running_page(
    vendor: Source, connect: Connect, in_tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connections.services.syncs.prefetching._BATCH_BYTES", 1)  # each page is stored by itself
    vendor.lists["payments"] = [payment(number) for number in range(100)]
    run = request_sync(connection=connect(entity()), sync_type="full", actor=CLERK)

    def cancel(path: str, query: dict[str, str]) -> None:
        if query.get("after") == "p000019":
            with scope.tenant_scope(in_tenant.pk):
                cancel_sync(run=run, actor=CLERK)
            database.close()

    vendor.faults.append(cancel)
    run_sync(run.pk)
    run.refresh_from_db()
    step = step_of(run)
    assert (run.status, step.status) == ("cancelled", "cancelled")
    assert 10 <= step.processed < 60
    assert Record.objects.count() == step.processed


def test_a_run_that_is_cancelled_does_not_wait_for_the_vendor(
    vendor: Source, connect: Connect, in_tenant: Tenant
) -> None:
    run = request_sync(connection=connect(entity()), sync_type="full", actor=CLERK)

    def cancel(path: str, query: dict[str, str]) -> Answer:
        with scope.tenant_scope(in_tenant.pk):
            cancel_sync(run=run, actor=CLERK)
        database.close()
        return 429, {"Retry-After": "600"}, b"{}"

    vendor.faults.append(cancel)
    run_sync(run.pk)
    run.refresh_from_db()
    assert (run.status, run.resume_at, step_of(run).status) == ("cancelled", None, "cancelled")


def test_a_run_that_is_taken_over_is_cancelled_before_the_vendor_is_called(vendor: Source, connect: Connect) -> None:
    run = request_sync(connection=connect(entity()), actor=CLERK)
    assert claim(run.pk) is not None
    cancel_sync(run=run, actor=CLERK)
    SyncRun.objects.update(heartbeat_at=clock.now() - leasing.SILENCE)
    run_sync(run.pk)
    run.refresh_from_db()
    assert (run.status, vendor.requests) == ("cancelled", [])


def test_a_connection_without_a_credential_fails_the_run(vendor: Source, connect: Connect) -> None:
    connection = connect(entity(), entity("invoices"))
    drop_secret(connection)
    run = synced(connection)
    assert (run.status, {step.status for step in run.steps.all()}) == ("failed", {"failed"})
    assert fault_code(run) in ("RECONNECT_NEEDED", "NOT_CONNECTED")
    assert vendor.requests == []


@contextmanager
def _workers(run: SyncRun, tenant: Tenant, stand_in: str) -> Iterator["subprocess.Popen[str]"]:
    """What forks a worker on the run for each line, tells its number, and for another line how it ended."""
    process = subprocess.Popen(
        [sys.executable, "-c", _WORKERS, str(tenant.pk), str(run.pk), stand_in],
        env=os.environ | {"DATABASE_URL": database_url(), "DJANGO_SETTINGS_MODULE": "integrations_site.settings.test"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        yield process


def _asked(workers: "subprocess.Popen[str]") -> int:
    assert workers.stdin
    assert workers.stdout
    workers.stdin.write("\n")
    workers.stdin.flush()
    return int(workers.stdout.readline())


def _work_and_die(workers: "subprocess.Popen[str]", vendor: Source, *, pages: int) -> None:
    """Works on the run in a process of its own that is killed as soon as it asks for a page after so many."""
    is_asked, is_killed, passed = threading.Event(), threading.Event(), itertools.count()

    def hold(path: str, query: dict[str, str]) -> None:
        if next(passed) >= pages:
            is_asked.set()
            assert is_killed.wait(30)

    vendor.faults.append(hold)
    worker = _asked(workers)
    assert is_asked.wait(30)
    os.kill(worker, signal.SIGKILL)
    assert _asked(workers) == -signal.SIGKILL
    is_killed.set()
    vendor.faults.remove(hold)
