"""Publishing to the outbox."""

from collections.abc import Mapping
from typing import Any

from django.db import connection, transaction

from integrations_site.kernel import clock
from notifications.models import Event


def publish(*, type: str, subject: str, payload: Mapping[str, Any]) -> Event:
    """Writes an event of the tenant in scope into the outbox, in the caller's transaction.

    It is handled after commit, at least once, in order among the events of one subject.
    Raises TransactionManagementError outside a transaction: an event must stand or fall with what it tells.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("publish() belongs inside the transaction that makes the change")
    return Event.objects.create(type=type, subject=subject, payload=dict(payload), next_attempt_at=clock.now())
