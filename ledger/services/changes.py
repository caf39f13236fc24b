"""Changing a row: what differs is told to the audit trail first, then written."""

from collections.abc import Mapping
from typing import Any

from django.db import models

from integrations_site.audit.services import announce
from integrations_site.audit.types import Actor
from integrations_site.tenancy.models import PublicId, TenantModel


def difference(row: models.Model, changes: Mapping[str, Any]) -> dict[str, dict[str, str | None]]:
    """Which of `changes` are changes, as texts: `{"name": {"from": "Acme", "to": "Acme Ltd"}}`."""
    return {
        name: {"from": _text(getattr(row, name)), "to": _text(value)}
        for name, value in changes.items()
        if getattr(row, name) != value
    }


def announce_and_save(row: TenantModel, changes: Mapping[str, Any], *, action: str, actor: Actor) -> bool:
    """Writes the changes into the audit trail and then to the row; False where there is nothing to change."""
    different = difference(row, changes)
    if not different:
        return False
    announce(action=action, actor=actor, subject=row.public_id, data={"changed": different})
    for name in different:
        setattr(row, name, changes[name])
    row.save(update_fields=[*different, "updated_at"])
    return True


def _text(value: Any) -> str | None:
    if value is None:
        return None
    return value.public_id if isinstance(value, PublicId) else str(value)
