"""Real workers, killed in the middle: what they were at is done after all, and its effect is there once."""

import threading
import uuid
from functools import partial
from pathlib import Path

import pytest
from celery import current_app
from django.db import transaction

from integrations_site.audit.types import Actor
from integrations_site.kernel import clock
from integrations_site.tenancy import scope
from integrations_site.tenancy.models import Tenant
from notifications.models import Delivery, Event
from notifications.services.deliveries import send_test
from notifications.services.endpoints import create_endpoint
from notifications.services.events import HANDLE_EVENTS, publish
from notifications.services.fan_out import DELIVER_WEBHOOKS
from tests.notifications.slow_handler import EVENT
from tests.receiver import Answer, Received, receiving
from tests.workers import remove_queue, worker


@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_in_the_middle_leaves_no_trace_and_the_event_is_handled_once(
    tenant: Tenant, tmp_path: Path
) -> None:
    queue = f"test-{uuid.uuid4().hex}"
    start = partial(
        worker, queue=queue, include="tests.notifications.slow_handler", environment={"SLOW_HANDLER_DIR": str(tmp_path)}
    )
    with scope.tenant_scope(tenant.id), transaction.atomic():
        event = publish(type=EVENT, subject="case-1", payload={})

    def state() -> Event:
        with scope.all_tenants():
            return Event.objects.get(pk=event.pk)

    def name() -> str:
        with scope.all_tenants():
            return Tenant.objects.get(pk=tenant.pk).name

    def wake() -> None:
        current_app.send_task(HANDLE_EVENTS, queue=queue)

    with start(tmp_path / "first.log") as first:
        wake()
        first.wait_for((tmp_path / "began").exists, "the handler began")
        first.kill()
    assert name() == tenant.name, "the killed transaction is rolled back"
    assert (state().status, state().attempts) == (Event.Status.PENDING, 1)

    (tmp_path / "go").touch()
    with scope.all_tenants():
        Event.objects.filter(pk=event.pk).update(next_attempt_at=clock.now())  # the lease runs out
    with start(tmp_path / "second.log") as second:
        wake()
        wake()
        second.wait_for(lambda: state().status == Event.Status.DONE, "the event was handled")
    assert name() == f"{tenant.name}+"
    assert state().attempts == 2
    assert "Traceback" not in second.log
    remove_queue(queue)


@pytest.mark.django_db(transaction=True)
def test_a_delivery_whose_worker_is_killed_is_made_after_all_with_the_same_message_id(
    tenant: Tenant, actor: Actor, tmp_path: Path
) -> None:
    over = threading.Event()

    def respond(got: Received) -> Answer:
        if len(receiver.requests) == 1:
            over.wait(60)  # the first worker waits for this answer until it is killed
        return Answer(204)

    queue = f"test-{uuid.uuid4().hex}"
    start = partial(worker, queue=queue, include="tests.notifications.slow_handler", environment={})
    with receiving(respond) as receiver:
        with scope.tenant_scope(tenant.id):
            endpoint, _ = create_endpoint(url=receiver.url, actor=actor)
            send_test(endpoint=endpoint, actor=actor)

        def state() -> Delivery:
            with scope.all_tenants():
                return Delivery.objects.get()

        with start(tmp_path / "first.log") as first:
            current_app.send_task(DELIVER_WEBHOOKS, queue=queue)
            first.wait_for(lambda: len(receiver.requests) == 1, "the request was sent")
            first.kill()
        assert (state().status, state().attempts) == (Delivery.Status.PENDING, 0)
        with scope.all_tenants():
            Delivery.objects.update(next_attempt_at=clock.now())  # the lease runs out
        with start(tmp_path / "second.log") as second:
            current_app.send_task(DELIVER_WEBHOOKS, queue=queue)
            second.wait_for(lambda: state().status == Delivery.Status.DELIVERED, "the delivery was made")
        over.set()
    assert len({got.headers["webhook-id"] for got in receiver.requests}) == 1
    assert (len(receiver.requests), state().attempts) == (2, 1)
    remove_queue(queue)
