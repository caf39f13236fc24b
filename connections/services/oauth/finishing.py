"""What a browser brings back from a third party."""

import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, cast

from django.db import transaction

from catalog.services.providers import definition_of
from connections.models import Activity, Connection, OAuthAttempt
from connections.services.account_changes import take_account
from connections.services.admission import require_admitted
from connections.services.errors import OAuthStateError
from connections.services.oauth.attempts import take_up
from connections.services.oauth.grants import Grant, exchange, handing_back
from connections.services.oauth.identity import require_same_account
from connections.services.oauth.permissions import granted_among, missing_scopes, scopes_for
from connections.services.secrets import store_secret
from connections.services.standing import locked_with_standing, settle_status
from connections.services.telling import connection_payload
from connections.services.tokens.endpoint import config_of
from connections.services.tokens.locking import exclusively
from integrations_site.audit.services import announce
from integrations_site.audit.types import HUB, Actor
from integrations_site.kernel import clock
from integrations_site.kernel.errors import HubError
from integrations_site.tenancy import scope
from notifications.sdk.catalog import EventType
from notifications.services.events import publish

_LONGEST_ERROR = 500


def finish_consent(*, state: str, query: Mapping[str, str], actor: Actor | None, browser: str = "") -> Connection:
    """The connection, active, after the vendor led back with `query`. Called outside any transaction.

    `actor` is the caller, None where nobody logged in comes; `browser` as `start_consent` had it. Raises
    OAuthStateError (unknown, used, expired), OAuthCallerError, ConsentDeniedError, AccountChangedError, what
    `require_admitted` raises, and what the vendor's errors are to callers; the failure then stands among the
    connection's activities and, unless it is active as before, in its `validation_error`.
    """
    attempt = take_up(state, actor=actor, browser=browser, links_nothing=not query.get("code"))
    with scope.tenant_scope(cast(uuid.UUID, attempt.tenant_id)):
        connection, ender = connection_of(attempt), actor or Actor(attempt.started_by)
        with noting_failure(connection, actor=actor or HUB):
            grant = exchange(connection, attempt, query, ender)
            with handing_back(connection, grant):
                return accept(connection, attempt, grant, ender)


def connection_of(attempt: OAuthAttempt) -> Connection:
    """The connection that a consent is for, with integration and provider."""
    return Connection.objects.select_related("integration__provider").get(pk=attempt.connection_id)


@contextmanager
def noting_failure(connection: Connection, *, actor: Actor) -> Iterator[None]:
    """A HubError that is raised inside the block is noted with the connection.

    The block is not entered where somebody has ended the connection: raises OAuthStateError.
    """
    try:
        _require_standing(connection)
        yield
    except HubError as error:
        note_failure(connection, error, actor)
        raise


def accept(connection: Connection, attempt: OAuthAttempt, grant: Grant, actor: Actor) -> Connection:
    """The connection, active with what was granted. Where it raises, the caller hands that back (`handing_back`).

    Standing and account are looked at again: while the vendor was asked, the connection may have been ended, or
    connected by somebody else, or the actor have left. Raises OAuthStateError, AccountChangedError, and what
    `require_admitted` raises.
    """
    with exclusively(connection), transaction.atomic():
        row = locked_with_standing(connection.pk)
        _require_standing(row)
        require_admitted(row, actor.id)
        require_same_account(row, grant.account, takes_other=attempt.takes_other_account)
        account = grant.account.id if grant.account else ""
        data = {"account": account, "permissions": attempt.permissions}
        announce(action=EventType.CONNECTION_CONNECTED, actor=actor, subject=row.public_id, data=data)
        store_secret(row, grant.secret)
        take_account(row, grant.account, actor=actor)
        _fill(row, attempt, grant)
        row.save()
        settle_status(row.integration)
        _note(row, Activity.Status.SUCCESS, {"account": row.account_name or row.account_id})
        publish(type=EventType.CONNECTION_CONNECTED, subject=row.public_id, payload=connection_payload(row))
    return row


def _require_standing(connection: Connection) -> None:
    """Raises OAuthStateError where somebody has ended the connection."""
    if connection.status == Connection.Status.REVOKED or connection.removed_at:
        raise OAuthStateError("The connection was ended meanwhile; connect it anew")


def _fill(row: Connection, attempt: OAuthAttempt, grant: Grant) -> None:
    config, now = config_of(definition_of(row.integration.provider)), clock.now()
    asked = scopes_for(attempt.permissions, config)
    granted = asked if grant.scopes is None else grant.scopes
    missing = missing_scopes(asked, granted, config)
    row.status, row.told_at = Connection.Status.ACTIVE, None
    row.credential_kind = Connection.CredentialKind.OAUTH
    row.permissions = granted_among(attempt.permissions, granted, config)
    row.validation_error, row.missing_scopes = "", missing
    row.issued_to = grant.issued_to
    row.connected_at = row.last_validated_at = now
    row.disconnected_at, row.expires_at = None, grant.expires_at
    row.failures, row.blocked_until = 0, None


@transaction.atomic
def note_failure(connection: Connection, error: HubError, actor: Actor) -> None:
    """Notes that a consent came to nothing: an activity, and unless it is active as before, `validation_error`."""
    data = {"code": error.code}
    announce(action="connection.consent_failed", actor=actor, subject=connection.public_id, data=data)
    untouched = (Connection.Status.ACTIVE, Connection.Status.REVOKED)
    Connection.objects.filter(pk=connection.pk).exclude(status__in=untouched).update(
        validation_error=error.message[:_LONGEST_ERROR], updated_at=clock.now()
    )
    _note(connection, Activity.Status.FAILED, {"code": error.code, "error": error.message})


def _note(connection: Connection, status: Activity.Status, details: dict[str, Any]) -> None:
    Activity.objects.create(
        integration_id=connection.integration_id,
        connection=connection,
        type=Activity.Type.CONNECT,
        status=status,
        at=clock.now(),
        details=details,
    )
