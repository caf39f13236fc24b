"""Events (the outbox), and the webhooks that are told of them."""

from notifications.models.events import Event
from notifications.models.webhooks import Delivery, DeliveryAttempt, WebhookEndpoint

__all__ = ["Delivery", "DeliveryAttempt", "Event", "WebhookEndpoint"]
