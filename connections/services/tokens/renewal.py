"""Renewing access: one exchange for each expiry, however many processes want it, and nothing lost if one is killed.

Some vendors take a refresh token once and give a new one with each answer: two exchanges at once, or an answer that is
not stored, would end the connection. So whoever renews holds the connection's lock, notes that an exchange begins and
commits that, asks the vendor outside any transaction, and stores the answer before anybody uses it. Whoever waited for
the lock finds the new token and asks for nothing.

A note that nobody took back means that a process was killed in between, or that no answer came: the vendor may have
taken the token. Where it is not single-use, or within the vendor's time of grace, it is sent once more; else the
account has to be connected again, and its owner is told, once.
"""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db import transaction

from connections.models import Connection, Credential
from connections.sdk.errors import (
    AnswerUnreadable,
    CredentialError,
    OutcomeUnknown,
    ProviderUnavailable,
    RateLimited,
    VendorError,
)
from connections.services.lost_access import lose_access
from connections.services.secrets.keeping import announce_use, opened, store_secret
from connections.services.standing import locked_with_standing
from connections.services.tokens.answers import Tokens
from connections.services.tokens.endpoint import TokenEndpoint, token_endpoint
from connections.services.tokens.locking import exclusively
from integrations_site.audit.services import announce
from integrations_site.audit.types import HUB, Actor
from integrations_site.kernel import clock

# After a renewal that failed transiently nobody tries again for so long, or until the vendor says.
COOLDOWN = dt.timedelta(seconds=30)
_MAY_BE_SPENT = (OutcomeUnknown, AnswerUnreadable)


def is_due(secret: Mapping[str, Any]) -> bool:
    """Whether access is to be renewed before it is used: it has ended, or soon will."""
    return _has_come(secret.get("renewAt") or secret.get("expiresAt"))


def is_over(secret: Mapping[str, Any]) -> bool:
    """Whether access has ended."""
    return _has_come(secret.get("expiresAt"))


def _has_come(instant: Any) -> bool:
    return bool(instant) and dt.datetime.fromisoformat(str(instant)) <= clock.now()


def renew(connection: Connection, *, unless: Mapping[str, Any], actor: Actor = HUB) -> dict[str, Any]:
    """New access, in place of the one in `unless`; what somebody else has renewed meanwhile is given back as it is.

    Raises CredentialError where the account must be connected again, other VendorErrors where it may go better later.
    """
    credential, secret = _stored(connection)
    if _is_new(secret, unless):
        return _used(credential, secret)
    with exclusively(connection):
        credential, secret = _stored(connection)
        if _is_new(secret, unless):
            return _used(credential, secret)
        _require_renewable(credential, secret)
        return _exchange(credential, secret, actor)


def _stored(connection: Connection) -> tuple[Credential, dict[str, Any]]:
    found = Credential.objects.select_related("connection__integration__provider").filter(connection_id=connection.pk)
    credential = found.first()
    if credential is None:
        raise CredentialError("There is no credential any more; connect the account again", code="NOT_CONNECTED")
    return credential, opened(credential)


def _used(credential: Credential, secret: dict[str, Any]) -> dict[str, Any]:
    """What somebody else has renewed: to have it is a use as any other."""
    announce_use(credential, credential.connection, purpose="renewed meanwhile")
    return secret


def _is_new(secret: Mapping[str, Any], before: Mapping[str, Any]) -> bool:
    return secret.get("accessToken") != before.get("accessToken") and not is_due(secret)


def _require_renewable(credential: Credential, secret: Mapping[str, Any]) -> None:
    connection = credential.connection
    if connection.status in (Connection.Status.EXPIRED, Connection.Status.REVOKED):
        raise CredentialError(connection.validation_error or "The account has to be connected again")
    if not secret.get("refreshToken"):
        reason = "The access has ended, and the vendor gave nothing to renew it with; connect the account again"
        _expire(credential, reason)
        raise CredentialError(reason)
    if credential.cooldown_until and credential.cooldown_until > clock.now():
        raise ProviderUnavailable(
            f"Renewing access failed; the hub tries again after {clock.iso(credential.cooldown_until)}",
            code="COOLDOWN",
        )


