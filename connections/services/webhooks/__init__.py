"""What vendors tell the hub by webhooks: taken in, then handled in the background."""

from connections.services.webhooks.handling import HANDLE_WEBHOOKS, handle_waiting
from connections.services.webhooks.receiving import receive_webhook
from connections.services.webhooks.retention import forget_webhooks

__all__ = ["HANDLE_WEBHOOKS", "forget_webhooks", "handle_waiting", "receive_webhook"]
