"""Handling what stands in the outbox: each event at least once, in order among the events of one subject.

A worker *claims* due events with one statement that leases them to it; the same transaction passes them on to webhooks
and finishes those that nobody in the hub handles. Handlers then run outside any transaction. What is claimed stays
pending until its handlers have succeeded, so later events of its subject wait; where a worker dies, the lease ends and
another takes over. A worker knows by the end of the lease that it wrote whether the event is still its own.
"""

import datetime as dt
import logging
import uuid
from collections.abc import Sequence
from typing import cast

from django.db import transaction
from django.db.models import F, QuerySet

from integrations_site.kernel import clock
from integrations_site.tenancy import scope
from integrations_site.tenancy.failures import describe
from notifications.models import Event
from notifications.sdk.events import EventData
from notifications.services.backoff import exponential
from notifications.services.fan_out import fan_out
from notifications.services.handlers import handlers_of

# How long a claimed event belongs to its worker; the time begins anew when the event's turn comes.
LEASE = dt.timedelta(minutes=2)
MAX_ATTEMPTS = 10
_FIRST_DELAY, _LONGEST_DELAY = 5.0, 1800.0
_logger = logging.getLogger(__name__)

# Locked rows are skipped: another worker is claiming them. An event whose subject has an earlier pending one waits. To
# find that out costs time in proportion to the backlog, so a claim takes many.
_CLAIM = """
UPDATE notifications_event SET next_attempt_at = %(leased_until)s, updated_at = %(now)s
WHERE id IN (
    SELECT id FROM notifications_event AS event
    WHERE status = 'pending' AND next_attempt_at <= %(now)s AND NOT EXISTS (
        SELECT FROM notifications_event AS earlier
        WHERE earlier.status = 'pending' AND earlier.subject = event.subject AND earlier.tenant_id = event.tenant_id
            AND earlier.position < event.position)
    ORDER BY next_attempt_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
RETURNING *
"""


def handle_due(*, limit: int = 100) -> int:
    """Handles events that are due, at most `limit`, and returns how many it claimed.

    What a handler raises is recorded on its event, which is tried again later and given up after MAX_ATTEMPTS.
    """
    with scope.all_tenants():
        _bury()
        events = _claim(limit)
        for event in events:
            if handlers_of(event.type):
                _handle(event)
    return len(events)


@transaction.atomic
def _claim(limit: int) -> Sequence[Event]:
    now = clock.now()
    claimed = Event.objects.raw(_CLAIM, {"now": now, "leased_until": now + LEASE, "limit": limit})
    events = sorted(claimed, key=lambda event: event.position)
    fan_out(events)
    _finish(Event.objects.filter(id__in=[event.id for event in events if not handlers_of(event.type)]))
    return events


def _handle(event: Event) -> None:
    """Runs the handlers of an event, if it is still this worker's, and finishes it or puts it off."""
    lease = clock.now() + LEASE
    if not _leased(event, event.next_attempt_at).update(attempts=F("attempts") + 1, next_attempt_at=lease):
        return
    data = _data(event)
    try:
        with scope.tenant_scope(data.tenant_id):
            for handler in handlers_of(event.type):
                handler(data)
    except Exception as error:
        _put_off(_leased(event, lease), event.attempts + 1, error)
    else:
        _finish(_leased(event, lease))


def _leased(event: Event, until: dt.datetime) -> QuerySet[Event]:
    return Event.objects.filter(id=event.id, status=Event.Status.PENDING, next_attempt_at=until)


def _finish(events: QuerySet[Event]) -> None:
    now = clock.now()
    events.update(status=Event.Status.DONE, done_at=now, updated_at=now, last_error="")


def _put_off(event: QuerySet[Event], attempt: int, error: Exception) -> None:
    is_last, told = attempt >= MAX_ATTEMPTS, describe(error)
    delay = exponential(attempt, first=_FIRST_DELAY, longest=_LONGEST_DELAY)
    event.update(
        status=Event.Status.DEAD if is_last else Event.Status.PENDING,
        next_attempt_at=clock.now() + delay,
        last_error=told,
    )
    level = logging.ERROR if is_last else logging.WARNING
    _logger.log(level, "A handler failed at attempt %s of %s: %s", attempt, MAX_ATTEMPTS, told)


def _bury() -> None:
    """Gives up events that were begun as often as allowed and never came back: they kill whoever handles them."""
    due = Event.objects.filter(status=Event.Status.PENDING, next_attempt_at__lte=clock.now())
    if count := due.filter(attempts__gte=MAX_ATTEMPTS).update(
        status=Event.Status.DEAD, last_error="The worker died at each attempt"
    ):
        _logger.error("%s events were given up: their workers died", count)


def _data(event: Event) -> EventData:
    return EventData(
        event.id, cast(uuid.UUID, event.tenant_id), event.type, event.subject, event.payload, event.created_at
    )
