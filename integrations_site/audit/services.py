"""Announcing what is about to be done."""

import uuid
from collections.abc import Mapping
from typing import Any

from django.db import connection, transaction

from integrations_site.audit.models import AuditEntry
from integrations_site.audit.types import Actor
from integrations_site.kernel import clock, request_id
from integrations_site.tenancy import scope
from integrations_site.tenancy.database.statements import insert


def announce(
    *,
    action: str,
    actor: Actor,
    subject: str = "",
    data: Mapping[str, Any] | None = None,
    tenant_id: uuid.UUID | None = None,
) -> AuditEntry:
    """Writes into the audit trail what the running transaction does, and marks its row changes as announced.

    It is called before the change, inside the transaction that makes it: they stand or fall together. (The database
    marks the transaction as it takes the entry in.) `data` is JSON, with dates, decimals and UUIDs as texts, and must
    hold no secret. Raises TransactionManagementError outside a transaction.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("announce() belongs inside the transaction that makes the change")
    entry = AuditEntry(
        tenant_id=tenant_id or scope.current().tenant_id,
        action=action,
        actor=actor.id,
        actor_label=actor.label,
        subject=subject,
        data=dict(data or {}),
        request_id=request_id.current(),
        at=clock.now(),
    )
    insert(entry)
    return entry
