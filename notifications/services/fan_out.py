"""Passing events on to the webhooks that want them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from integrations_site.kernel import clock
from notifications.models import Delivery, Event, WebhookEndpoint
from notifications.sdk.catalog import SUBSCRIBABLE
from notifications.services.waking import wake_after_commit

DELIVER_WEBHOOKS = "notifications.deliver_webhooks"


def fan_out(events: Sequence[Event]) -> None:
    """Writes a delivery for each event and each active endpoint that wants it, in the caller's transaction.

    An endpoint is told of what happened from its creation on. Done again, it changes nothing.
    """
    endpoints = _endpoints(events)
    due = clock.now()
    deliveries = [
        make_delivery(event, endpoint, next_attempt_at=due)
        for event in events
        for endpoint in endpoints[event.tenant_id]
        if _wants(endpoint, event)
    ]
    Delivery.objects.bulk_create(deliveries, ignore_conflicts=True)
    if deliveries:
        wake_after_commit(DELIVER_WEBHOOKS)


def make_delivery(event: Event, endpoint: WebhookEndpoint, **fields: Any) -> Delivery:
    """An unsaved delivery of the event to the endpoint."""
    return Delivery(
        tenant_id=endpoint.tenant_id,
        endpoint=endpoint,
        event=event,
        event_type=event.type,
        payload=_body(event),
        **fields,
    )


def _endpoints(events: Sequence[Event]) -> Mapping[Any, list[WebhookEndpoint]]:
    found: dict[Any, list[WebhookEndpoint]] = defaultdict(list)
    tenants, subjects = {event.tenant_id for event in events}, {event.subject for event in events}
    for endpoint in WebhookEndpoint.objects.filter(tenant__in=tenants, subject__in=["", *subjects], is_active=True):
        found[endpoint.tenant_id].append(endpoint)
    return found


def _wants(endpoint: WebhookEndpoint, event: Event) -> bool:
    wanted = endpoint.events or SUBSCRIBABLE
    concerns = endpoint.subject in {"", event.subject}
    return concerns and event.type in wanted and endpoint.created_at <= event.created_at


def _body(event: Event) -> dict[str, Any]:
    """Document 000's form: the type of the event, what it tells, and when it happened."""
    return {"event": event.type, "timestamp": clock.iso(event.created_at), **event.payload}
