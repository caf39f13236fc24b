"""Deliveries to real receivers on loopback."""

import datetime as dt
import json
import logging
import threading
from collections import Counter
from collections.abc import Iterator

import pytest
import time_machine
from django.db import connection, transaction
from standardwebhooks import Webhook

from integrations_site.audit.models import AuditEntry
from integrations_site.audit.types import Actor
from integrations_site.kernel import clock
from integrations_site.kernel.http import HttpClient
from integrations_site.tenancy import scope
from integrations_site.tenancy.models import Tenant
from notifications.models import Delivery, Event, WebhookEndpoint
from notifications.services import dispatch
from notifications.services.deliveries import DeliveryPendingError, WebhookDisabledError, replay, send_test
from notifications.services.delivery_queue import claim, record
from notifications.services.dispatch import Dispatcher, deliver_due
from notifications.services.endpoints import create_endpoint, delete_endpoint
from notifications.services.fan_out import make_delivery
from notifications.services.outbox import handle_due
from notifications.services.sending import send
from tests.notifications.conftest import Publish
from tests.receiver import Answer, Received, Receiver, receiving

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_handlers")]
FIVE = {"case_id": "case-abc123", "items_created": 5, "items_updated": 3}


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as running:
        yield running


@pytest.fixture
def client() -> Iterator[HttpClient]:
    """A client that may call loopback."""
    made = HttpClient(allowed_hosts=["127.0.0.1"])
    yield made
    made.close()


def subscribe(tenant: Tenant, actor: Actor, url: str, *events: str) -> tuple[WebhookEndpoint, str]:
    with scope.tenant_scope(tenant.id):
        return create_endpoint(url=url, events=events, description="", actor=actor)


def deliveries(endpoint: WebhookEndpoint) -> list[Delivery]:
    with scope.all_tenants():
        return list(Delivery.objects.filter(endpoint=endpoint).order_by("created_at").prefetch_related("attempt_log"))


def only_delivery(endpoint: WebhookEndpoint) -> Delivery:
    [delivery] = deliveries(endpoint)
    return delivery


def reloaded(endpoint: WebhookEndpoint) -> WebhookEndpoint:
    with scope.all_tenants():
        return WebhookEndpoint.objects.get(pk=endpoint.pk)


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


def test_what_a_killed_worker_held_is_delivered_after_its_lease(
    tenant: Tenant, actor: Actor, published: Publish, receiver: Receiver, client: HttpClient
) -> None:
    endpoint, _ = subscribe(tenant, actor, receiver.url)
    published()
    handle_due()
    with scope.all_tenants():
        [held] = claim(limit=5, room=5, rooms={})
        assert claim(limit=5, room=5, rooms={}) == []
    assert not deliver_due()
    assert receiver.requests == []
    with time_machine.travel(held.leased_until + dt.timedelta(seconds=1), tick=False):
        deliver_due()
    assert len(receiver.requests) == 1
    with scope.all_tenants():
        record([send(held, client)])  # the worker was only slow
    delivery = only_delivery(endpoint)
    assert (delivery.attempts, delivery.attempt_log.count()) == (1, 1)


def test_an_endpoint_removed_while_its_delivery_is_out_is_no_error(
    tenant: Tenant, actor: Actor, published: Publish, receiver: Receiver, client: HttpClient
) -> None:
    endpoint, _ = subscribe(tenant, actor, receiver.url)
    published()
    handle_due()
    with scope.all_tenants():
        [outgoing] = claim(limit=1, room=1, rooms={})
        result = send(outgoing, client)
    with scope.tenant_scope(tenant.id):
        delete_endpoint(endpoint=endpoint, actor=actor)
    with scope.all_tenants():
        record([result])
        assert not Delivery.objects.exists()


def test_a_slow_receiver_does_not_hold_up_the_others(
    tenant: Tenant, actor: Actor, published: Publish, receiver: Receiver, client: HttpClient
) -> None:
    release = threading.Event()
    slow_at_once, lock = [0, 0], threading.Lock()

    def respond(got: Received) -> Answer:
        if got.path == "/slow":
            with lock:
                slow_at_once[0] += 1
                slow_at_once[1] = max(slow_at_once)
            release.wait(20)
            with lock:
                slow_at_once[0] -= 1
        return Answer(204)

    receiver.respond = respond
    slow, _ = subscribe(tenant, actor, f"{receiver.url}/slow")
    quick, _ = subscribe(tenant, actor, f"{receiver.url}/quick")
    for n in range(12):
        published(subject=f"case-{n}", n=n)
    while handle_due():
        pass

    def let_go_when_the_quick_ones_are_through() -> None:
        receiver.wait_for(12 + 1)
        release.set()

    watcher = threading.Thread(target=let_go_when_the_quick_ones_are_through)
    watcher.start()
    with scope.all_tenants():
        assert Dispatcher(client, slots=4).run(60)
    watcher.join()
    first = [got.path for got in receiver.requests[:13]]
    assert (first.count("/quick"), first.count("/slow")) == (12, 1)
    assert {d.status for d in deliveries(slow) + deliveries(quick)} == {Delivery.Status.DELIVERED}