def _exchange(credential: Credential, secret: Mapping[str, Any], actor: Actor) -> dict[str, Any]:
    endpoint = token_endpoint(credential.connection)
    if not _may_be_sent(credential, endpoint):
        reason = "A renewal of the access was cut off, and the vendor takes each token once; connect the account again"
        _expire(credential, reason)
        raise CredentialError(reason, code="EXCHANGE_INTERRUPTED")
    _note_begin(credential, actor)
    try:
        tokens = endpoint.refresh(str(secret["refreshToken"]))
    except CredentialError as error:
        reason = f"{error.message}; connect the account again"
        _expire(credential, reason)
        raise CredentialError(reason, code=error.code) from None
    except VendorError as error:
        is_unknown = isinstance(error, _MAY_BE_SPENT) and endpoint.config.rotates
        _note_failure(credential, is_unknown=is_unknown, pause=_pause_after(error))
        raise
    return _store(credential, tokens, tokens.as_secret(secret), actor)


def _may_be_sent(credential: Credential, endpoint: TokenEndpoint) -> bool:
    """Whether the refresh token may go out, though an exchange of it was begun and not ended."""
    begun = credential.exchange_started_at
    if begun is None or not endpoint.config.rotates:
        return True
    grace = endpoint.config.refresh_grace_seconds
    return grace is not None and clock.now() - begun < dt.timedelta(seconds=grace)


def _pause_after(error: VendorError) -> dt.timedelta:
    """How long nobody tries again: as long as the vendor says, where that is longer than the hub waits anyway."""
    told = error.retry_after if isinstance(error, RateLimited) else None
    return max(COOLDOWN, dt.timedelta(seconds=told or 0))


@transaction.atomic
def _note_begin(credential: Credential, actor: Actor) -> None:
    """It is committed before the token goes out. One that was cut off keeps its time: grace runs from there.

    Raises CredentialError where the connection was ended meanwhile.
    """
    row = _locked(credential)
    if row is None:
        raise CredentialError("The connection was ended meanwhile", code="NOT_CONNECTED")
    announce(action="credential.renewal_begun", actor=actor, subject=row.public_id, data=_of(row))
    credential.exchange_started_at = row.exchange_started_at or clock.now()
    _write(credential, "exchange_started_at")


@transaction.atomic
def _note_failure(credential: Credential, *, is_unknown: bool, pause: dt.timedelta) -> None:
    if _locked(credential) is None:  # the connection was ended meanwhile
        return
    data = _of(credential) | {"outcome": "unknown" if is_unknown else "failed"}
    announce(action="credential.renewal_failed", actor=HUB, subject=credential.public_id, data=data)
    if not is_unknown:
        credential.exchange_started_at = None
    credential.cooldown_until = clock.now() + pause
    _write(credential, "exchange_started_at", "cooldown_until")


@transaction.atomic
def _store(credential: Credential, tokens: Tokens, secret: dict[str, Any], actor: Actor) -> dict[str, Any]:
    """It needs the database and nothing else: a store outside takes new tokens over afterwards, or when it is back.

    Raises CredentialError where the connection was ended, or connected anew, while the vendor was asked.
    """
    row = locked_with_standing(credential.connection_id)
    if not Credential.objects.filter(pk=credential.pk, version=credential.version).exists():
        raise CredentialError("The connection was ended or connected anew meanwhile", code="NOT_CONNECTED")
    announce(action="credential.renewed", actor=actor, subject=credential.public_id, data=_of(credential))
    store_secret(row, secret)
    Connection.objects.filter(pk=row.pk).update(expires_at=tokens.expires_at, updated_at=clock.now())
    return secret


@transaction.atomic
def _expire(credential: Credential, reason: str) -> None:
    """Access is over, and so is the exchange that showed it; nothing where the account was connected anew meanwhile."""
    if lose_access(credential.connection, reason, credential=credential):
        credential.exchange_started_at = None
        _write(credential, "exchange_started_at")


def _locked(credential: Credential) -> Credential | None:
    found: Credential | None = Credential.objects.select_for_update(no_key=True).filter(pk=credential.pk).first()
    return found


def _write(credential: Credential, *fields: str) -> None:
    credential.save(update_fields=[*fields, "updated_at"])


def _of(credential: Credential) -> dict[str, Any]:
    return {"connection": credential.connection.public_id}
