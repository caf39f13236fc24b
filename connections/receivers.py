"""What happens here when something happens elsewhere: events from the outbox, and what the catalog asks.

Loaded once, when Django is ready.
"""

import uuid
from collections.abc import Mapping

from django.db import transaction

from catalog.services import usage
from connections.models import Connection, Integration
from connections.services.purging import purge_connection
from integrations_site.audit.types import HUB
from integrations_site.kernel import ids
from notifications.sdk.catalog import EventType
from notifications.sdk.events import EventData
from notifications.services.handlers import on
from notifications.services.subject_endpoints import retire

# A handler ends within a minute.
_PURGE_SECONDS = 30.0


@on(EventType.CONNECTION_REMOVED)
def purge(event: EventData) -> None:
    """Receives `connection.removed`: what came from the vendor is purged, or begun to be; the sweep does the rest."""
    key = ids.parse(Connection.id_kind, event.subject)
    if key is not None:
        purge_connection(key, seconds=_PURGE_SECONDS)


@on(EventType.CONNECTION_REMOVED)
def retire_webhook(event: EventData) -> None:
    """Receives `connection.removed`: the webhook of the connection gets what happened until now, and nothing more."""
    with transaction.atomic():
        retire(subject=event.subject, actor=HUB)


def _integrations_of(provider_id: uuid.UUID) -> Mapping[str, int]:
    """Integrations of all tenants, and the tenants; removed ones still refer to their provider."""
    found = Integration.objects.filter(provider_id=provider_id)
    return {
        "integrations": found.filter(removed_at=None).count(),
        "removed integrations": found.filter(removed_at__isnull=False).count(),
        "tenants": found.values("tenant_id").distinct().count(),
    }


usage.register("connections", _integrations_of)
