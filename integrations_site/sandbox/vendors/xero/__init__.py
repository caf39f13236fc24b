"""Xero: organisations by header, pages by number, If-Modified-Since, signed webhooks with intent to receive."""

from integrations_site.sandbox.vendors.xero.vendor import Xero

__all__ = ["Xero"]
