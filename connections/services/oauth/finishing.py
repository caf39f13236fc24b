"""What a browser brings back from a third party."""

import uuid
from collections.abc import Mapping
from typing import Any, cast

from django.db import transaction

from catalog.services.providers import definition_of
from connections.models import Activity, Connection, EntityState, OAuthAttempt
from connections.sdk.connector import Account
from connections.sdk.errors import CredentialError, VendorError
from connections.services.errors import ConsentDeniedError, OAuthStateError, as_hub_error
from connections.services.oauth.attempts import take_up, verifier_of
from connections.services.oauth.identity import account_of, require_same_account
from connections.services.oauth.permissions import granted_among, missing_scopes, scopes_for
from connections.services.secrets import SealedSecret, seal_secret, write_secret
from connections.services.standing import settle_status
from connections.services.telling import connection_payload
from connections.services.tokens.answers import Tokens
from connections.services.tokens.endpoint import config_of, token_endpoint
from connections.services.tokens.locking import exclusively
from integrations_site.audit.services import announce
from integrations_site.audit.types import HUB, Actor
from integrations_site.kernel import clock
from integrations_site.kernel.errors import HubError
from integrations_site.kernel.redaction import redact
from integrations_site.tenancy import scope
from notifications.sdk.catalog import EventType
from notifications.services.events import publish

_LONGEST_ERROR = 500
_DENIED = {"access_denied", "user_denied", "consent_required", "user_cancelled_authorize", "user_cancelled_login"}


def finish_consent(*, state: str, query: Mapping[str, str], actor: Actor | None, browser: str = "") -> Connection:
    """The connection, active, after the vendor led back with `query`. Called outside any transaction.

    `actor` is the caller, None where only a browser comes. Raises OAuthStateError (unknown, used, expired),
    OAuthCallerError, ConsentDeniedError, AccountChangedError, and what the vendor's errors are to callers; the failure
    then stands among the connection's activities and, unless it is active as before, in its `validation_error`.
    """
    attempt = take_up(state, actor=actor, browser=browser)
    with scope.tenant_scope(cast(uuid.UUID, attempt.tenant_id)):
        connection = Connection.objects.select_related("integration__provider").get(pk=attempt.connection_id)
        try:
            return _finish(connection, attempt, query, actor or Actor(attempt.started_by))
        except HubError as error:
            _note_failure(connection, error, actor or HUB)
            raise


def _finish(connection: Connection, attempt: OAuthAttempt, query: Mapping[str, str], actor: Actor) -> Connection:
    code = _code(connection, query)
    _require_standing(connection)
    try:
        tokens = token_endpoint(connection).exchange_code(
            code, redirect_uri=attempt.redirect_uri, verifier=verifier_of(attempt)
        )
        account = account_of(connection, tokens, query)
    except CredentialError as error:
        raise ConsentDeniedError(f"{error.message}; start the consent again", code="OAUTH_CODE_REFUSED") from None
    except VendorError as error:
        raise as_hub_error(error) from None
    with exclusively(connection):
        # Asked again: while the vendor was asked, the connection may have been ended, or connected by somebody else.
        connection.refresh_from_db(fields=["status", "removed_at", "account_id", "account_name"])
        _require_standing(connection)
        require_same_account(connection, account, takes_other=attempt.takes_other_account)
        return _store(connection, attempt, tokens, account, seal_secret(connection, tokens.as_secret()), actor)


def _require_standing(connection: Connection) -> None:
    """Raises OAuthStateError where somebody has ended the connection."""
    if connection.status == Connection.Status.REVOKED or connection.removed_at:
        raise OAuthStateError("The connection was ended meanwhile; connect it anew")


def _code(connection: Connection, query: Mapping[str, str]) -> str:
    """The authorization code. Raises ConsentDeniedError where the vendor sent an error instead."""
    vendor, error = connection.integration.provider.display_name, query.get("error", "")
    if error in _DENIED:
        raise ConsentDeniedError(f"The consent was not given at {vendor}; nothing was connected")
    if error or not query.get("code"):
        told = redact(query.get("error_description") or error or "no code came back")[:_LONGEST_ERROR]
        raise ConsentDeniedError(f"{vendor} ended the consent with an error: {told}", code="OAUTH_VENDOR_ERROR")
    return query["code"]


@transaction.atomic
def _store(
    connection: Connection,
    attempt: OAuthAttempt,
    tokens: Tokens,
    account: Account | None,
    sealed: SealedSecret,
    actor: Actor,
) -> Connection:
    row = (
        Connection.objects.select_for_update(of=("self",)).select_related("integration__provider").get(pk=connection.pk)
    )
    _require_standing(row)
    data = {"account": account.id if account else "", "permissions": attempt.permissions}
    announce(action=EventType.CONNECTION_CONNECTED, actor=actor, subject=row.public_id, data=data)
    write_secret(sealed)
    if account is not None and row.account_id not in ("", account.id):
        EntityState.objects.filter(connection=row).delete()  # another account begins at its own beginning
    _fill(row, attempt, tokens, account)
    row.save()
    settle_status(row.integration)
    _note(row, Activity.Status.SUCCESS, {"account": row.account_name or row.account_id})
    payload = connection_payload(row) | {"permissions": row.permissions}
    publish(type=EventType.CONNECTION_CONNECTED, subject=row.public_id, payload=payload)
    return row


def _fill(row: Connection, attempt: OAuthAttempt, tokens: Tokens, account: Account | None) -> None:
    config, now = config_of(definition_of(row.integration.provider)), clock.now()
    asked = scopes_for(attempt.permissions, config)
    granted = asked if tokens.scopes is None else tokens.scopes
    missing = missing_scopes(asked, granted, config)
    row.status, row.told_at = Connection.Status.ACTIVE, None
    row.credential_kind = Connection.CredentialKind.OAUTH
    row.permissions = granted_among(attempt.permissions, granted, config)
    row.validation_error = f"The account did not grant: {', '.join(missing)}"[:_LONGEST_ERROR] if missing else ""
    row.connected_at = row.last_validated_at = now
    row.disconnected_at, row.expires_at = None, tokens.expires_at
    row.failures, row.blocked_until = 0, None
    if account is not None:
        row.account_id, row.account_name = account.id, account.name


@transaction.atomic
def _note_failure(connection: Connection, error: HubError, actor: Actor) -> None:
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
