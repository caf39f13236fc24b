"""The dispatcher: leases, slots, and one worker at a time."""

import datetime as dt
import logging
import threading
from collections import Counter

import pytest
import time_machine
from django.db import connection, transaction

from integrations_site.audit.types import Actor
from integrations_site.kernel import clock
from integrations_site.kernel.http import HttpClient
from integrations_site.tenancy import scope
from integrations_site.tenancy.models import Tenant
from notifications.models import Delivery, WebhookEndpoint
from notifications.services import dispatch
from notifications.services.deliveries import send_test
from notifications.services.delivery_queue import claim, record
from notifications.services.dispatch import Dispatcher, deliver_due
from notifications.services.endpoints import delete_endpoint
from notifications.services.fan_out import make_delivery
from notifications.services.outbox import handle_due
from notifications.services.sending import send
from tests.notifications.conftest import Publish
from tests.notifications.subscriptions import deliveries, only_delivery, subscribe
from tests.receiver import Answer, Received, Receiver

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_handlers")]


def test_what_a_killed_worker_held_is_delivered_after_its_lease(
    tenant: Tenant, actor: Actor, published: Publish, receiver: Receiver, http: HttpClient
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
        record([send(held, http)])  # the worker was only slow
    delivery = only_delivery(endpoint)
    assert (delivery.attempts, delivery.attempt_log.count()) == (1, 1)


def test_an_endpoint_removed_while_its_delivery_is_out_is_no_error(
    tenant: Tenant, actor: Actor, published: Publish, receiver: Receiver, http: HttpClient
) -> None:
    endpoint, _ = subscribe(tenant, actor, receiver.url)
    published()
    handle_due()
    with scope.all_tenants():
        [outgoing] = claim(limit=1, room=1, rooms={})
        result = send(outgoing, http)
    with scope.tenant_scope(tenant.id):
        delete_endpoint(endpoint=endpoint, actor=actor)
    with scope.all_tenants():
        record([result])
        assert not Delivery.objects.exists()


def test_a_slow_receiver_does_not_hold_up_the_others(
    tenant: Tenant, actor: Actor, published: Publish, receiver: Receiver, http: HttpClient
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
        assert Dispatcher(http, slots=4).run(60)
    watcher.join()
    first = [got.path for got in receiver.requests[:13]]
    assert (first.count("/quick"), first.count("/slow")) == (12, 1)
    assert {d.status for d in deliveries(slow) + deliveries(quick)} == {Delivery.Status.DELIVERED}


def test_never_more_requests_at_once_to_an_endpoint_than_its_share(
    tenant: Tenant, actor: Actor, published: Publish, receiver: Receiver, http: HttpClient
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
        Dispatcher(http, slots=20, slots_per_endpoint=3).run(60)
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
