"""Runs that wait for the vendor, and what is asked for meanwhile."""

import datetime as dt

import pytest
import time_machine
from django.db import connection as database

from connections.models import Activity, Connection, EntityState, Record, SeenRecords, SyncRun
from connections.services.syncs import cancel_sync, request_sync, resume_due, run_sync
from connections.services.vendor_http.throttle import RedisThrottle
from integrations_site.kernel import clock
from integrations_site.tenancy import scope
from tests.connections.connectors.recording import IMPATIENT
from tests.connections.sources import INCREMENT, Source, entity, payment
from tests.connections.syncs.conftest import CLERK, Connect, fault_code, step_of, synced
from tests.connections.syncs.test_runs import forget_pauses

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def waiting(vendor: Source, connect: Connect) -> SyncRun:
    """A full run that met the vendor's limit after ten payments of 25, one of which was deleted since the last one."""
    vendor.lists |= {"payments": [payment(n) for n in range(25)], "invoices": [payment(n) for n in range(5)]}
    connection = connect(entity(incremental=INCREMENT), entity("invoices", incremental=INCREMENT))
    synced(connection)
    del vendor.lists["payments"][3]
    vendor.faults.append(lambda path, query: (429, {"Retry-After": "600"}, b"{}") if query.get("after") else None)
    run = synced(connection)
    assert (run.status, step_of(run).processed, step_of(run).status) == ("partial", 10, "waiting")
    vendor.faults.clear()
    forget_pauses()
    return run


def activity(run: SyncRun) -> Activity:
    """The activity of a run."""
    return Activity.objects.get(run=run.pk)


def test_an_increment_goes_on_with_a_full_run_that_waits(vendor: Source, waiting: SyncRun) -> None:
    vendor.requests.clear()
    run = synced(waiting.connection, "incremental")
    assert run.status == "completed"
    step = step_of(run)
    assert (step.is_full, step.processed, step.deleted, step.page) == (True, 24, 1, 3)
    assert all("after" in query for path, query in vendor.requests if path.endswith("/payments"))
    assert Record.objects.get(external_id="p000003", entity="payments").deleted_at is not None
    waiting.refresh_from_db()
    assert (waiting.status, waiting.resume_at, fault_code(waiting)) == ("partial", None, "SYNC_CONTINUED")
    assert {each.status for each in waiting.steps.all()} == {"continued"}
    assert (activity(waiting).status, activity(waiting).details["continuedBy"]) == ("success", run.public_id)
    assert Activity.objects.get(status="running").run == SyncRun.objects.get(status="queued").pk
    assert not SeenRecords.objects.exists()
    assert EntityState.objects.filter(watermark=None).count() == 0


def test_what_the_increment_does_not_read_goes_on_by_itself(vendor: Source, waiting: SyncRun) -> None:
    assert synced(waiting.connection, "incremental", "invoices").status == "completed"
    waiting.refresh_from_db()
    assert waiting.resume_at is not None
    assert activity(waiting).status == "running"
    with time_machine.travel(waiting.resume_at + dt.timedelta(seconds=1)):
        assert resume_due() == 1
        run_sync(waiting.pk)
    waiting.refresh_from_db()
    assert (waiting.status, step_of(waiting).deleted, activity(waiting).status) == ("partial", 1, "failed")
    assert [each.status for each in waiting.steps.order_by("position")] == ["completed", "continued"]


def test_a_full_run_begins_anew(vendor: Source, waiting: SyncRun) -> None:
    step = step_of(synced(waiting.connection, "full"))
    assert (step.processed, step.deleted, Activity.objects.filter(status="running").count()) == (24, 1, 0)


def test_cancelling_a_run_that_waits_says_nothing_of_the_one_at_work(vendor: Source, waiting: SyncRun) -> None:
    connection = waiting.connection
    run = request_sync(connection=connection, data_types=["invoices"], actor=CLERK)
    due = clock.now() + dt.timedelta(hours=1)
    Connection.objects.update(next_sync_at=due)
    cancel_sync(run=waiting, actor=CLERK)
    connection.refresh_from_db()
    assert (connection.sync_status, connection.next_sync_at) == ("running", due)
    run_sync(run.pk)
    connection.refresh_from_db()
    assert connection.sync_status == "success"
    waiting.refresh_from_db()
    assert (waiting.status, waiting.resume_at) == ("cancelled", None)


def test_cancelling_a_run_that_waits_is_told_by_the_connection(waiting: SyncRun) -> None:
    cancel_sync(run=waiting, actor=CLERK)
    waiting.connection.refresh_from_db()
    assert waiting.connection.sync_status == "cancelled"


@pytest.mark.parametrize(("waits", "minutes"), [(0, 5), (11, 360)])
def test_a_busy_neighbour_ends_no_run(
    vendor: Source, connect: Connect, monkeypatch: pytest.MonkeyPatch, waits: int, minutes: int
) -> None:
    """All calls that the vendor allows at once are others': a run comes back later each time, for a day and more."""
    monkeypatch.setattr("connections.services.vendor_http.making.Pace", lambda: IMPATIENT)
    monkeypatch.setattr("connections.services.vendor_http.throttle.LONGEST_WAIT_SECONDS", 0.5)
    vendor.lists["payments"] = [payment(1)]
    connection = connect(entity(), maxConcurrent=1)
    busy = RedisThrottle(connection.public_id, [], IMPATIENT, max_concurrent=1).wait()
    run = request_sync(connection=connection, sync_type="full", actor=CLERK)
    SyncRun.objects.update(resumes=waits)
    begun = clock.now()
    run_sync(run.pk)
    run.refresh_from_db()
    assert (run.status, fault_code(run), vendor.requests) == ("partial", "PROVIDER_RATE_LIMITED", [])
    assert run.resume_at is not None
    assert run.resume_at - begun >= dt.timedelta(minutes=minutes)
    RedisThrottle(connection.public_id, [], IMPATIENT).release(busy)
    with time_machine.travel(run.resume_at + dt.timedelta(seconds=1)):
        assert resume_due() == 1
    run_sync(run.pk)
    run.refresh_from_db()
    assert run.status == "completed"


class TestConnectedAgain:
    @pytest.mark.parametrize(("again", "status"), [(True, "active"), (False, "expired")])
    def test_only_the_link_that_was_refused_is_cut(
        self, vendor: Source, connect: Connect, again: bool, status: str
    ) -> None:
        vendor.lists["payments"] = [payment(1)]
        connection = connect(entity())
        since = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
        Connection.objects.update(connected_at=since)

        def refuse(path: str, query: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
            if again:
                _connect_again(connection, since + dt.timedelta(days=1))
            return 401, {}, b"{}"

        vendor.faults.append(refuse)
        assert fault_code(synced(connection)) == "RECONNECT_NEEDED"
        connection.refresh_from_db()
        assert connection.status == status
        assert bool(connection.validation_error) is not again


def _connect_again(connection: Connection, at: dt.datetime) -> None:
    with scope.all_tenants():
        Connection.objects.filter(pk=connection.pk).update(connected_at=at)
    database.close()
