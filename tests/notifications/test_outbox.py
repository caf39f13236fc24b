"""The outbox: at least once, in order per subject, retried, given up, and never lost."""

import datetime as dt
import logging
import threading

import pytest
import time_machine
from django.db import connection, transaction

from integrations_site.audit.models import AuditEntry
from integrations_site.audit.types import Actor
from integrations_site.kernel import clock
from integrations_site.kernel.errors import TransientError
from integrations_site.tenancy import scope
from integrations_site.tenancy.models import Tenant
from notifications.models import Event
from notifications.sdk.events import EventData
from notifications.services.events import EventNotDeadError, publish, retry_event
from notifications.services.handlers import on
from notifications.services.outbox import LEASE, MAX_ATTEMPTS, handle_due
from tests.notifications.conftest import Publish

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_handlers")]


def reloaded(event: Event) -> Event:
    with scope.all_tenants():
        return Event.objects.get(pk=event.pk)


def after(delay: dt.timedelta) -> time_machine.travel:
    return time_machine.travel(clock.now() + delay, tick=False)


@pytest.mark.django_db(transaction=True)
def test_an_event_outside_a_transaction_is_refused(in_tenant: Tenant) -> None:
    with pytest.raises(transaction.TransactionManagementError):
        publish(type="case.approved", subject="case-1", payload={})
    assert not Event.objects.exists()


def test_an_event_falls_with_its_transaction(in_tenant: Tenant) -> None:
    with transaction.atomic():
        publish(type="case.approved", subject="case-1", payload={})
        transaction.set_rollback(True)
    assert not Event.objects.exists()


def test_a_handler_gets_the_event_in_its_tenants_scope(tenant: Tenant, published: Publish) -> None:
    seen: list[tuple[EventData, scope.Scope]] = []
    on("case.*")(lambda data: seen.append((data, scope.current())))
    on("other.thing")(lambda data: pytest.fail("not of this type"))
    event = published(case_id="case-1", total=12.5)
    assert handle_due() == 1
    [(data, seen_scope)] = seen
    assert data == EventData(
        event.id, tenant.id, "case.approved", "case-1", {"case_id": "case-1", "total": 12.5}, event.created_at
    )
    assert seen_scope == scope.Scope(tenant.id)
    done = reloaded(event)
    assert (done.status, done.attempts) == (Event.Status.DONE, 1)
    assert handle_due() == 0


def test_an_event_that_nobody_handles_is_done(published: Publish) -> None:
    event = published()
    assert handle_due() == 1
    assert reloaded(event).status == Event.Status.DONE


def test_events_of_a_subject_are_handled_in_order_and_wait_for_one_that_fails(published: Publish) -> None:
    handled: list[str] = []
    is_down = True

    @on("case.approved")
    def handle(data: EventData) -> None:
        if is_down and data.payload["n"] == "a1":
            raise TransientError("briefly down")
        handled.append(data.payload["n"])

    first, second = published(subject="case-a", n="a1"), published(subject="case-a", n="a2")
    published(subject="case-b", n="b1")
    assert handle_due() == 2
    assert handled == ["b1"]
    failed = reloaded(first)
    assert (failed.status, failed.attempts) == (Event.Status.PENDING, 1)
    assert failed.last_error == "TEMPORARILY_UNAVAILABLE: briefly down"
    assert handle_due() == 0, "the first waits for its time, the second for the first"
    is_down = False
    with after(dt.timedelta(seconds=10)):
        while handle_due():
            pass
    assert handled == ["b1", "a1", "a2"]
    assert reloaded(second).status == Event.Status.DONE


def test_the_same_subject_of_another_tenant_does_not_wait(rival: Tenant, published: Publish) -> None:
    @on("case.approved")
    def handle(data: EventData) -> None:
        if data.payload["n"] == 1:
            raise TransientError("down")

    published(n=1)
    with scope.tenant_scope(rival.id), transaction.atomic():
        other = publish(type="case.approved", subject="case-1", payload={"n": 2})
    handle_due()
    assert reloaded(other).status == Event.Status.DONE


