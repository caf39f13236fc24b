"""Changing a connection; the webhook that its setting `webhookUrl` asks for follows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from connections.models import Connection
from connections.services.connection_settings import merged_settings
from connections.services.connections import locked_connection
from connections.services.refusals import ConsentRequiredError
from connections.services.schedules import next_sync_at
from integrations_site.audit.services import announce
from integrations_site.audit.types import Actor
from integrations_site.kernel import clock
from notifications.services.subject_endpoints import tell_no_more, tell_of

_WEBHOOK = "webhookUrl"


@dataclass(frozen=True, slots=True)
class NewWebhook:
    """A webhook that was made, and the secret that signs what it is sent; nobody is shown it again."""

    public_id: str
    secret: str


@transaction.atomic
def change_connection(
    *,
    connection: Connection,
    actor: Actor,
    settings: Mapping[str, Any] | None = None,
    permissions: Sequence[str] | None = None,
    display_name: str | None = None,
) -> tuple[Connection, NewWebhook | None]:
    """Changes settings (merged with those there are) and permissions (narrowed at once).

    A `webhookUrl` among the settings makes the connection's webhook, leads it elsewhere, or enables it again; null
    removes it. Raises InvalidInputError, and ConsentRequiredError for permissions that were not given.
    """
    connection = locked_connection(connection)
    before = connection.settings.get(_WEBHOOK)
    if settings is not None:
        connection.settings = merged_settings(connection.settings, settings)
        connection.next_sync_at = next_sync_at(connection, after=clock.now())
    if permissions is not None:
        connection.permissions = _granted(connection, permissions)
    if display_name is not None:
        connection.display_name = display_name
    changed = {"settings": settings, "permissions": permissions, "display_name": display_name}
    _announce(connection, actor, [name for name, value in changed.items() if value is not None])
    connection.save(update_fields=["settings", "permissions", "display_name", "next_sync_at", "updated_at"])
    return connection, _follow(connection, before, actor) if _WEBHOOK in (settings or {}) else None


def _granted(connection: Connection, wanted: Sequence[str]) -> list[str]:
    """What is wanted of the permissions that the account's owner gave."""
    missing = [name for name in wanted if name not in connection.permissions]
    if missing:
        message = f"{', '.join(missing)} was not consented to; connect again and ask for it"
        raise ConsentRequiredError(message, details={"fields": {"permissions": [f"{message}."]}})
    return list(dict.fromkeys(wanted))


def _announce(connection: Connection, actor: Actor, changed: Sequence[str]) -> None:
    told = {"integration": connection.integration.public_id, "account": connection.account_id}
    announce(
        action="connection.updated", actor=actor, subject=connection.public_id, data=told | {"changed": sorted(changed)}
    )


def _follow(connection: Connection, before: str | None, actor: Actor) -> NewWebhook | None:
    """The webhook stands as the setting says; it, where it was made now."""
    url = connection.settings.get(_WEBHOOK)
    if url is None:
        if before is not None:
            tell_no_more(subject=connection.public_id, actor=actor)
        return None
    endpoint, secret = tell_of(
        subject=connection.public_id, url=url, description=f"{connection.integration.name}"[:200], actor=actor
    )
    return NewWebhook(endpoint.public_id, secret) if secret else None
