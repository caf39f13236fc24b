from importlib import import_module

from django.apps import AppConfig


class ConnectionsConfig(AppConfig):
    """Links with third parties: consent, credentials, syncs, the records they bring, and search in them."""

    name = "connections"

    def ready(self) -> None:
        """Connects what happens here when something happens elsewhere (models can be imported from here on)."""
        import_module("connections.receivers")
