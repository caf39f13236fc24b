"""Syncs by the clock."""

import datetime as dt
from typing import Any

import pytest
from celery import current_app
from django.conf import settings
from django.db import connection as database

from connections import tasks
from connections.models import Connection, Integration, Record, SyncRun
from connections.services.integrations import update_integration
from connections.services.schedules import next_sync_at
from connections.services.syncs import request_sync, run_sync, schedule_due
from integrations_site.audit.models import AuditEntry
from integrations_site.audit.types import HUB
from integrations_site.kernel import clock
from integrations_site.tenancy import scope
from integrations_site.tenancy.models import Tenant
from tests.concurrency import run_together
from tests.connections.sources import Source, entity, payment
from tests.connections.syncs.conftest import Connect

NOON = dt.datetime(2026, 3, 4, 12, 0, 30, tzinfo=dt.UTC)  # a Wednesday


@pytest.mark.django_db(transaction=True)
class TestNext:
    @pytest.mark.parametrize(
        ("frequency", "hours"), [("hourly", 1), ("daily", 24), ("weekly", 168), ("manual", None), (None, None)]
    )
    def test_words(self, connect: Connect, frequency: Any, hours: int | None) -> None:
        connection = connect(entity())
        connection.settings = {"syncFrequency": frequency} if frequency else {}
        due = next_sync_at(connection, after=NOON)
        if hours is None:
            assert due is None
        else:
            late = due - NOON - dt.timedelta(hours=hours)  # type: ignore[operator]
            assert dt.timedelta(0) <= late <= min(dt.timedelta(hours=hours) / 10, dt.timedelta(minutes=30))
            assert next_sync_at(connection, after=NOON) == due

    @pytest.mark.parametrize(
        ("cron", "due"),
        [
            ("0 6 * * 1-5", dt.datetime(2026, 3, 5, 6, 0, tzinfo=dt.UTC)),
            ("*/15 * * * *", dt.datetime(2026, 3, 4, 12, 15, tzinfo=dt.UTC)),
            ("30 2 1 * *", dt.datetime(2026, 4, 1, 2, 30, tzinfo=dt.UTC)),
            ("no such thing", None),
            ("x * * * *", None),
        ],
    )
    def test_cron(self, connect: Connect, cron: str, due: dt.datetime | None) -> None:
        connection = connect(entity())
        connection.integration.settings = {"syncFrequency": {"cron": cron}}
        assert next_sync_at(connection, after=NOON) == due


@pytest.mark.django_db(transaction=True)
def test_what_is_due_is_begun_once_however_many_sweeps_run(vendor: Source, connect: Connect) -> None:
    vendor.lists["payments"] = [payment(1)]
    connection = connect(entity())
    Connection.objects.update(settings={"syncFrequency": "hourly"})
    assert schedule_due() == 0
    connection.refresh_from_db()
    assert connection.next_sync_at is not None
    assert connection.next_sync_at > clock.now() + dt.timedelta(minutes=59)
    Connection.objects.update(next_sync_at=clock.now() - dt.timedelta(seconds=1))

    def sweep(_: int) -> int:
        try:
            with scope.no_tenant():
                return schedule_due()
        finally:
            database.close()

    assert sum(run_together(sweep, 4)) == 1
    run = SyncRun.objects.get()
    assert (run.trigger, run.sync_type, run.status) == ("schedule", "incremental", "queued")
    run_sync(run.pk)
    connection.refresh_from_db()
    assert connection.next_sync_at > clock.now() + dt.timedelta(minutes=59)


