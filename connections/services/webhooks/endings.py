"""Connections that the vendor's side has ended."""

import datetime as dt

from django.db import transaction

from connections.models import Connection
from connections.services import links
from connections.services.connections import locked_connection
from connections.services.integrations import locked
from connections.services.standing import settle_status
from integrations_site.audit.services import announce
from integrations_site.audit.types import HUB
from integrations_site.kernel import clock


@transaction.atomic
def end_by_vendor(*, connection: Connection, reason: str, at: dt.datetime) -> bool:
    """Cuts a connection whose access was taken back at the vendor at that time, and tells its owner once.

    Nothing is cut, and the answer is False, where the account was connected since, or is not connected: what ended was
    another access. Doing it again changes nothing. Raises NotFoundError once the connection is removed.
    """
    integration = locked(connection.integration)
    row = locked_connection(connection)
    if row.status == Connection.Status.PENDING or row.connected_at is None or row.connected_at >= at:
        return False
    if row.status == Connection.Status.REVOKED:
        return True
    announce(action="connection.ended", actor=HUB, subject=row.public_id, data={"reason": reason})
    links.cut(row, actor=HUB)
    row.validation_error, row.told_at = reason[:500], clock.now()
    row.save(update_fields=["validation_error", "told_at", "updated_at"])
    settle_status(integration)
    return True
