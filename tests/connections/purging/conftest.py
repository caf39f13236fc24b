"""A tenant's connection with a vendor on loopback."""

from tests.connections.syncs.conftest import connect, vendor

__all__ = ["connect", "vendor"]