@pytest.mark.django_db(transaction=True)
def test_the_tasks_do_it_from_outside_any_tenant(vendor: Source, connect: Connect, in_tenant: Tenant) -> None:
    vendor.lists["payments"] = [payment(1)]
    connect(entity())
    Connection.objects.update(next_sync_at=clock.now() - dt.timedelta(seconds=1))
    with scope.no_tenant():
        tasks.begin_due_syncs()
        tasks.resume_syncs()
    run = SyncRun.objects.get()
    with scope.no_tenant():
        tasks.work_on_sync(tenant_id=str(in_tenant.pk), run_id=str(run.pk))
    run.refresh_from_db()
    assert (run.status, run.trigger, Record.objects.count()) == ("completed", "schedule", 1)
    for entry in settings.CELERY_BEAT_SCHEDULE.values():
        if entry["task"].startswith("connections."):
            assert entry["task"] in current_app.tasks


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("own", "integrations", "is_planned"),
    [
        ({}, "hourly", True),
        ({"syncFrequency": "daily"}, None, True),
        ({"syncFrequency": {"cron": "0 6 * * *"}}, "manual", True),
        ({"syncFrequency": "manual"}, "hourly", False),
        ({}, "manual", False),
        ({}, {"cron": "0 0 30 2 *"}, False),
        ({}, None, False),
    ],
)
def test_the_frequency_of_an_integration_is_planned_and_what_never_comes_leaves_no_trace(
    vendor: Source, connect: Connect, own: Any, integrations: Any, is_planned: bool
) -> None:
    connection = connect(entity())
    Connection.objects.update(settings=own)
    Integration.objects.update(settings={"syncFrequency": integrations} if integrations else {})
    before = AuditEntry.objects.count()
    with scope.no_tenant():
        assert (schedule_due(), schedule_due()) == (0, 0)
    connection.refresh_from_db()
    assert (connection.next_sync_at is not None) is is_planned
    assert AuditEntry.objects.filter(action="sync.planned").count() == is_planned
    assert AuditEntry.objects.count() == before + is_planned


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("trigger", ["webhook", "manual"])
def test_runs_that_others_ask_for_postpone_nothing(vendor: Source, connect: Connect, trigger: str) -> None:
    vendor.lists |= {"payments": [payment(1)], "invoices": [payment(1)]}
    connection = connect(entity(), entity("invoices"))
    due = clock.now() + dt.timedelta(minutes=10)
    Connection.objects.update(settings={"syncFrequency": "hourly"}, next_sync_at=due)
    run = request_sync(connection=connection, data_types=["payments"], trigger=trigger, actor=HUB)
    run_sync(run.pk)
    connection.refresh_from_db()
    assert (connection.sync_status, connection.next_sync_at) == ("success", due)


@pytest.mark.django_db(transaction=True)
def test_what_is_due_while_other_data_types_are_read_begins_after_that(vendor: Source, connect: Connect) -> None:
    vendor.lists |= {"payments": [payment(1)], "invoices": [payment(1)]}
    connection = connect(entity(), entity("invoices"))
    run = request_sync(connection=connection, data_types=["payments"], trigger=SyncRun.Trigger.WEBHOOK, actor=HUB)
    due = clock.now() - dt.timedelta(seconds=1)
    Connection.objects.update(settings={"syncFrequency": "daily"}, next_sync_at=due)
    assert schedule_due() == 0
    connection.refresh_from_db()
    assert (connection.next_sync_at, AuditEntry.objects.filter(action="sync.due").count()) == (due, 0)
    run_sync(run.pk)
    assert schedule_due() == 1
    assert SyncRun.objects.get(trigger="schedule").data_types == ["payments", "invoices"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("own", "frequency", "minutes"),
    [
        (None, "hourly", 0),
        (None, "manual", None),
        (None, "weekly", 6000),
        ("weekly", "hourly", 6000),
    ],
)
def test_another_frequency_of_the_integration_holds_at_once(
    connect: Connect, own: str | None, frequency: str, minutes: int | None
) -> None:
    """A connection that was synced three days ago, and will be in four (6,000 minutes are less)."""
    connection, now = connect(entity()), clock.now()
    Integration.objects.update(settings={"syncFrequency": "weekly"})
    due = now + dt.timedelta(minutes=6000)
    Connection.objects.update(
        settings={"syncFrequency": own}, last_sync_at=now - dt.timedelta(days=3), next_sync_at=due
    )
    update_integration(
        integration=connection.integration, changes={"settings": {"syncFrequency": frequency}}, actor=HUB
    )
    schedule_due()
    connection.refresh_from_db()
    if minutes is None:
        assert connection.next_sync_at is None
    elif minutes:
        assert connection.next_sync_at == due
    else:
        assert connection.next_sync_at is not None
        assert connection.next_sync_at < now
