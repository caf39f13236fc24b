"""The webhook that a connection's setting `webhookUrl` asks for: it is told of what happens to that connection."""

from dataclasses import dataclass
from typing import Any

from django.db import transaction

from connections.models import Connection
from connections.services.connections import change_connection, locked_connection
from integrations_site.audit.types import Actor
from notifications.services.subject_endpoints import tell_no_more, tell_of

SETTING = "webhookUrl"


@dataclass(frozen=True, slots=True)
class NewWebhook:
    """A webhook that was made, and the secret that signs what it is sent; nobody is shown it again."""

    public_id: str
    secret: str


@transaction.atomic
def change_with_webhook(
    *, connection: Connection, actor: Actor, **changes: Any
) -> tuple[Connection, NewWebhook | None]:
    """Changes a connection as `change_connection` does; where `webhookUrl` is among the settings, its webhook follows.

    An address makes a webhook, leads it elsewhere, or enables it again; null removes it. Raises as `change_connection`.
    """
    before = locked_connection(connection).settings.get(SETTING)
    changed = change_connection(connection=connection, actor=actor, **changes)
    if SETTING not in (changes.get("settings") or {}):
        return changed, None
    url = changed.settings.get(SETTING)
    if url is None:
        if before is not None:
            tell_no_more(subject=changed.public_id, actor=actor)
        return changed, None
    endpoint, secret = tell_of(
        subject=changed.public_id, url=url, description=f"{changed.integration.name}"[:200], actor=actor
    )
    return changed, NewWebhook(endpoint.public_id, secret) if secret else None
