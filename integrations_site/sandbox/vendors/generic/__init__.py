"""A provider that nobody coded, with every common way of paging."""

from integrations_site.sandbox.vendors.generic.vendor import Generic

__all__ = ["Generic"]
