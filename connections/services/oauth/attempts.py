"""Consents under way: made with a secret state, and taken up once, by whoever began them."""

import datetime as dt
import hashlib
import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import cast

from authlib.oauth2.rfc7636 import create_s256_code_challenge
from django.conf import settings
from django.db import transaction

from connections.models import Connection, OAuthAttempt
from connections.services.errors import OAuthCallerError, OAuthStateError
from integrations_site.audit.services import announce
from integrations_site.audit.types import HUB, Actor
from integrations_site.kernel import clock, ids
from integrations_site.kernel.crypto import SecretBox
from integrations_site.tenancy import scope

LIFETIME = dt.timedelta(minutes=10)
_STATE_BYTES, _VERIFIER_BYTES = 32, 48


@dataclass(frozen=True, slots=True)
class Begun:
    """An attempt's secrets, which the vendor's address gets. `challenge` is empty without PKCE."""

    state: str = field(repr=False)
    challenge: str


def begin(
    connection: Connection,
    *,
    actor: Actor,
    browser: str,
    redirect_uri: str,
    return_url: str,
    permissions: Sequence[str],
    takes_other_account: bool,
    with_pkce: bool,
) -> Begun:
    """A new attempt, in the caller's transaction."""
    state = secrets.token_urlsafe(_STATE_BYTES)
    verifier = secrets.token_urlsafe(_VERIFIER_BYTES) if with_pkce else ""
    attempt = OAuthAttempt(
        id=ids.new_id(),
        tenant_id=connection.tenant_id,
        connection=connection,
        state_hash=_hashed(state),
        started_by=actor.id,
        browser_hash=_hashed(browser) if browser else "",
        redirect_uri=redirect_uri,
        return_url=return_url,
        permissions=list(permissions),
        takes_other_account=takes_other_account,
        expires_at=clock.now() + LIFETIME,
    )
    if verifier:
        attempt.sealed_verifier = SecretBox(settings.ENCRYPTION_KEYS).seal(verifier, owner=_owner(attempt))
    attempt.save(force_insert=True)
    return Begun(state, create_s256_code_challenge(verifier) if verifier else "")


def take_up(state: str, *, actor: Actor | None, browser: str) -> OAuthAttempt:
    """The attempt behind a state, which is used up from here on.

    In a tenant's scope only its own are found; a browser that brings no caller is looked up among all. Raises
    OAuthStateError and OAuthCallerError; after the latter whoever began it can still go on.
    """
    found = _of_state(state)
    if found is None:
        raise OAuthStateError("This consent was not started here; start it again from the integration's page")
    with scope.tenant_scope(cast(uuid.UUID, found.tenant_id)):
        _require_caller(found, actor, browser)
        if found.expires_at <= clock.now():
            raise OAuthStateError(
                "The consent took longer than ten minutes; start it again", code="OAUTH_STATE_EXPIRED"
            )
        with transaction.atomic():
            _use_up(found, actor or HUB)
    return found


def return_url_of(state: str) -> str:
    """Where the browser is sent after the consent of this state; empty where nobody said, or nothing is known of it."""
    found = _of_state(state)
    return found.return_url if found else ""


def verifier_of(attempt: OAuthAttempt) -> str:
    """The PKCE verifier, or an empty text."""
    box = SecretBox(settings.ENCRYPTION_KEYS)
    return box.open(attempt.sealed_verifier, owner=_owner(attempt)) if attempt.sealed_verifier else ""


def _of_state(state: str) -> OAuthAttempt | None:
    with scope.within(scope.current() if scope.current().tenant_id else scope.EVERYWHERE):
        return OAuthAttempt.objects.select_related("connection").filter(state_hash=_hashed(state)).first()


def _use_up(attempt: OAuthAttempt, actor: Actor) -> None:
    announce(action="oauth.came_back", actor=actor, subject=attempt.connection.public_id)
    unused = OAuthAttempt.objects.filter(pk=attempt.pk, used_at=None)
    if not unused.update(used_at=clock.now()):
        raise OAuthStateError("This consent was used already; start it again", code="OAUTH_STATE_USED")


def _require_caller(attempt: OAuthAttempt, actor: Actor | None, browser: str) -> None:
    """A caller must be the one who began; a mere browser must be the same where one was known then.

    Without either only consents that lead back to the hub itself are taken: an app that has codes sent to itself
    brings them with its own log-in.
    """
    if actor is not None:
        is_same = actor.id == attempt.started_by
    elif attempt.browser_hash:
        is_same = bool(browser) and secrets.compare_digest(_hashed(browser), attempt.browser_hash)
    else:
        is_same = attempt.redirect_uri.startswith(f"{settings.HUB_BASE_URL}/")
    if not is_same:
        raise OAuthCallerError("This consent was started by somebody else or in another browser; start it again here")


def _hashed(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _owner(attempt: OAuthAttempt) -> str:
    return f"{attempt.tenant_id}:{attempt.id}"
