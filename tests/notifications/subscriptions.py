"""Endpoints of tests, and what became of their deliveries."""

from integrations_site.audit.types import Actor
from integrations_site.tenancy import scope
from integrations_site.tenancy.models import Tenant
from notifications.models import Delivery, WebhookEndpoint
from notifications.services.endpoints import create_endpoint


def subscribe(tenant: Tenant, actor: Actor, url: str, *events: str) -> tuple[WebhookEndpoint, str]:
    """An endpoint of the tenant for these events (none: all), and its secret."""
    with scope.tenant_scope(tenant.id):
        return create_endpoint(url=url, events=events, description="", actor=actor)


def deliveries(endpoint: WebhookEndpoint) -> list[Delivery]:
    """What there is to deliver to the endpoint or was, the oldest first, with the attempts."""
    with scope.all_tenants():
        return list(Delivery.objects.filter(endpoint=endpoint).order_by("created_at").prefetch_related("attempt_log"))


def only_delivery(endpoint: WebhookEndpoint) -> Delivery:
    """The endpoint's only delivery."""
    [delivery] = deliveries(endpoint)
    return delivery


def reloaded(endpoint: WebhookEndpoint) -> WebhookEndpoint:
    """The endpoint as the database has it now."""
    with scope.all_tenants():
        return WebhookEndpoint.objects.get(pk=endpoint.pk)
