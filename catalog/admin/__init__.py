"""The catalog in the admin."""

from catalog.admin import providers

__all__ = ["providers"]
