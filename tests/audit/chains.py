"""Working on chains: announcing, in many threads at once, and as somebody with the owner's rights."""

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import DatabaseError, connection, transaction
from django.db.models import Q

from integrations_site.audit.models import AuditEntry
from integrations_site.audit.services import announce
from integrations_site.audit.types import Actor
from integrations_site.tenancy import scope
from integrations_site.tenancy.ownership import as_owner
from tests.concurrency import run_together

CLERK = Actor("user-clerk", "clerk@example.com")


def announce_in(tenant_id: uuid.UUID, *actions: str) -> None:
    """One committed transaction of the tenant with an entry for each action."""
    with scope.tenant_scope(tenant_id), transaction.atomic():
        for action in actions:
            announce(action=action, actor=CLERK, subject="case-1", data={"amount": 1.5, "text": "ü{}"})


def entries(tenant_id: uuid.UUID | None) -> list[AuditEntry]:
    """A chain in its order."""
    with scope.all_tenants():
        return list(AuditEntry.objects.filter(Q(tenant_id=tenant_id)).order_by("number"))


def rows_recorded(tenant_id: uuid.UUID | None, subject: str) -> list[tuple[str, dict[str, Any]]]:
    """What was recorded of a table's unannounced changes: action and data, in order."""
    return [(entry.action, entry.data) for entry in entries(tenant_id) if entry.subject == subject]


def at_once(*works: Callable[[], None]) -> list[DatabaseError]:
    """Runs every work in a thread of its own, all started together; what the database refused."""

    def act(number: int) -> DatabaseError | None:
        try:
            works[number]()
        except DatabaseError as error:
            return error
        finally:
            connection.close()
        return None

    return [error for error in run_together(act, len(works)) if error]


@contextmanager
def tampering() -> Iterator[Callable[..., None]]:
    """SQL as the owner of the tables, the audit trail's triggers disabled."""
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE audit_auditentry DISABLE TRIGGER USER")
        try:
            yield cursor.execute
        finally:
            cursor.execute("ALTER TABLE audit_auditentry ENABLE TRIGGER USER")
