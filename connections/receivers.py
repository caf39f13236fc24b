"""What happens here when something happens elsewhere: events from the outbox, and what the catalog asks.

Loaded once, when Django is ready.
"""

import uuid

from django.db import transaction

from catalog.services import usage
from connections.models import Connection, Integration
from connections.services.purging import purge_connection
from integrations_site.audit.types import HUB
from integrations_site.kernel import ids
from integrations_site.tenancy.models import Tenant
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


def _integrations_of(provider_id: uuid.UUID) -> usage.Usage:
    """Integrations of all tenants, and the tenants; removed ones still refer to their provider."""
    found = Integration.objects.filter(provider_id=provider_id)
    present, removed = found.filter(removed_at=None), found.exclude(removed_at=None)
    tenants = Tenant.objects.filter(pk__in=present.values("tenant_id")).order_by("name", "pk")
    return usage.Usage(
        counts={"integrations": present.count(), "tenants": tenants.count()},
        tenants=list(tenants[: usage.MOST_NAMED]),
        kept={"removed integrations": removed.count()},
    )


usage.register("connections", _integrations_of)
