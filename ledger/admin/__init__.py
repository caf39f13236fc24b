"""The ledger in the admin: to read, and to act on through the services."""

from ledger.admin import books, cases, masters, stock

__all__ = ["books", "cases", "masters", "stock"]
