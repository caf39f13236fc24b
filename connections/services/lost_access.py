"""Access to an account that is over: the connection waits for a person, who is told once."""

import datetime as dt
import logging
from collections.abc import Mapping
from typing import Any

from django.db import transaction

from connections.models import Connection, Credential
from connections.services.secrets.keeping import opened
from connections.services.standing import locked_with_standing, settle_status
from connections.services.telling import connection_payload
from integrations_site.audit.services import announce
from integrations_site.audit.types import HUB
from integrations_site.kernel import clock
from integrations_site.kernel.errors import HubError
from notifications.sdk.catalog import EventType
from notifications.services.events import publish

_CAN_LOSE = (Connection.Status.ACTIVE, Connection.Status.ERROR)
_logger = logging.getLogger(__name__)


@transaction.atomic
def lose_access(
    connection: Connection,
    reason: str,
    *,
    credential: Credential | None = None,
    status: Connection.Status = Connection.Status.EXPIRED,
) -> bool:
    """Has the connection wait to be connected again, and tells its owner, once; whether it does.

    Its status is `expired` where the vendor does not accept the credential any more, `error` where that is good for
    something else than it should be. Nothing happens where what is over is not what the connection has now: it has lost
    its access already, it was connected anew since `connection` was read, or another version than the given
    credential's is stored.
    """
    row = locked_with_standing(connection.pk)
    is_known = row.status == status or row.status not in _CAN_LOSE
    # The same key may have been entered once more, hence the time as well.
    if is_known or row.connected_at != connection.connected_at:
        return False
    if credential is not None and not _is_stored(credential):
        return False
    announce(action=EventType.CONNECTION_EXPIRED, actor=HUB, subject=row.public_id, data={"reason": reason})
    row.status, row.validation_error = status, reason[:500]
    is_told, row.told_at = row.told_at is not None, row.told_at or clock.now()
    row.save(update_fields=["status", "validation_error", "told_at", "updated_at"])
    settle_status(row.integration)
    if not is_told:
        payload = connection_payload(row) | {"reason": reason}
        publish(type=EventType.CONNECTION_EXPIRED, subject=row.public_id, payload=payload)
    return True


def note_refusal(
    connection: Connection, refused: Mapping[str, Any], reason: str, *, since: dt.datetime | None = None
) -> None:
    """The vendor refused a secret: access is over, if that secret is still the stored one.

    With `since` only a secret that was stored since then counts: an older one may be renewed by the next call. Nothing
    happens where the connection was ended, connected anew or renewed meanwhile. Not called inside a transaction: the
    secret may be kept outside the database.
    """
    credential = Credential.objects.select_related("connection").filter(connection_id=connection.pk).first()
    if credential is None or (since is not None and credential.updated_at < since):
        return
    try:
        is_stored = opened(credential) == refused
    except HubError as error:
        _logger.warning("Whether %s was refused its present access is not known: %s", connection, error.message)
        return
    if is_stored:
        lose_access(connection, reason, credential=credential)


def _is_stored(credential: Credential) -> bool:
    return Credential.objects.select_for_update().filter(pk=credential.pk, version=credential.version).exists()
