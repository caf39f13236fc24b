"""Waking the workers: once per transaction, after commit, and never at the cost of the request."""

import time

import pytest
from celery import Celery, current_app
from django.db import transaction

from integrations_site.tenancy import scope
from integrations_site.tenancy.models import Tenant
from notifications import tasks
from notifications.models import Event
from notifications.services import waking
from notifications.services.events import HANDLE_EVENTS, publish

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the tasks that were sent."""
    names: list[str] = []
    waking.begin(HANDLE_EVENTS)
    monkeypatch.setattr(current_app, "send_task", lambda name, **_: names.append(name))
    return names


def publish_one() -> None:
    publish(type="case.approved", subject="case-1", payload={})


def test_a_transaction_wakes_the_workers_once_and_after_commit(in_tenant: Tenant, sent: list[str]) -> None:
    with transaction.atomic():
        publish_one()
        with transaction.atomic():
            publish_one()
        assert sent == []
    assert sent == [HANDLE_EVENTS]


def test_a_task_is_sent_once_until_a_worker_begins_it(in_tenant: Tenant, sent: list[str]) -> None:
    for _ in range(3):
        with transaction.atomic():
            publish_one()
    assert sent == [HANDLE_EVENTS]
    waking.begin(HANDLE_EVENTS)
    with transaction.atomic():
        publish_one()
    assert sent == [HANDLE_EVENTS, HANDLE_EVENTS]


def test_the_worker_takes_the_mark_away_before_it_looks(
    in_tenant: Tenant, sent: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def look() -> int:
        with transaction.atomic(), scope.tenant_scope(in_tenant.id):
            publish_one()  # What happens while the worker looks wakes another.
        return 0

    with transaction.atomic():
        publish_one()
    monkeypatch.setattr(tasks, "handle_due", look)
    tasks.handle_events()
    assert sent == [HANDLE_EVENTS, HANDLE_EVENTS]


def test_a_savepoint_that_is_rolled_back_takes_only_its_own_wake_up_along(in_tenant: Tenant, sent: list[str]) -> None:
    with transaction.atomic():
        with transaction.atomic():
            publish_one()
            transaction.set_rollback(True)
        publish_one()
    assert sent == [HANDLE_EVENTS]
    with transaction.atomic():
        publish_one()
        transaction.set_rollback(True)
    assert len(sent) == 1


def test_a_broker_outage_neither_fails_the_request_nor_loses_the_event(
    in_tenant: Tenant, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    offline = Celery("offline", broker="redis+socket:///nowhere/redis.sock", set_as_current=False)
    offline.conf.broker_transport_options = current_app.conf.broker_transport_options
    monkeypatch.setattr(waking, "current_app", offline)
    waking.begin(HANDLE_EVENTS)
    started = time.monotonic()
    with transaction.atomic():
        publish_one()
    assert time.monotonic() - started < 5
    assert "waits for the next sweep" in caplog.text
    assert Event.objects.filter(status=Event.Status.PENDING).count() == 1
    assert scope.current().tenant_id == in_tenant.id
