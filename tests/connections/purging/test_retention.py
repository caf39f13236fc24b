"""What connections did is forgotten after a while, and not before."""

import datetime as dt
import itertools
import uuid

import pytest

from connections.models import Activity, Connection, OAuthAttempt, QuarantinedRecord, SeenRecords, SyncRun, SyncStep
from connections.services.retention import forget_activities, forget_consents, forget_runs, forget_seen_ids
from integrations_site.audit.models import AuditEntry
from integrations_site.kernel import clock, ids
from integrations_site.tenancy import scope
from integrations_site.tenancy.models import Tenant
from tests.connections.world import make_connection, make_key_provider

LONG_AGO = dt.timedelta(days=100)
_numbers = itertools.count(1)


@pytest.fixture
def connection(in_tenant: Tenant) -> Connection:
    """A connection of the tenant in scope."""
    return make_connection(make_key_provider("https://api.example.com"))


def id_of(moment: dt.datetime) -> uuid.UUID:
    """An id as it was made then."""
    return uuid.UUID(int=ids.first_at(moment).int + next(_numbers))


def make_run(connection: Connection, status: str = "completed", *, age: dt.timedelta = LONG_AGO) -> SyncRun:
    """A run of so long ago, with its step and what that has met."""
    then = clock.now() - age
    run = SyncRun.objects.create(
        id=id_of(then),
        connection=connection,
        sync_type="full",
        trigger="manual",
        data_types=["payments"],
        status=status,
        started_at=then,
        completed_at=None if status == "running" else then,
    )
    step = SyncStep.objects.create(run=run, entity="payments", position=0, is_full=True)
    SeenRecords.objects.create(step=step, external_ids=["a"])
    about = {"integration": connection.integration, "connection": connection, "run": run.pk}
    Activity.objects.create(id=id_of(then), type="sync", status="success", at=then, **about)
    return run


def test_runs_and_activities_go_and_the_newest_run_stays(connection: Connection) -> None:
    oldest, held = make_run(connection), make_run(connection, "failed", age=LONG_AGO * 2)
    QuarantinedRecord.objects.create(step=held.steps.get(), connection=connection, entity="payments", raw="{}")
    newest = make_run(connection, "partial", age=dt.timedelta(days=95))
    assert (forget_runs(), forget_activities()) == (1, 3)
    assert set(SyncRun.objects.values_list("pk", flat=True)) == {held.pk, newest.pk}
    assert not SyncStep.objects.filter(run=oldest).exists()
    make_run(connection, age=dt.timedelta(days=1))
    QuarantinedRecord.objects.all().delete()
    assert (forget_runs(), forget_activities(), SyncRun.objects.count()) == (2, 0, 1)


def test_nothing_stays_of_a_removed_connection(connection: Connection) -> None:
    make_run(connection)
    assert forget_runs() == 0
    Connection.objects.update(removed_at=clock.now())
    assert forget_runs() == 1


def test_ids_that_were_met_stay_as_long_as_the_run_may_go_on(connection: Connection) -> None:
    other = make_connection(make_key_provider("https://api.example.org"))
    partial, running = make_run(connection, "partial"), make_run(other, "running")
    make_run(connection, "failed")
    SyncRun.objects.filter(pk=partial.pk).update(resume_at=clock.now())
    assert forget_seen_ids() == 1
    SyncRun.objects.filter(pk=partial.pk).update(resume_at=None)
    assert forget_seen_ids() == 1
    assert SeenRecords.objects.get().step.run_id == running.pk


def test_consents_go_a_day_after_their_time_used_or_not_without_an_entry_for_each(connection: Connection) -> None:
    now = clock.now()
    for number, age in enumerate((25, 26, 23, 0)):
        OAuthAttempt.objects.create(
            connection=connection,
            state_hash=str(number),
            redirect_uri="https://example.com",
            expires_at=now - dt.timedelta(hours=age),
            used_at=now if number % 2 else None,
        )
    with scope.all_tenants():
        entries = AuditEntry.objects.count()
        assert forget_consents() == 2
        assert AuditEntry.objects.count() == entries + 1
        assert forget_consents() == 0
        assert AuditEntry.objects.count() == entries + 1
    assert set(OAuthAttempt.objects.values_list("state_hash", flat=True)) == {"2", "3"}
