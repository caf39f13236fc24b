"""Forgetting webhooks that were handled."""

from django.conf import settings

from connections.models import InboundWebhook
from integrations_site.tenancy import scope
from integrations_site.tenancy.retention import days_ago, remove


def forget_webhooks() -> int:
    """Removes webhooks that were handled RETENTION_DAYS ago; how many. Those that wait stay."""
    with scope.all_tenants():
        return remove(InboundWebhook.objects.filter(handled_at__lt=days_ago(settings.RETENTION_DAYS["events"])))
