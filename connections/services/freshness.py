"""How old what the hub holds is: each data type of a connection has an age of its own."""

import datetime as dt
import uuid
from collections.abc import Collection, Mapping

from connections.models import EntityState

Moments = Mapping[str, dt.datetime]


def read_at(connections: Collection[uuid.UUID]) -> Mapping[uuid.UUID, Moments]:
    """By connection, when each data type was last read to its end; those that never were are left out."""
    found: dict[uuid.UUID, dict[str, dt.datetime]] = {connection: {} for connection in connections}
    read = EntityState.objects.filter(connection__in=connections, last_synced_at__isnull=False)
    for connection, entity, moment in read.values_list("connection_id", "entity", "last_synced_at"):
        if moment is not None:
            found[connection][entity] = moment
    return found
