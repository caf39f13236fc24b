"""How an integration stands, at a glance."""

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

from catalog.services.providers import definition_of
from connections.models import Connection, Integration, SyncRun
from connections.services.connections import connection_of
from connections.services.freshness import read_at
from integrations_site.kernel import clock


@dataclass(frozen=True, slots=True)
class Standing:
    """An integration with the connection that the caller sees, and its last sync; `error` says what is wrong with it.

    `data_age` is that of the data type that was read longest ago. While `is_paused`, the hub leaves the provider alone
    after failures in a row, until `connection.blocked_until`.
    """

    integration: Integration
    connection: Connection | None
    last_sync: SyncRun | None
    error: str | None
    is_paused: bool
    data_age: dt.timedelta | None


def connection_shown(integration: Integration, person: uuid.UUID | None) -> Connection | None:
    """The tenant's connection, or the person's own where each user has one; also one that was disconnected."""
    if integration.user_scoped and person is None:
        return None
    return connection_of(integration, person if integration.user_scoped else None)


def standing_of(*, integration: Integration, person: uuid.UUID | None) -> Standing:
    """How the integration stands for this person."""
    connection = connection_shown(integration, person)
    if connection is None:
        return Standing(integration, None, None, None, is_paused=False, data_age=None)
    last_sync = SyncRun.objects.filter(connection=connection).order_by("-started_at").first()
    has = definition_of(integration.provider).entity
    read = [at for name, at in read_at([connection.id])[connection.id].items() if has(name)]
    now = clock.now()
    return Standing(
        integration,
        connection,
        last_sync,
        error=_error(connection, last_sync),
        is_paused=connection.blocked_until is not None and connection.blocked_until > now,
        data_age=now - min(read) if read else None,
    )


def _error(connection: Connection, last_sync: SyncRun | None) -> str | None:
    """What is wrong with the link itself, else with its last sync."""
    if connection.status != Connection.Status.ACTIVE and connection.validation_error:
        return connection.validation_error
    ended_badly = last_sync is not None and last_sync.status in {SyncRun.Status.FAILED, SyncRun.Status.PARTIAL}
    return _message(last_sync.error) if last_sync and ended_badly else None


def _message(error: Any) -> str | None:
    told = error.get("message") if isinstance(error, dict) else None
    return str(told) if told else None
