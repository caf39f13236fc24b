"""What events tell of integrations and connections."""

from typing import Any

from connections.models import Connection, Integration


def connection_payload(connection: Connection) -> dict[str, Any]:
    """Which connection, of which integration and provider, how it stands, and with whose account.

    The first keys of every event of a connection; some events add their own.
    """
    return {
        "connectionId": connection.public_id,
        "integrationId": connection.integration.public_id,
        "provider": connection.integration.provider.provider,
        "status": connection.status,
        "accountId": connection.account_id,
        "accountName": connection.account_name,
        "permissions": connection.permissions,
    }


def integration_payload(integration: Integration) -> dict[str, Any]:
    """Which integration, and of which provider."""
    return {
        "integrationId": integration.public_id,
        "provider": integration.provider.provider,
        "name": integration.name,
    }
