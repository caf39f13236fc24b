"""Publishing to the outbox, and looking after what it could not deliver."""

from collections.abc import Mapping
from typing import Any

import orjson
from django.db import connection, transaction

from integrations_site.audit.services import announce
from integrations_site.audit.types import Actor
from integrations_site.kernel import clock, ids
from integrations_site.kernel.errors import ConflictError
from integrations_site.tenancy import scope
from integrations_site.tenancy.database.statements import array, insert, send
from notifications.models import Event
from notifications.services.waking import wake_after_commit

_INSERT = """
INSERT INTO notifications_event (id, tenant_id, created_at, updated_at, type, subject, payload, status, attempts,
    next_attempt_at, last_error)
SELECT event.id, %(tenant)s, %(now)s, %(now)s, event.type, %(subject)s, event.payload::jsonb, 'pending', 0, %(now)s, ''
FROM unnest(%(ids)s::uuid[], %(types)s::text[], %(payloads)s::text[])
    WITH ORDINALITY AS event(id, type, payload, number)
ORDER BY event.number
"""
HANDLE_EVENTS = "notifications.handle_events"


class EventNotDeadError(ConflictError):
    """Only an event that was given up is retried by hand."""

    code = "EVENT_NOT_DEAD"


def publish(*, type: str, subject: str, payload: Mapping[str, Any]) -> Event:
    """Writes an event of the tenant in scope into the outbox, in the caller's transaction.

    It is handled after commit, at least once, in order among the events of one subject. `type` is one of
    `notifications.sdk.catalog.EventType`. A task queue that does not answer costs time and nothing else.
    Raises TransactionManagementError outside a transaction: an event must stand or fall with what it tells.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("publish() belongs inside the transaction that makes the change")
    event = Event(type=type, subject=subject, payload=dict(payload), next_attempt_at=clock.now())
    insert(event)
    wake_after_commit(HANDLE_EVENTS)
    return event


def publish_all(*, subject: str, events: Mapping[str, Mapping[str, Any]]) -> None:
    """Writes several events of one subject, payloads by type, in this order, with one statement; else as `publish`."""
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("publish() belongs inside the transaction that makes the change")
    send(
        _INSERT,
        {
            "tenant": scope.tenant_id(),
            "subject": subject,
            "now": clock.now(),
            "ids": array(ids.new_id() for _ in events),
            "types": array(events),
            "payloads": array(orjson.dumps(payload).decode() for payload in events.values()),
        },
    )
    wake_after_commit(HANDLE_EVENTS)


@transaction.atomic
def retry_event(*, event: Event, actor: Actor) -> None:
    """Has an event handled again that was given up. Raises EventNotDeadError."""
    announce(action="event.retried", actor=actor, subject=event.public_id, data={"type": event.type})
    dead = Event.objects.filter(pk=event.pk, status=Event.Status.DEAD)
    if not dead.update(status=Event.Status.PENDING, attempts=0, next_attempt_at=clock.now(), last_error=""):
        raise EventNotDeadError("The event was not given up, so there is nothing to retry")
    wake_after_commit(HANDLE_EVENTS)
