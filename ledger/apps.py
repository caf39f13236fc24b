from django.apps import AppConfig


class LedgerConfig(AppConfig):
    """Cases, stock, payables and the books."""

    name = "ledger"
