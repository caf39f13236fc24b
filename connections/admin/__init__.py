"""Integrations, their connections and syncs in the admin. Credentials are never shown."""

from connections.admin import integrations, syncs

__all__ = ["integrations", "syncs"]
