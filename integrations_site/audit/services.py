"""Announcing what is about to be done."""

import json
import uuid
from collections.abc import Mapping
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, transaction

from integrations_site.audit.types import Actor
from integrations_site.kernel import clock, ids, request_id
from integrations_site.tenancy import scope
from integrations_site.tenancy.database.statements import send

_INSERT = """
INSERT INTO audit_auditentry (id, tenant_id, action, actor, actor_label, subject, data, request_id, at)
VALUES (%s, %s, %s, %s, %s, %s, %s::text::jsonb, %s, %s)
"""


def announce(
    *,
    action: str,
    actor: Actor,
    subject: str = "",
    data: Mapping[str, Any] | None = None,
    tenant_id: uuid.UUID | None = None,
) -> uuid.UUID:
    """Writes into the audit trail what the running transaction does, and marks its row changes as announced.

    It is called before the change, inside the transaction that makes it: they stand or fall together. (The database
    marks the transaction as it takes the entry in.) `data` is JSON, with dates, decimals and UUIDs as texts, and must
    hold no secret. The answer is the entry's id. Raises TransactionManagementError outside a transaction.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("announce() belongs inside the transaction that makes the change")
    entry_id = ids.new_id()
    send(
        _INSERT,
        (
            entry_id,
            tenant_id or scope.current().tenant_id,
            action,
            actor.id,
            actor.label,
            subject,
            json.dumps(dict(data or {}), cls=DjangoJSONEncoder),
            request_id.current(),
            clock.now(),
        ),
    )
    return entry_id
