"""What waits in the outbox and on its way to webhooks, and what was given up; in the present scope."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Count, Min, Q

from integrations_site.kernel import clock, ids
from notifications.models import Delivery, Event, WebhookEndpoint


@dataclass(frozen=True, slots=True)
class Backlog:
    """How much waits, for how long the oldest of it, and how much was given up since `since`."""

    pending: int
    oldest_seconds: float
    given_up: int


@dataclass(frozen=True, slots=True)
class FailingEndpoint:
    """A webhook that does not take what it is sent."""

    id: str
    url: str
    reason: str


def outbox(*, since: dt.datetime) -> Backlog:
    """Events that nobody has handled yet."""
    pending = Event.objects.filter(status=Event.Status.PENDING).aggregate(count=Count("id"), oldest=Min("created_at"))
    dead = Event.objects.filter(status=Event.Status.DEAD, id__gte=ids.first_at(since)).count()
    return Backlog(pending["count"], _age(pending["oldest"]), dead)


def deliveries(*, since: dt.datetime) -> Backlog:
    """Deliveries that are due and not made yet; a retry that is planned for later does not wait."""
    due = Delivery.objects.filter(status=Delivery.Status.PENDING, next_attempt_at__lte=clock.now())
    waiting = due.aggregate(count=Count("id"), oldest=Min("next_attempt_at"))
    failed = Delivery.objects.filter(status=Delivery.Status.FAILED, id__gte=ids.first_at(since)).count()
    return Backlog(waiting["count"], _age(waiting["oldest"]), failed)


def count_by_payload(*, type: str, key: str, since: dt.datetime) -> dict[str, int]:
    """How many events of a type were published from `since` on, by what their payload says under `key`."""
    found = Event.objects.filter(type=type, id__gte=ids.first_at(since))
    return {str(value): count for value, count in found.values_list(f"payload__{key}").annotate(Count("id"))}


def failing_endpoints(*, limit: int) -> list[FailingEndpoint]:
    """Webhooks that fail or were switched off for failing, those that fail longest first."""
    failing = WebhookEndpoint.objects.filter(Q(failing_since__isnull=False) | ~Q(disabled_reason=""))
    return [
        FailingEndpoint(endpoint.public_id, endpoint.url, endpoint.disabled_reason)
        for endpoint in failing.order_by("failing_since")[:limit]
    ]


def _age(instant: dt.datetime | None) -> float:
    return max((clock.now() - instant).total_seconds(), 0.0) if instant else 0.0
