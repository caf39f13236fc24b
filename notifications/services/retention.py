"""Forgetting what was told: deliveries that have ended, events that were handled, endpoints of what is gone."""

from django.conf import settings
from django.db.models import Exists, OuterRef

from integrations_site.audit.types import HUB
from integrations_site.kernel import ids
from integrations_site.tenancy import scope
from integrations_site.tenancy.retention import days_ago, remove
from notifications.models import Delivery, Event, WebhookEndpoint
from notifications.services.endpoints import delete_endpoint


def forget_deliveries() -> int:
    """Removes deliveries that were made or given up RETENTION_DAYS ago, with their attempts; how many.

    One that was replayed stays as long as its replay. Ids are ordered by time, so only what is old is looked at.
    """
    until = days_ago(settings.RETENTION_DAYS["deliveries"])
    with scope.all_tenants():
        old = Delivery.objects.filter(id__lt=ids.first_at(until), updated_at__lt=until)
        replayed = Exists(Delivery.objects.filter(replay_of=OuterRef("pk")))
        return remove(old.exclude(status=Delivery.Status.PENDING).exclude(replayed))


def forget_retired_endpoints() -> int:
    """Removes endpoints whose subject is gone, once all that they were told is forgotten; how many."""
    until = days_ago(settings.RETENTION_DAYS["deliveries"])
    with scope.all_tenants():
        found = list(
            WebhookEndpoint.objects.select_related("tenant")
            .filter(retired_at__lt=until)
            .exclude(Exists(Delivery.objects.filter(endpoint=OuterRef("pk"))))
        )
    for endpoint in found:
        with scope.tenant_scope(endpoint.tenant.pk):
            delete_endpoint(endpoint=endpoint, actor=HUB)
    return len(found)


def forget_events() -> int:
    """Removes events that were handled RETENTION_DAYS ago, unless a delivery tells of them; how many.

    What waits or was given up stays until a person has seen to it.
    """
    until = days_ago(settings.RETENTION_DAYS["events"])
    with scope.all_tenants():
        old = Event.objects.filter(id__lt=ids.first_at(until), status=Event.Status.DONE, done_at__lt=until)
        return remove(old.exclude(Exists(Delivery.objects.filter(event=OuterRef("pk")))))