def test_never_more_requests_at_once_to_an_endpoint_than_its_share(
    tenant: Tenant, actor: Actor, published: Publish, receiver: Receiver, client: HttpClient
) -> None:
    at_once, most, lock = 0, 0, threading.Lock()

    def respond(got: Received) -> Answer:
        nonlocal at_once, most
        with lock:
            at_once += 1
            most = max(most, at_once)
        threading.Event().wait(0.01)
        with lock:
            at_once -= 1
        return Answer(204)

    receiver.respond = respond
    endpoint, _ = subscribe(tenant, actor, receiver.url)
    for n in range(30):
        published(subject=f"case-{n}", n=n)
    while handle_due():
        pass
    with scope.all_tenants():
        Dispatcher(client, slots=20, slots_per_endpoint=3).run(60)
    assert len(receiver.requests) == 30
    assert 1 < most <= 3
    assert receiver.connections <= 4, "connections are kept and used again"
    assert len({d.payload["n"] for d in deliveries(endpoint) if d.status == Delivery.Status.DELIVERED}) == 30


@pytest.mark.django_db(transaction=True)
def test_one_worker_delivers_at_a_time_and_each_delivery_is_sent_once(
    tenant: Tenant, actor: Actor, published: Publish, receiver: Receiver
) -> None:
    subscribe(tenant, actor, receiver.url)
    for n in range(20):
        published(subject=f"case-{n}", n=n)
    while handle_due():
        pass
    start = threading.Barrier(3)

    def work() -> None:
        try:
            start.wait(10)
            deliver_due()
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(receiver.requests) == 20
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s), pg_advisory_unlock(%s)", [dispatch._LOCK] * 2)
        assert cursor.fetchone() == (True, True), "the lock is free again"


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


def test_nothing_is_sent_on_demand_to_a_disabled_endpoint(tenant: Tenant, actor: Actor, receiver: Receiver) -> None:
    endpoint, _ = subscribe(tenant, actor, receiver.url)
    endpoint.is_active = False
    with scope.tenant_scope(tenant.id), pytest.raises(WebhookDisabledError):
        send_test(endpoint=endpoint, actor=actor)
    with scope.all_tenants():
        assert not Delivery.objects.exists()
        assert not Event.objects.exists()


def test_secrets_and_payloads_stay_out_of_logs(
    tenant: Tenant, actor: Actor, published: Publish, receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    logging.getLogger("httpcore2").setLevel(logging.INFO)
    endpoint, secret = subscribe(tenant, actor, f"{receiver.url}/planted-path?key=planted-query")
    with scope.tenant_scope(tenant.id):
        WebhookEndpoint.objects.filter(pk=endpoint.pk).update(sealed_secret="local:broken")
    published(note="planted-payload")
    handle_due()
    deliver_due()
    [attempt] = only_delivery(endpoint).attempt_log.all()
    assert "cannot be opened" in attempt.error
    assert receiver.requests == []
    for planted in ("planted", secret):
        assert planted not in caplog.text


def test_a_claim_takes_from_each_endpoint_what_there_is_room_for_whatever_waits_for_others(
    tenant: Tenant, actor: Actor, receiver: Receiver
) -> None:
    crowded, _ = subscribe(tenant, actor, f"{receiver.url}/crowded")
    other, _ = subscribe(tenant, actor, f"{receiver.url}/other")
    with scope.tenant_scope(tenant.id), transaction.atomic():
        for endpoint, count in ((crowded, 300), (other, 3)):
            first = send_test(endpoint=endpoint, actor=actor)
            more = [
                make_delivery(first.event, endpoint, next_attempt_at=clock.now(), replay_of=first) for _ in range(count)
            ]
            Delivery.objects.bulk_create(more)
    with scope.all_tenants():
        taken = claim(limit=20, room=2, rooms={crowded.id: 4})
        assert Counter(outgoing.endpoint.id for outgoing in taken) == {crowded.id: 4, other.id: 2}
        assert len(claim(limit=3, room=10, rooms={})) == 3
