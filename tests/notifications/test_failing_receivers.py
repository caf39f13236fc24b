"""Receivers that answer with errors, not at all, or that want nothing more."""

import datetime as dt

import pytest
import time_machine

from integrations_site.audit.models import AuditEntry
from integrations_site.audit.types import Actor
from integrations_site.kernel import clock
from integrations_site.kernel.http import HttpClient
from integrations_site.tenancy import scope
from integrations_site.tenancy.models import Tenant
from notifications.models import Delivery, Event, WebhookEndpoint
from notifications.services.deliveries import WebhookDisabledError, send_test
from notifications.services.delivery_queue import claim, record
from notifications.services.dispatch import deliver_due
from notifications.services.outbox import handle_due
from notifications.services.sending import send
from tests.notifications.conftest import Publish
from tests.notifications.subscriptions import only_delivery, reloaded, subscribe
from tests.receiver import Answer, Receiver

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_handlers")]


def test_a_failing_receiver_is_tried_eight_times_with_one_message_id(
    tenant: Tenant, actor: Actor, published: Publish, receiver: Receiver
) -> None:
    receiver.respond = lambda _: Answer(500, b"broken")
    endpoint, _ = subscribe(tenant, actor, receiver.url)
    published()
    handle_due()
    now, waits = clock.now(), []
    for _ in range(8):
        with time_machine.travel(now, tick=False):
            deliver_due()
            assert not deliver_due()
            delivery = only_delivery(endpoint)
            if delivery.next_attempt_at:
                waits.append((delivery.next_attempt_at - clock.now()).total_seconds())
                now = delivery.next_attempt_at
    assert [
        round(wait / planned) for wait, planned in zip(waits, (5, 300, 1800, 7200, 18000, 36000, 36000), strict=True)
    ] == [1] * 7
    assert (delivery.status, delivery.attempts) == (Delivery.Status.FAILED, 8)
    assert [attempt.number for attempt in delivery.attempt_log.all()] == list(range(1, 9))
    assert len({got.headers["webhook-id"] for got in receiver.requests}) == 1
    assert len({got.headers["webhook-timestamp"] for got in receiver.requests}) == 8
    assert len(receiver.requests) == 8
    assert reloaded(endpoint).failing_since is not None
    assert reloaded(endpoint).is_active


def test_no_answer_is_recorded_with_its_reason_and_tried_again(
    tenant: Tenant, actor: Actor, published: Publish, receiver: Receiver
) -> None:
    endpoint, _ = subscribe(tenant, actor, "http://127.0.0.1:1/secret-path")
    published()
    handle_due()
    deliver_due()
    delivery = only_delivery(endpoint)
    [attempt] = delivery.attempt_log.all()
    assert (delivery.status, attempt.response_status) == (Delivery.Status.PENDING, None)
    assert "could not be reached" in attempt.error
    assert "secret-path" not in attempt.error


def test_an_address_that_turned_private_gets_nothing(
    tenant: Tenant, actor: Actor, published: Publish, receiver: Receiver
) -> None:
    """The address was public when the endpoint was made; the name leads elsewhere now."""
    endpoint, _ = subscribe(tenant, actor, receiver.url)
    published()
    handle_due()
    with scope.all_tenants():
        guarded = HttpClient()
        [outgoing] = claim(limit=1, room=1, rooms={})
        record([send(outgoing, guarded)])
    assert receiver.requests == []
    [attempt] = only_delivery(endpoint).attempt_log.all()
    assert "https" in attempt.error


def test_a_receiver_that_is_gone_is_disabled_and_others_are_told(
    tenant: Tenant, actor: Actor, published: Publish, receiver: Receiver
) -> None:
    receiver.respond = lambda got: Answer(410 if got.path == "/gone" else 204)
    gone, _ = subscribe(tenant, actor, f"{receiver.url}/gone", "case.approved")
    other, _ = subscribe(tenant, actor, f"{receiver.url}/other", "webhook.disabled")
    published()
    handle_due()
    deliver_due()
    assert (reloaded(gone).is_active, reloaded(gone).disabled_reason) == (False, "The receiver answered 410 Gone")
    assert only_delivery(gone).status == Delivery.Status.FAILED
    handle_due()
    deliver_due()
    assert only_delivery(other).payload["webhook_id"] == gone.public_id
    with scope.tenant_scope(tenant.id):
        [entry] = AuditEntry.objects.filter(action="webhook.disabled")
        assert (entry.subject, entry.actor) == (gone.public_id, "hub")
        assert not AuditEntry.objects.filter(action="row.update").exists()


def test_a_receiver_that_keeps_failing_is_disabled_after_days(
    tenant: Tenant, actor: Actor, published: Publish, receiver: Receiver
) -> None:
    receiver.respond = lambda _: Answer(500)
    endpoint, _ = subscribe(tenant, actor, receiver.url)

    def give_up_one() -> None:
        published()
        handle_due()
        with scope.all_tenants():
            Delivery.objects.filter(status=Delivery.Status.PENDING).update(attempts=7, next_attempt_at=clock.now())
        deliver_due()

    start = clock.now()
    with time_machine.travel(start, tick=False):
        give_up_one()
        assert reloaded(endpoint).failing_since == start
    with time_machine.travel(start + dt.timedelta(days=2), tick=False):
        give_up_one()
        assert reloaded(endpoint).is_active
        receiver.respond = lambda _: Answer(204)
        give_up_one()
        assert reloaded(endpoint).failing_since is None, "what got through ends the failing"
        receiver.respond = lambda _: Answer(500)
        give_up_one()
    with time_machine.travel(start + dt.timedelta(days=6), tick=False):
        give_up_one()
    found = reloaded(endpoint)
    assert not found.is_active
    assert found.disabled_reason.startswith("Nothing could be delivered since")


def test_a_disabled_endpoint_gets_nothing_until_it_is_enabled(
    tenant: Tenant, actor: Actor, published: Publish, receiver: Receiver
) -> None:
    endpoint, _ = subscribe(tenant, actor, receiver.url)
    published()
    handle_due()
    with scope.tenant_scope(tenant.id):
        WebhookEndpoint.objects.update(is_active=False)
    deliver_due()
    assert receiver.requests == []
    assert only_delivery(endpoint).status == Delivery.Status.PENDING
    with scope.tenant_scope(tenant.id):
        WebhookEndpoint.objects.update(is_active=True)
    deliver_due()
    assert len(receiver.requests) == 1


def test_nothing_is_sent_on_demand_to_a_disabled_endpoint(tenant: Tenant, actor: Actor, receiver: Receiver) -> None:
    endpoint, _ = subscribe(tenant, actor, receiver.url)
    endpoint.is_active = False
    with scope.tenant_scope(tenant.id), pytest.raises(WebhookDisabledError):
        send_test(endpoint=endpoint, actor=actor)
    with scope.all_tenants():
        assert not Delivery.objects.exists()
        assert not Event.objects.exists()
