"""Integrations, their connections, syncs, and what vendors told, in the admin. Credentials are never shown."""

from connections.admin import integrations, syncs, trying, webhooks

__all__ = ["integrations", "syncs", "trying", "webhooks"]
