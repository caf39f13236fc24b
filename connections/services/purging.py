"""Purging the records of connections that were removed."""

from django.db import connection as database
from django.db import transaction

from connections.models import Connection
from integrations_site.audit.services import announce
from integrations_site.audit.types import HUB

_BATCH = 10_000
# Only of a connection that is removed, looked up again with each batch.
_PURGE = """
DELETE FROM connections_record WHERE id IN (
    SELECT record.id FROM connections_record AS record
    JOIN connections_connection AS connection ON connection.id = record.connection_id
    WHERE record.connection_id = %s AND connection.removed_at IS NOT NULL
    LIMIT %s
)
"""


def purge_records(*, connection: Connection) -> int:
    """Deletes the records of a removed connection, some thousands at a time; how many there were.

    Stopped anywhere it goes on where it was; done again it finds nothing.
    """
    total = 0
    while deleted := _purge_some(connection):
        total += deleted
    return total


@transaction.atomic
def _purge_some(connection: Connection) -> int:
    with database.cursor() as cursor:
        announce(action="connection.records_purged", actor=HUB, subject=connection.public_id, data={"at_most": _BATCH})
        cursor.execute(_PURGE, (connection.pk, _BATCH))
        deleted: int = cursor.rowcount
        if not deleted:
            transaction.set_rollback(True)
    return deleted
