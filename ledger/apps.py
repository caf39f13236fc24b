from importlib import import_module

from django.apps import AppConfig


class LedgerConfig(AppConfig):
    """Cases, stock, payables and the books."""

    name = "ledger"

    def ready(self) -> None:
        """Connects what the ledger does when something happens elsewhere (models can be imported from here on)."""
        import_module("ledger.receivers")
