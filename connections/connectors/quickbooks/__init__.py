"""QuickBooks Online: records by its query language, deletions by its change data capture."""

from connections.connectors.quickbooks.connector import QuickBooksConnector

__all__ = ["QuickBooksConnector"]
