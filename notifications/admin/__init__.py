"""The outbox and the webhooks in the admin."""

from notifications.admin import events, webhooks

__all__ = ["events", "webhooks"]
