"""How long idempotency keys count. It stands apart from what answers requests, which a worker has no use for."""

import datetime as dt

from django.conf import settings

from integrations_site.api.models import IdempotencyKey
from integrations_site.kernel import clock
from integrations_site.tenancy import scope
from integrations_site.tenancy.retention import remove


def oldest() -> dt.datetime:
    """When the oldest key that counts may have been used."""
    return clock.now() - dt.timedelta(hours=settings.IDEMPOTENCY_KEY_HOURS)


def purge() -> int:
    """Forgets the keys whose day is over; how many there were."""
    with scope.all_tenants():
        return remove(IdempotencyKey.objects.filter(created_at__lt=oldest()))
