"""What events tell of a connection."""

from typing import Any

from connections.models import Connection


def connection_payload(connection: Connection) -> dict[str, Any]:
    """Which connection, of which integration and provider, and with whose account."""
    return {
        "connectionId": connection.public_id,
        "integrationId": connection.integration.public_id,
        "service": connection.integration.provider.provider,
        "accountName": connection.account_name,
    }
