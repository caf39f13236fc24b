"""Deliveries that somebody asks for: a test of an endpoint, and one more time what was delivered or given up."""

from django.db import transaction

from integrations_site.audit.services import announce
from integrations_site.audit.types import Actor
from integrations_site.kernel import clock
from integrations_site.kernel.errors import ConflictError
from notifications.models import Delivery, Event, WebhookEndpoint
from notifications.sdk.catalog import EventType
from notifications.services.fan_out import DELIVER_WEBHOOKS, make_delivery
from notifications.services.waking import wake_after_commit


class WebhookDisabledError(ConflictError):
    """Nothing is sent to a disabled endpoint."""

    code = "WEBHOOK_DISABLED"


class DeliveryPendingError(ConflictError):
    """The delivery is not finished yet."""

    code = "DELIVERY_PENDING"


@transaction.atomic
def send_test(*, endpoint: WebhookEndpoint, actor: Actor) -> Delivery:
    """Has a `webhook.test` event delivered to this endpoint, whatever it subscribed to. Raises WebhookDisabledError."""
    _require_active(endpoint)
    announce(action="webhook.tested", actor=actor, subject=endpoint.public_id)
    now = clock.now()
    event = Event.objects.create(
        type=EventType.WEBHOOK_TEST,
        subject=endpoint.public_id,
        payload={"webhook_id": endpoint.public_id},
        status=Event.Status.DONE,
        next_attempt_at=now,
        done_at=now,
    )
    return _enqueued(make_delivery(event, endpoint, next_attempt_at=now))


@transaction.atomic
def replay(*, delivery: Delivery, actor: Actor) -> Delivery:
    """Has a finished delivery made once more, with the same message id, so that a receiver can tell.

    Raises DeliveryPendingError and WebhookDisabledError.
    """
    _require_active(delivery.endpoint)
    if delivery.status == Delivery.Status.PENDING:
        raise DeliveryPendingError("The delivery is still being tried; it can be replayed once it has ended")
    data = {"delivery": delivery.public_id, "event": delivery.event_type}
    announce(action="webhook.delivery_replayed", actor=actor, subject=delivery.endpoint.public_id, data=data)
    return _enqueued(
        Delivery(
            endpoint=delivery.endpoint,
            event_id=delivery.event_id,
            event_type=delivery.event_type,
            payload=delivery.payload,
            replay_of=delivery,
            next_attempt_at=clock.now(),
        )
    )


def _require_active(endpoint: WebhookEndpoint) -> None:
    if not endpoint.is_active:
        raise WebhookDisabledError("The webhook is disabled; enable it first")


def _enqueued(delivery: Delivery) -> Delivery:
    delivery.save(force_insert=True)
    wake_after_commit(DELIVER_WEBHOOKS)
    return delivery
