"""The turns of inbound webhooks: one that fails is tried some times, holds up no other, and can be tried again."""

import datetime as dt
import json
import threading
from typing import Any

import pytest
from django.db import connection as database

from connections.models import Connection, InboundWebhook, SyncRun
from connections.services.syncs import request_sync
from connections.services.webhooks import handle_waiting, queue, retry_webhook
from connections.services.webhooks.queue import MAX_ATTEMPTS, WebhookNotFailedError
from integrations_site.audit.models import AuditEntry
from integrations_site.audit.types import HUB
from integrations_site.kernel import clock
from integrations_site.kernel.errors import TransientError
from integrations_site.tenancy import scope
from integrations_site.tenancy.models import Tenant
from tests.connections.webhooks.vendors import deliver, event, make_connection


def make_webhook(name: str, body: bytes = b"{}", **fields: Any) -> InboundWebhook:
    """One of Stripe's that waits."""
    now = clock.now()
    about = {"event_id": name, "account_ids": ["acct_1"], "body": body}
    return InboundWebhook.objects.create(provider="stripe", received_at=now, **about | fields)


def make_due() -> None:
    """What waits for its next attempt waits no longer."""
    InboundWebhook.objects.filter(status="waiting").update(next_attempt_at=clock.now())


def test_one_that_fails_holds_up_no_other_and_is_given_up_in_the_end(catalog: None, tenant: Tenant) -> None:
    make_connection(tenant, "stripe")
    broken = make_webhook("broken", b"{")
    deliver("stripe", event("stripe", "invoice.paid"))
    assert handle_waiting() == 1
    delays = []
    for attempt in range(1, MAX_ATTEMPTS + 1):
        broken.refresh_from_db()
        delays.append((broken.next_attempt_at - clock.now()).total_seconds())
        assert (broken.status, broken.attempts) == ("failed" if attempt == MAX_ATTEMPTS else "waiting", attempt)
        assert handle_waiting() == 0
        make_due()
        handle_waiting()
    assert delays[:-1] == sorted(delays[:-1])
    assert delays[0] > 5
    broken.refresh_from_db()
    assert (broken.attempts, bytes(broken.body)) == (MAX_ATTEMPTS, b"{")
    assert "truncated" in broken.last_error


def test_one_that_was_given_up_can_be_tried_again(catalog: None, tenant: Tenant) -> None:
    make_connection(tenant, "stripe")
    body = json.dumps(event("stripe", "invoice.paid")).encode()
    failed = make_webhook("failed", body, status="failed", attempts=MAX_ATTEMPTS, last_error="x")
    with scope.all_tenants():
        retry_webhook(webhook=failed, actor=HUB)
        with pytest.raises(WebhookNotFailedError):
            retry_webhook(webhook=failed, actor=HUB)
        assert AuditEntry.objects.filter(action="inbound_webhook.retried", subject=failed.public_id).count() == 1
    assert handle_waiting() == 1
    failed.refresh_from_db()
    assert (failed.status, failed.attempts, failed.outcome) == ("handled", 1, "A sync was begun")


def test_what_is_wrong_with_one_connection_keeps_no_other_from_being_told(
    catalog: None, tenant: Tenant, rival: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = make_connection(tenant, "stripe"), make_connection(rival, "stripe")

    def refuse_first(*, connection: Connection, **about: Any) -> SyncRun:
        if connection.pk == first.pk:
            raise TransientError("Not now")
        return request_sync(connection=connection, **about)

    monkeypatch.setattr("connections.services.webhooks.handling.request_sync", refuse_first)
    deliver("stripe", event("stripe", "invoice.paid"))
    assert handle_waiting() == 0
    waiting = InboundWebhook.objects.get()
    assert (waiting.status, waiting.attempts) == ("waiting", 1)
    monkeypatch.undo()
    make_due()
    assert handle_waiting() == 1
    with scope.all_tenants():
        runs = dict(SyncRun.objects.values_list("connection", "status"))
    assert runs == {first.pk: "queued", second.pk: "queued"}


def test_a_webhook_that_kills_its_workers_is_given_up(catalog: None) -> None:
    spent = make_webhook("killer", attempts=MAX_ATTEMPTS)
    leased = make_webhook("of another worker", next_attempt_at=clock.now() + dt.timedelta(minutes=1))
    assert handle_waiting() == 0
    spent.refresh_from_db()
    leased.refresh_from_db()
    assert (spent.status, leased.status, leased.attempts) == ("failed", "waiting", 0)


def test_whoever_lost_its_lease_settles_nothing(catalog: None) -> None:
    make_webhook("slow")
    [mine] = queue.claim()
    slow = queue.begin(mine)
    assert slow is not None
    assert queue.begin(mine) is None
    InboundWebhook.objects.update(next_attempt_at=clock.now())
    assert not queue.settle(slow, "done")
    queue.put_off(slow, ValueError("x"))
    assert list(InboundWebhook.objects.values_list("status", "last_error")) == [("waiting", "")]


@pytest.mark.django_db(transaction=True)
def test_workers_at_once_handle_each_webhook_once(catalog: None) -> None:
    for number in range(60):
        make_webhook(f"evt_{number}", json.dumps(event("stripe", "invoice.paid", number)).encode())
    counts: list[int] = []

    def work() -> None:
        try:
            counts.append(handle_waiting())
        finally:
            database.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert (len(counts), sum(counts)) == (4, 60)
    assert set(InboundWebhook.objects.values_list("status", "attempts")) == {("handled", 1)}
