"""What happens here when something happens elsewhere: events from the outbox, and what the catalog asks.

Loaded once, when Django is ready.
"""

import uuid
from collections.abc import Mapping

from catalog.services import usage
from connections.models import Connection, Integration
from connections.services.purging import purge_records
from integrations_site.kernel import ids
from notifications.sdk.catalog import EventType
from notifications.sdk.events import EventData
from notifications.services.handlers import on


@on(EventType.CONNECTION_REMOVED)
def purge(event: EventData) -> None:
    """Receives `connection.removed`: what was synced over the connection is deleted."""
    key = ids.parse(Connection.id_kind, event.payload["connection_id"])
    removed = Connection.objects.filter(pk=key, removed_at__isnull=False) if key else ()
    for connection in removed:
        purge_records(connection=connection)


def _integrations_of(provider_id: uuid.UUID) -> Mapping[str, int]:
    """Integrations of all tenants, and the tenants; removed ones still refer to their provider."""
    found = Integration.objects.filter(provider_id=provider_id)
    return {
        "integrations": found.filter(removed_at=None).count(),
        "removed integrations": found.filter(removed_at__isnull=False).count(),
        "tenants": found.values("tenant_id").distinct().count(),
    }


usage.register("connections", _integrations_of)
