"""QuickBooks Online: queries by position, change data capture, company files by realm, signed webhooks."""

from integrations_site.sandbox.vendors.quickbooks.vendor import QuickBooks

__all__ = ["QuickBooks"]
