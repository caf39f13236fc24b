"""What happened to an integration lately."""

import datetime as dt
import uuid
from collections.abc import Sequence

from django.db.models import Q

from connections.models import Activity, Integration
from integrations_site.kernel import clock

TIME_RANGES = {
    "1h": dt.timedelta(hours=1),
    "24h": dt.timedelta(hours=24),
    "7d": dt.timedelta(days=7),
    "30d": dt.timedelta(days=30),
}


def activities_of(
    *, integration: Integration, person: uuid.UUID | None, time_range: str, limit: int
) -> tuple[Sequence[Activity], int]:
    """The newest activities within one of TIME_RANGES, and how many there are; none of others' own connections."""
    whose = Q(connection=None) | Q(connection__user=None)
    if person:
        whose |= Q(connection__user=person)
    since = clock.now() - TIME_RANGES[time_range]
    found = Activity.objects.filter(whose, integration=integration, at__gte=since).order_by("-at", "-id")
    return list(found[:limit]), found.count()
