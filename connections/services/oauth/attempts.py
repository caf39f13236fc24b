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
from integrations_site.tenancy.people import person_behind

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
        state_hash=hashed(state),
        started_by=actor.id,
        browser_hash=hashed(browser) if browser else "",
        redirect_uri=redirect_uri,
        return_url=return_url,
        permissions=list(permissions),
        takes_other_account=takes_other_account,
        expires_at=clock.now() + LIFETIME,
    )
    if verifier:
        attempt.sealed_verifier = sealed(attempt, verifier)
    attempt.save(force_insert=True)
    return Begun(state, create_s256_code_challenge(verifier) if verifier else "")


def of_browser(secret: str) -> str:
    """What a consent is bound to that begins in a browser: a secret that it keeps in a cookie."""
    return f"cookie:{secret}" if secret else ""


def of_program(network: str) -> str:
    """What a consent is bound to that a program begins: the network that its request came from."""
    return f"network:{network}"


def take_up(state: str, *, actor: Actor | None, browser: str, links_nothing: bool = False) -> OAuthAttempt:
    """The attempt behind a state, which is used up from here on.

    In a tenant's scope only its own are found; a browser that brings no caller is looked up among all. What
    `links_nothing`, such as a refusal, is taken from anybody. Raises OAuthStateError and OAuthCallerError; after the
    latter whoever began it can still go on.
    """
    found = sound_attempt(state)
    with scope.tenant_scope(cast(uuid.UUID, found.tenant_id)):
        if not (links_nothing or _is_bound(found, actor, browser)):
            raise OAuthCallerError(
                "This consent was started by somebody else or in another browser; start it again here"
            )
        with transaction.atomic():
            use_up(found, actor or HUB)
    return found


def sound_attempt(state: str) -> OAuthAttempt:
    """The attempt behind a state, neither expired nor brought back already. Raises OAuthStateError."""
    found = _of_state(state)
    if found is None:
        raise OAuthStateError("This consent was not started here; start it again from the integration's page")
    if found.holder_hash or found.used_at:
        raise _used()
    if found.expires_at <= clock.now():
        raise OAuthStateError("The consent took longer than ten minutes; start it again", code="OAUTH_STATE_EXPIRED")
    return found


def service_of(state: str) -> str:
    """The service that the consent of this state is with; empty where nothing is known of it."""
    found = _of_state(state)
    return found.connection.integration.provider.provider if found else ""


def return_url_of(state: str) -> str:
    """Where the browser is sent after the consent of this state; empty where nobody said, or nothing is known of it."""
    found = _of_state(state)
    return found.return_url if found else ""


def verifier_of(attempt: OAuthAttempt) -> str:
    """The PKCE verifier, or an empty text."""
    return opened(attempt, attempt.sealed_verifier) if attempt.sealed_verifier else ""


def sealed(attempt: OAuthAttempt, text: str) -> str:
    """A text that only this attempt's row opens."""
    return SecretBox(settings.ENCRYPTION_KEYS).seal(text, owner=f"{attempt.tenant_id}:{attempt.id}")


def opened(attempt: OAuthAttempt, text: str) -> str:
    """What `sealed` has sealed."""
    return SecretBox(settings.ENCRYPTION_KEYS).open(text, owner=f"{attempt.tenant_id}:{attempt.id}")


def _of_state(state: str) -> OAuthAttempt | None:
    with scope.within(scope.current() if scope.current().tenant_id else scope.EVERYWHERE):
        return (
            OAuthAttempt.objects.select_related("connection__integration__provider")
            .filter(state_hash=hashed(state))
            .first()
        )


def use_up(attempt: OAuthAttempt, actor: Actor) -> None:
    """Marks the attempt as used, in the caller's transaction. Raises OAuthStateError where somebody else has."""
    announce(action="oauth.came_back", actor=actor, subject=attempt.connection.public_id)
    unused = OAuthAttempt.objects.filter(pk=attempt.pk, used_at=None, holder_hash=attempt.holder_hash)
    if not unused.update(used_at=clock.now(), sealed_verifier="", sealed_answer=""):
        raise _used()


def _used() -> OAuthStateError:
    return OAuthStateError("This consent was used already; start it again", code="OAUTH_STATE_USED")


def _is_bound(attempt: OAuthAttempt, actor: Actor | None, browser: str) -> bool:
    """Whether it is who began: the caller, the person for whom a program did, or where nobody logged in comes, the same
    browser or network.

    Without a caller only consents that lead back to the hub itself are taken: an app that has codes sent to itself
    brings them with its own log-in.
    """
    if actor is not None and actor.id in (attempt.started_by, person_behind(attempt.started_by)):
        return True
    is_same = secrets.compare_digest(hashed(browser), attempt.browser_hash) if browser else False
    return is_same and leads_to_the_hub(attempt)


def leads_to_the_hub(attempt: OAuthAttempt) -> bool:
    """Whether the vendor was told to lead back to the hub itself."""
    return attempt.redirect_uri.startswith(f"{settings.HUB_BASE_URL}/")


def hashed(text: str) -> str:
    """The form in which the secrets of a consent are stored, to be known again."""
    return hashlib.sha256(text.encode()).hexdigest()
