"""What was told is forgotten in time; what waits, and what a person must see to, never is."""

import datetime as dt
import secrets
import threading
import uuid

import pytest
import time_machine
from django.conf import settings
from django.db import connection, transaction

from integrations_site.audit.models import AuditEntry
from integrations_site.kernel import clock, ids
from integrations_site.tenancy import retention, scope
from integrations_site.tenancy.models import Tenant
from notifications.models import Delivery, DeliveryAttempt, Event, WebhookEndpoint
from notifications.services.retention import forget_deliveries, forget_events
from notifications.tasks import forget

DAY = dt.timedelta(days=1)
KEPT_DAYS = settings.RETENTION_DAYS
OLD = (KEPT_DAYS["deliveries"] + 1) * DAY


def new_id() -> uuid.UUID:
    """An id of the present, which may be travelled to; the hub's own come from a clock that cannot be set."""
    return uuid.UUID(int=ids.first_at(clock.now()).int | secrets.randbits(62))


def make_event(tenant: Tenant, age: dt.timedelta, status: str = "done") -> Event:
    """An event of so long ago, which was handled at once."""
    with time_machine.travel(clock.now() - age), scope.tenant_scope(tenant.id):
        now = clock.now()
        done_at = now if status == "done" else None
        return Event.objects.create(
            id=new_id(),
            type="case.approved",
            subject="case-1",
            payload={},
            status=status,
            next_attempt_at=now,
            done_at=done_at,
        )


def make_delivery(tenant: Tenant, age: dt.timedelta, status: str, replay_of: Delivery | None = None) -> Delivery:
    """A delivery of so long ago with one attempt, and its event."""
    event = replay_of.event if replay_of else make_event(tenant, age)
    with time_machine.travel(clock.now() - age), scope.tenant_scope(tenant.id):
        endpoint = WebhookEndpoint.objects.first() or WebhookEndpoint.objects.create(url="https://example.com")
        made = Delivery.objects.create(
            id=new_id(),
            endpoint=endpoint,
            event=event,
            event_type="x",
            payload={},
            status=status,
            replay_of=replay_of,
        )
        DeliveryAttempt.objects.create(delivery=made, number=1, duration_ms=1, at=clock.now())
        return made


def left(model: type[Event] | type[Delivery] | type[DeliveryAttempt]) -> set[object]:
    with scope.all_tenants():
        return set(model.objects.values_list("pk", flat=True))


@pytest.mark.django_db(transaction=True)
def test_ended_deliveries_go_with_their_attempts_and_then_their_events(tenant: Tenant, rival: Tenant) -> None:
    old = [make_delivery(owner, OLD, status) for owner in (tenant, rival) for status in ("delivered", "failed")]
    waiting = make_delivery(tenant, OLD, "pending")
    young = make_delivery(tenant, OLD - 2 * DAY, "delivered")
    replays = [make_delivery(tenant, DAY, "delivered", replay_of=old[0]) for _ in range(2)]
    with scope.all_tenants():
        entries = AuditEntry.objects.count()
    forget()
    kept = [waiting, young, *replays, old[0]]
    assert left(Delivery) == {delivery.pk for delivery in kept}
    assert left(Event) == {delivery.event_id for delivery in kept}
    with scope.all_tenants():
        assert set(DeliveryAttempt.objects.values_list("delivery_id", flat=True)) == left(Delivery)
        assert AuditEntry.objects.count() == entries, "the audit trail is left alone"
    with time_machine.travel(clock.now() + OLD):
        forget()  # the replays go first, then what they replayed
        forget()
    assert left(Delivery) == {waiting.pk}
    assert left(Event) == {waiting.event_id}


@pytest.mark.django_db
def test_events_that_wait_or_were_given_up_stay(tenant: Tenant) -> None:
    days = KEPT_DAYS["events"]
    gone, young = make_event(tenant, (days + 1) * DAY), make_event(tenant, (days - 1) * DAY)
    kept = [make_event(tenant, 10 * OLD, status) for status in ("pending", "dead")]
    late = make_event(tenant, (days + 1) * DAY)
    with scope.all_tenants():
        Event.objects.filter(pk=late.pk).update(done_at=clock.now())
    assert forget_events() == 1
    assert left(Event) == {young.pk, late.pk, *(event.pk for event in kept)}
    assert gone.pk not in left(Event)


@pytest.mark.django_db(transaction=True)
def test_in_batches_past_what_somebody_holds(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "_AT_ONCE", 2)
    made = [make_delivery(tenant, OLD, "delivered") for _ in range(7)]
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with scope.all_tenants(), transaction.atomic():
            Delivery.objects.select_for_update().get(pk=made[3].pk)
            held.set()
            done.wait(20)
        connection.close()

    holder = threading.Thread(target=hold)
    holder.start()
    assert held.wait(20)
    try:
        assert forget_deliveries() == 6
    finally:
        done.set()
        holder.join()
    assert left(Delivery) == {made[3].pk}
    assert forget_deliveries() == 1


def test_it_is_in_the_schedule() -> None:
    assert forget.name in {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
