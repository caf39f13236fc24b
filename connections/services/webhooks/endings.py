"""Connections that the vendor's side has ended."""

from django.db import transaction

from connections.models import Connection
from connections.services import links
from connections.services.connections import locked_connection
from connections.services.integrations import locked
from connections.services.secrets import drop_secret
from connections.services.standing import settle_status
from integrations_site.audit.services import announce
from integrations_site.audit.types import HUB
from integrations_site.kernel import clock


def end_by_vendor(*, connection: Connection, reason: str) -> None:
    """Cuts a connection whose access was taken back at the vendor; the event that tells its owner is published once.

    The credential, which serves for nothing any more, is dropped. Doing it again changes nothing. Raises
    SecretStoreUnavailableError.
    """
    if connection.status == Connection.Status.REVOKED:
        return
    drop_secret(connection)
    with transaction.atomic():
        integration = locked(connection.integration)
        connection = locked_connection(connection)
        announce(action="connection.ended", actor=HUB, subject=connection.public_id, data={"reason": reason})
        links.cut(connection, actor=HUB)
        connection.validation_error, connection.told_at = reason[:500], clock.now()
        connection.save(update_fields=["validation_error", "told_at", "updated_at"])
        settle_status(integration)
