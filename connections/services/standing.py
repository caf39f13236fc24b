"""How an integration stands, which follows from its connections."""

import uuid

from connections.models import Connection, Integration
from integrations_site.tenancy.database.statements import send, together

_LOCK_INTEGRATION = """
SELECT FROM connections_integration
WHERE id = (SELECT integration_id FROM connections_connection WHERE id = %(connection)s) FOR UPDATE
"""
_LOCK_CONNECTION = "SELECT FROM connections_connection WHERE id = %(connection)s FOR UPDATE"
_TROUBLED = (Connection.Status.ERROR, Connection.Status.EXPIRED)


def locked_with_standing(connection_id: uuid.UUID) -> Connection:
    """The connection as it is now, locked after its integration: in this order everywhere, so that nobody deadlocks."""
    standing = Integration.objects.select_for_update(of=("self",)).select_related("provider")
    integration = standing.get(connections=connection_id)
    row = Connection.objects.select_for_update(of=("self",)).get(pk=connection_id)
    row.integration = integration
    return row


def lock_standing(connection_id: uuid.UUID) -> None:
    """The same locks, for whoever need not know how the connection is now."""
    with together():
        for lock in (_LOCK_INTEGRATION, _LOCK_CONNECTION):
            send(lock, {"connection": connection_id})


def settle_status(integration: Integration) -> None:
    """Writes the status that follows from the integration's connections, in the caller's transaction.

    Connected: at least one is active. Error: none is, and one needs a person. Pending: nobody has connected yet. A
    disabled integration stays so. The caller has announced the change that made this necessary.
    """
    if integration.status == Integration.Status.DISABLED:
        return
    status = status_of(integration)
    if status != integration.status:
        integration.status = status
        integration.save(update_fields=["status", "updated_at"])


def status_of(integration: Integration) -> Integration.Status:
    """The status of an integration that is not disabled."""
    found = set(
        Connection.objects.filter(integration=integration, removed_at=None).values_list("status", flat=True).distinct()
    )
    if Connection.Status.ACTIVE in found:
        return Integration.Status.CONNECTED
    return Integration.Status.ERROR if found.intersection(_TROUBLED) else Integration.Status.PENDING
