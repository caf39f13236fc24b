"""What vendors tell the hub by webhooks: taken in, then handled in the background."""

from connections.services.webhooks.handling import handle_waiting
from connections.services.webhooks.queue import HANDLE_WEBHOOKS, retry_webhook
from connections.services.webhooks.receiving import NoWebhooksError, receive_webhook
from connections.services.webhooks.retention import forget_webhooks

__all__ = [
    "HANDLE_WEBHOOKS",
    "NoWebhooksError",
    "forget_webhooks",
    "handle_waiting",
    "receive_webhook",
    "retry_webhook",
]
