"""Deliveries to real receivers on loopback: who gets what, and what the log tells."""

import json

import pytest
from standardwebhooks import Webhook

from integrations_site.audit.models import AuditEntry
from integrations_site.audit.types import Actor
from integrations_site.kernel import clock
from integrations_site.tenancy import scope
from integrations_site.tenancy.models import Tenant
from notifications.models import Delivery, Event, WebhookEndpoint
from notifications.services.deliveries import DeliveryPendingError, replay, send_test
from notifications.services.dispatch import deliver_due
from notifications.services.outbox import handle_due
from tests.notifications.conftest import Publish
from tests.notifications.subscriptions import deliveries, only_delivery, subscribe
from tests.receiver import Answer, Receiver

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_handlers")]
FIVE = {"case_id": "case-abc123", "items_created": 5, "items_updated": 3}


def test_a_subscriber_gets_the_stated_payload_signed_and_the_log_tells_all(
    tenant: Tenant, actor: Actor, published: Publish, receiver: Receiver
) -> None:
    receiver.respond = lambda _: Answer(200, b"thanks \x00\xff")
    endpoint, secret = subscribe(tenant, actor, f"{receiver.url}/hook", "integration.inventory.success")
    event = published("integration.inventory.success", **FIVE)
    published("integration.failed", case_id="case-abc123")
    handle_due()
    deliver_due()
    [got] = receiver.requests
    assert (got.method, got.path, got.headers["content-type"]) == ("POST", "/hook", "application/json")
    assert got.headers["webhook-id"] == event.public_id
    stamp = clock.iso(event.created_at)
    assert Webhook(secret).verify(got.body, got.headers) == {
        "event": "integration.inventory.success",
        **FIVE,
        "timestamp": stamp,
    }
    delivery = only_delivery(endpoint)
    assert (delivery.status, delivery.attempts, delivery.next_attempt_at) == (Delivery.Status.DELIVERED, 1, None)
    assert delivery.payload == json.loads(got.body)
    [attempt] = delivery.attempt_log.all()
    assert (attempt.number, attempt.response_status, attempt.error) == (1, 200, "")
    assert attempt.response_body == "thanks ��"
    assert attempt.request_body.encode() == got.body
    assert attempt.request_headers["webhook-id"] == event.public_id
    assert "webhook-signature" not in attempt.request_headers
    assert attempt.duration_ms >= 0


def test_each_endpoint_gets_what_it_wants_of_its_own_tenant_from_its_creation_on(
    tenant: Tenant, rival: Tenant, actor: Actor, published: Publish, receiver: Receiver
) -> None:
    before = published("integration.failed", n=0)
    everything, _ = subscribe(tenant, actor, f"{receiver.url}/all")
    failures, _ = subscribe(tenant, actor, f"{receiver.url}/failures", "integration.failed")
    foreign, _ = subscribe(rival, actor, f"{receiver.url}/foreign")
    silent, _ = subscribe(tenant, actor, f"{receiver.url}/silent")
    with scope.tenant_scope(tenant.id):
        WebhookEndpoint.objects.filter(pk=silent.pk).update(is_active=False)
    published("integration.failed", n=1)
    published("case.approved", n=2)
    published("internal.matter", n=3)
    while handle_due():
        pass
    assert sorted(d.payload["n"] for d in deliveries(everything)) == [1, 2]
    assert [d.payload["n"] for d in deliveries(failures)] == [1]
    assert deliveries(foreign) == deliveries(silent) == []
    assert before.created_at < everything.created_at


def test_passing_an_event_on_twice_makes_one_delivery(
    tenant: Tenant, actor: Actor, published: Publish, receiver: Receiver
) -> None:
    endpoint, _ = subscribe(tenant, actor, receiver.url)
    event = published()
    handle_due()
    with scope.all_tenants():
        Event.objects.filter(pk=event.pk).update(status=Event.Status.PENDING, next_attempt_at=clock.now())
    handle_due()
    assert len(deliveries(endpoint)) == 1


def test_a_test_event_goes_to_the_endpoint_whatever_it_wants(tenant: Tenant, actor: Actor, receiver: Receiver) -> None:
    endpoint, _ = subscribe(tenant, actor, receiver.url, "integration.failed")
    subscribe(tenant, actor, f"{receiver.url}/other")
    with scope.tenant_scope(tenant.id):
        delivery = send_test(endpoint=endpoint, actor=actor)
    handle_due()
    deliver_due()
    [got] = receiver.requests
    assert json.loads(got.body)["event"] == "webhook.test"
    assert only_delivery(endpoint).pk == delivery.pk


def test_a_replay_is_a_new_delivery_of_the_same_message(
    tenant: Tenant, actor: Actor, published: Publish, receiver: Receiver
) -> None:
    endpoint, _ = subscribe(tenant, actor, receiver.url)
    published(case_id="case-1")
    handle_due()
    with scope.tenant_scope(tenant.id), pytest.raises(DeliveryPendingError):
        replay(delivery=Delivery.objects.get(), actor=actor)
    deliver_due()
    with scope.tenant_scope(tenant.id):
        original = Delivery.objects.get()
        again = replay(delivery=original, actor=actor)
        assert AuditEntry.objects.filter(action="webhook.delivery_replayed").count() == 1
    deliver_due()
    first, second = receiver.requests
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.body == second.body
    assert [(d.pk, d.replay_of_id) for d in deliveries(endpoint)] == [(original.pk, None), (again.pk, original.pk)]