def test_waits_grow_and_the_event_is_given_up_and_can_be_retried(
    published: Publish, actor: Actor, tenant: Tenant, caplog: pytest.LogCaptureFixture
) -> None:
    @on("case.approved")
    def handle(data: EventData) -> None:
        if is_broken:
            raise ValueError("first line\nDETAIL: Key (email)=(person@example.com)")

    is_broken = True
    event, later = published(), published()
    waits = []
    now = clock.now()
    for _ in range(MAX_ATTEMPTS):
        with time_machine.travel(now, tick=False):
            assert handle_due() == 1
            found = reloaded(event)
            waits.append((found.next_attempt_at - clock.now()).total_seconds())
            now = found.next_attempt_at + dt.timedelta(seconds=1)
    assert [round(wait / (5 * 2**n)) for n, wait in enumerate(waits[:8])] == [1] * 8
    assert (found.status, found.attempts) == (Event.Status.DEAD, MAX_ATTEMPTS)
    assert found.last_error.startswith("ValueError: first line")
    assert "person@example.com" not in found.last_error
    assert caplog.records[-1].levelno == logging.ERROR
    is_broken = False
    with time_machine.travel(now, tick=False):
        assert handle_due() == 1
        assert reloaded(later).status == Event.Status.DONE, "a dead event holds nobody up"
        with scope.tenant_scope(tenant.id):
            retry_event(event=found, actor=actor)
            assert AuditEntry.objects.filter(action="event.retried", subject=event.public_id).exists()
        assert handle_due() == 1
        assert reloaded(event).status == Event.Status.DONE
        with scope.tenant_scope(tenant.id), pytest.raises(EventNotDeadError):
            retry_event(event=found, actor=actor)


def test_what_a_dead_worker_held_is_handled_after_the_lease(published: Publish) -> None:
    class Killed(BaseException):
        """Stands for the end of the process: nothing of the hub's code runs after it."""

    handled: list[str] = []

    @on("case.approved")
    def handle(data: EventData) -> None:
        if not handled:
            handled.append("killed")
            raise Killed
        handled.append("done")

    event = published()
    with pytest.raises(Killed):
        handle_due()
    assert reloaded(event).status == Event.Status.PENDING
    assert handle_due() == 0
    with after(LEASE + dt.timedelta(seconds=1)):
        assert handle_due() == 1
    assert handled == ["killed", "done"]
    assert (reloaded(event).status, reloaded(event).attempts) == (Event.Status.DONE, 2)


def test_a_worker_that_lost_its_lease_neither_finishes_nor_fails_the_event(published: Publish) -> None:
    """While the first worker is still in its handler, a second one has taken the event over."""
    outcomes = [None, TransientError("too late")]
    for outcome in outcomes:
        event = published(subject=f"case-{outcome}")

        def take_over(data: EventData, outcome: Exception | None = outcome) -> None:
            Event.objects.filter(pk=data.id).update(next_attempt_at=clock.now() + dt.timedelta(hours=1), attempts=7)
            if outcome:
                raise outcome

        handlers = {"case.approved": [take_over]}
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("notifications.services.handlers._handlers", handlers)
            handle_due()
        found = reloaded(event)
        assert (found.status, found.attempts, found.last_error) == (Event.Status.PENDING, 7, "")


def test_an_event_that_kills_every_worker_is_given_up(published: Publish, caplog: pytest.LogCaptureFixture) -> None:
    on("case.approved")(lambda data: pytest.fail("must not be tried again"))
    event = published()
    with scope.all_tenants():
        Event.objects.filter(pk=event.pk).update(attempts=MAX_ATTEMPTS)
    assert handle_due() == 0
    assert reloaded(event).status == Event.Status.DEAD
    assert "given up" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_workers_side_by_side_handle_each_event_once(published: Publish) -> None:
    handled: list[tuple[str, int]] = []
    start = threading.Barrier(4)
    on("case.approved")(lambda data: handled.append((data.subject, data.payload["n"])))
    for n in range(30):
        published(subject=f"case-{n % 5}", n=n)

    def work() -> None:
        try:
            start.wait(10)
            while handle_due(limit=3) or any_pending():
                pass
        finally:
            connection.close()

    def any_pending() -> bool:
        with scope.all_tenants():
            return Event.objects.filter(status=Event.Status.PENDING).exists()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(n for _, n in handled) == list(range(30))
    for subject in {subject for subject, _ in handled}:
        numbers = [n for handled_subject, n in handled if handled_subject == subject]
        assert numbers == sorted(numbers)


def test_a_batch_costs_the_same_statements_however_large(published: Publish) -> None:
    counts = []
    for size in (1, 20):
        for n in range(size):
            published(subject=f"case-{size}-{n}")
        with connection.execute_wrapper(counter := Counter()):
            assert handle_due(limit=50) == size
        counts.append(counter.statements)
    assert counts[0] == counts[1]


class Counter:
    def __init__(self) -> None:
        self.statements = 0

    def __call__(self, execute, sql, params, many, context):  # type: ignore[no-untyped-def]
        self.statements += 1
        return execute(sql, params, many, context)
