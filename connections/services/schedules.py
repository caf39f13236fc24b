"""When a connection is synced by the clock: its setting `syncFrequency`, in UTC."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from celery.schedules import ParseException, crontab
from django.db.models import TextField, Value
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Coalesce

from connections.models import Connection, Integration

FREQUENCY = "syncFrequency"
_EVERY = {"hourly": dt.timedelta(hours=1), "daily": dt.timedelta(days=1), "weekly": dt.timedelta(weeks=1)}
_CRON_FIELDS = ("minute", "hour", "day_of_month", "month_of_year", "day_of_week")
# Connections that were made together are not synced together: each is late by up to a tenth of the time between.
_SPREAD = 10
_LONGEST_SPREAD = dt.timedelta(minutes=30)


def next_sync_at(connection: Connection, *, after: dt.datetime) -> dt.datetime | None:
    """When the next sync is due, the last one having been at `after`; None where nothing is scheduled.

    The connection's own setting comes before its integration's. A cron expression is kept to the minute, the others
    are spread by up to a tenth, always the same for a connection.
    """
    frequency = frequency_of(connection)
    if isinstance(frequency, Mapping):
        return _next_by_cron(str(frequency.get("cron", "")), after)
    every = _EVERY.get(frequency) if isinstance(frequency, str) else None
    if every is None:
        return None
    spread = min(every / _SPREAD, _LONGEST_SPREAD)
    return after + every + spread * (connection.pk.int % 1000 / 1000)


def frequency_of(connection: Connection) -> Any:
    """The setting that holds for the connection; None where there is none."""
    own = connection.settings.get(FREQUENCY)
    return own if own is not None else connection.integration.settings.get(FREQUENCY)


def plan_anew(integration: Integration) -> None:
    """Has the next sweep plan the connections that follow the integration's frequency, in the caller's transaction."""
    own = Coalesce(KeyTextTransform(FREQUENCY, "settings"), Value("", TextField()))  # of null as well
    planned = Connection.objects.filter(integration=integration, next_sync_at__isnull=False)
    planned.alias(own=own).filter(own="").update(next_sync_at=None)


def _next_by_cron(text: str, after: dt.datetime) -> dt.datetime | None:
    """None where the text is no expression, or of a day that never comes: nothing is scheduled then."""
    try:
        fields = dict(zip(_CRON_FIELDS, text.split(), strict=True))
        return after + crontab(**fields, nowfun=lambda: after).remaining_estimate(after)
    except (ParseException, ValueError, RuntimeError):
        return None
