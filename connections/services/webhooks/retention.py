"""Forgetting webhooks that were handled, or given up, and what they said of accounts that nobody has."""

from django.conf import settings
from django.db.models import Q

from connections.models import InboundWebhook
from connections.services.webhook_bodies import forget_where_nobodys_any_more
from integrations_site.tenancy import scope
from integrations_site.tenancy.retention import days_ago, remove


def forget_webhooks() -> int:
    """Removes webhooks that were handled RETENTION_DAYS ago, or came and were given up; how many. Others stay.

    Of those that stay and whose account nobody has any more the body goes.
    """
    handled, failed = days_ago(settings.RETENTION_DAYS["events"]), days_ago(settings.RETENTION_DAYS["failed_tasks"])
    given_up = Q(status=InboundWebhook.Status.FAILED, received_at__lt=failed)
    with scope.all_tenants():
        forget_where_nobodys_any_more()
        return remove(InboundWebhook.objects.filter(Q(handled_at__lt=handled) | given_up))
