"""Connections: links of an integration with accounts at the provider, the tenant's or one user's."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Q

from catalog.services.providers import definition_of
from connections.models import Activity, Connection, Credential, Integration
from connections.sdk.accounts import Account
from connections.services import links
from connections.services.account_changes import is_other_account, take_account
from connections.services.activities import record_activity
from connections.services.admission import require_connectable
from connections.services.credential_forms import checked, kind_of
from connections.services.errors import AccountChangedError, OAuthNotOfferedError
from connections.services.integrations import locked
from connections.services.oauth import revoke_access
from connections.services.refusals import ConnectionNotFoundError
from connections.services.secrets import store_secret
from connections.services.standing import settle_status
from connections.services.telling import connection_payload
from connections.services.testing import Verification, verify
from connections.services.tokens.locking import exclusively
from integrations_site.audit.services import announce
from integrations_site.audit.types import Actor
from integrations_site.kernel import clock
from notifications.sdk.catalog import EventType
from notifications.services.events import publish


def connection_of(integration: Integration, user_id: uuid.UUID | None) -> Connection | None:
    """The tenant's connection, or the user's own; also one that was disconnected, but none that was removed."""
    found: Connection | None = (
        Connection.objects.filter(Q(user_id=user_id), integration=integration, removed_at=None)
        .select_related("integration__provider")
        .order_by("-created_at")
        .first()
    )
    return found


@transaction.atomic
def begin_consent(
    *, integration: Integration, user_id: uuid.UUID | None, actor: Actor, permissions: Sequence[str] = ()
) -> Connection:
    """The connection that a consent will make active: the one that there is, or a new one, pending.

    An active connection stays active until the consent is given. Raises OAuthNotOfferedError where the provider has no
    OAuth, and what `require_connectable` raises.
    """
    integration = _ready(integration, user_id)
    definition = definition_of(integration.provider)
    if kind_of(definition) != Connection.CredentialKind.OAUTH:
        raise OAuthNotOfferedError(
            f"{definition.display_name} has no OAuth; it takes credentials of the kind {kind_of(definition)}"
        )
    connection = _opened(integration, user_id, actor)
    if connection.connected_at is None or connection.status == Connection.Status.REVOKED:
        connection.status = Connection.Status.PENDING
        connection.permissions = list(permissions) or connection.permissions
        connection.save(update_fields=["status", "permissions", "updated_at"])
        settle_status(integration)
    return connection


def connect(
    *,
    integration: Integration,
    user_id: uuid.UUID | None,
    kind: str,
    credentials: Mapping[str, Any],
    actor: Actor,
    display_name: str = "",
    takes_other_account: bool = False,
    expected: Connection | None = None,
) -> Connection:
    """Connects with credentials that somebody typed in, once the provider has accepted them; it is active then.

    Where the catalog does not say how to call the provider they are taken unverified (`last_validated_at` is None). Who
    may not connect causes no request. With `expected` it is this connection that gets them, or none.
    Raises InvalidCredentialsError, ConnectionFailedError, AccountChangedError, ConnectionNotFoundError where that is
    gone, and what `begin_consent` raises.
    """
    require_connectable(integration, user_id)
    secret = checked(definition_of(integration.provider), kind=kind, given=credentials)
    verification = verify(integration=integration, secret=secret)
    with transaction.atomic():
        integration = _ready(integration, user_id)
        _require_there(expected, integration, user_id)
        connection = _opened(integration, user_id, actor)
        _require_same_account(connection, verification.account, takes_other_account)
        take_account(connection, verification.account, actor=actor)
        connection.display_name = display_name or connection.display_name
        _activate(connection, verification)
        store_secret(connection, secret)
        settle_status(integration)
        _tell_connected(connection)
    return connection


def replace_credentials(
    *,
    connection: Connection,
    kind: str,
    credentials: Mapping[str, Any],
    actor: Actor,
    takes_other_account: bool = False,
) -> Credential:
    """New credentials in the place of the old ones, once the provider has accepted them. Raises as `connect` does."""
    connect(
        integration=connection.integration,
        user_id=connection.user_id,
        kind=kind,
        credentials=credentials,
        actor=actor,
        takes_other_account=takes_other_account,
        expected=connection,
    )
    credential: Credential | None = Credential.objects.filter(connection=connection).first()
    if credential is None:  # somebody ended the connection right afterwards
        raise ConnectionNotFoundError
    return credential


@dataclass(frozen=True, slots=True)
class Cut:
    """A connection that was cut. `notice` says why the vendor did not end an authorization; empty where it did, and
    where there was none.
    """

    connection: Connection
    notice: str = ""


def disconnect(*, connection: Connection, actor: Actor) -> Cut:
    """Cuts the link: the vendor is told as far as it can be reached, the credential is dropped, syncs end.

    Records stay, and serve again once the same account is connected. Doing it again changes nothing. The authorization
    is left where the account is connected elsewhere, too.
    """
    with exclusively(connection):
        connection.refresh_from_db(fields=["status", "disconnected_at"])
        if connection.status == Connection.Status.REVOKED:
            return Cut(connection)
        return _cut(connection, action="connection.disconnected", actor=actor)


def remove_connection(*, connection: Connection, actor: Actor) -> Cut:
    """Disconnects and forgets: the connection is found nowhere any more, its records are purged in the background."""
    with exclusively(connection):
        return _cut(connection, action="connection.removed", actor=actor, is_removed=True)


def _cut(connection: Connection, *, action: str, actor: Actor, is_removed: bool = False) -> Cut:
    """The connection, cut: told to the vendor first, as whoever is stopped in between begins again."""
    revocation = revoke_access(connection=connection)
    with transaction.atomic():
        integration = locked(connection.integration)
        connection = locked_connection(connection)
        announce(action=action, actor=actor, subject=connection.public_id, data=_told(connection))
        links.cut(connection, actor=actor)
        if is_removed:
            links.mark_removed(connection)
        settle_status(integration)
    return Cut(connection, revocation.notice)


def locked_connection(connection: Connection) -> Connection:
    """The connection as it is now, locked until the transaction ends. Raises ConnectionNotFoundError once removed."""
    found: Connection | None = (
        Connection.objects.select_for_update(of=("self",))
        .select_related("integration__provider")
        .filter(pk=connection.pk, removed_at=None)
        .first()
    )
    if found is None:
        raise ConnectionNotFoundError
    return found


def _ready(integration: Integration, user_id: uuid.UUID | None) -> Integration:
    """The integration, locked, once it may be connected. Raises as `require_connectable` does."""
    integration = locked(integration)
    require_connectable(integration, user_id)
    return integration


def _new_connection(integration: Integration, user_id: uuid.UUID | None, actor: Actor) -> Connection:
    return Connection(
        integration=integration,
        user_id=user_id,
        credential_kind=kind_of(definition_of(integration.provider)),
        created_by=actor.id,
    )


def _opened(integration: Integration, user_id: uuid.UUID | None, actor: Actor) -> Connection:
    """The connection that there is, locked, or a new one, saved; announced either way."""
    found = connection_of(integration, user_id)
    connection = locked_connection(found) if found else _new_connection(integration, user_id, actor)
    action = "connection.reconnecting" if found else "connection.created"
    announce(action=action, actor=actor, subject=connection.public_id, data=_told(connection))
    if not found:
        connection.save(force_insert=True)
    return connection


def _require_there(expected: Connection | None, integration: Integration, user_id: uuid.UUID | None) -> None:
    """While the integration is locked nobody removes a connection of it, or opens one."""
    if expected is not None and connection_of(integration, user_id) != expected:
        raise ConnectionNotFoundError


def _require_same_account(connection: Connection, account: Account | None, takes_other_account: bool) -> None:
    """The account that the credentials belong to must be the one that the connection has held, if any."""
    if account is None or takes_other_account or not is_other_account(connection, account):
        return
    raise AccountChangedError(
        f"These credentials belong to {account.name or account.id}; connected is "
        f"{connection.account_name or connection.account_id}. Confirm with takesOtherAccount, which deletes what was "
        "synced of the one that is connected, or disconnect and delete the connection first",
        details={"connected": connection.account_id, "given": account.id},
    )


def _activate(connection: Connection, verification: Verification) -> None:
    now = clock.now()
    connection.status = Connection.Status.ACTIVE
    connection.connected_at, connection.disconnected_at = now, None
    connection.last_validated_at, connection.validation_error = now if verification.was_made else None, ""
    connection.failures, connection.blocked_until, connection.told_at = 0, None, None
    connection.save()


def _tell_connected(connection: Connection) -> None:
    record_activity(
        integration=connection.integration,
        connection=connection,
        type=Activity.Type.CONNECT,
        status=Activity.Status.SUCCESS,
        details={"verified": connection.last_validated_at is not None},
    )
    payload = connection_payload(connection)
    publish(type=EventType.CONNECTION_CONNECTED, subject=connection.public_id, payload=payload)


def _told(connection: Connection) -> dict[str, Any]:
    """What the audit trail says of a connection."""
    return {"integration": connection.integration.public_id, "account": connection.account_id}
