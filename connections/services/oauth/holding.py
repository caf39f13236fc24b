"""Consents that another browser came back from than the one that began them, or one of which nothing is known.

Whoever is sent to the address of somebody else's consent would link an account of theirs to a stranger's tenant. So
what the vendor led back with is held, sealed, for that browser alone, until a person of the tenant has logged in there,
has seen whose consent it is and for which account, and confirms it.
"""

import logging
import secrets
import uuid
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import cast

import msgspec
from django.db import transaction

from connections.models import Connection, OAuthAttempt
from connections.services.errors import ConsentDeniedError, OAuthCallerError, OAuthStateError
from connections.services.oauth.attempts import (
    LIFETIME,
    hashed,
    leads_to_the_hub,
    opened,
    sealed,
    sound_attempt,
    use_up,
)
from connections.services.oauth.finishing import accept, connection_of, note_failure, noting_failure
from connections.services.oauth.grants import Grant, exchange, hand_back, handing_back
from connections.services.oauth.identity import require_same_account
from connections.services.tokens.locking import RenewalBusyError, exclusively
from integrations_site.audit.services import announce
from integrations_site.audit.types import HUB, Actor
from integrations_site.kernel import clock, ids
from integrations_site.kernel.crypto import SecretUnreadableError
from integrations_site.kernel.errors import HubError
from integrations_site.tenancy import scope

_SECRET_BYTES = 32
_AT_ONCE = 200
_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Held:
    """A consent that waits to be confirmed: its id, and the secret of the browser that may do so."""

    public_id: str
    holder: str = field(repr=False)


class _Answer(msgspec.Struct, frozen=True):
    """What is held: at first what the vendor led back with, then what was exchanged for it."""

    query: dict[str, str] = {}
    grant: Grant | None = None


def hold_consent(*, state: str, query: Mapping[str, str]) -> Held:
    """Keeps what the vendor led back with, for another ten minutes, for the browser that is given the secret.

    Raises OAuthStateError, and OAuthCallerError where an app is to bring it with its own log-in.
    """
    attempt, holder = sound_attempt(state), secrets.token_urlsafe(_SECRET_BYTES)
    if not leads_to_the_hub(attempt):
        raise OAuthCallerError("The app that started this consent ends it; go back there, or start again here")
    with scope.tenant_scope(cast(uuid.UUID, attempt.tenant_id)), transaction.atomic():
        announce(action="oauth.held", actor=HUB, subject=attempt.connection.public_id)
        answer = sealed(attempt, msgspec.json.encode(_Answer(dict(query))).decode())
        unused = OAuthAttempt.objects.filter(pk=attempt.pk, used_at=None, holder_hash="")
        if not unused.update(holder_hash=hashed(holder), sealed_answer=answer, expires_at=clock.now() + LIFETIME):
            raise OAuthStateError("This consent was brought back already; start it again", code="OAUTH_STATE_USED")
    return Held(attempt.public_id, holder)


def held_by(*, state: str, holder: str) -> str:
    """The id of the consent of this state that this browser holds already; empty where it does not."""
    with scope.all_tenants():
        mine = OAuthAttempt.objects.filter(state_hash=hashed(state), holder_hash=hashed(holder), used_at=None)
        found = mine.first() if holder else None
    return found.public_id if found else ""


def held_consent(*, public_id: str, holder: str) -> OAuthAttempt:
    """The consent of the tenant in scope that this browser holds. Raises OAuthStateError."""
    key = ids.parse(OAuthAttempt.id_kind, public_id)
    mine = OAuthAttempt.objects.filter(holder_hash=hashed(holder), used_at=None, expires_at__gt=clock.now())
    named = mine.filter(pk=key) if key and holder else mine.none()
    found = named.select_related("connection__integration__provider").first()
    if found is None:
        raise OAuthStateError(
            "There is no consent here that waits for you: it is over, it was begun in another tenant than the one that "
            "you work in, or another browser brought it back. Start it again from the integrations"
        )
    return found


def offered(*, attempt: OAuthAttempt, actor: Actor) -> Grant:
    """What a held consent would connect; the code is exchanged at the first look, and the account asked for.

    Called outside any transaction. What fails ends the consent: raises as `finish_consent` does.
    """
    connection = connection_of(attempt)
    with exclusively(connection):
        attempt.refresh_from_db(fields=["sealed_answer"])
        answer = _answer(attempt)
        if answer.grant is not None:
            return answer.grant
        try:
            with noting_failure(connection, actor=actor):
                grant = exchange(connection, attempt, answer.query, actor)
                with handing_back(connection, grant):
                    require_same_account(connection, grant.account, takes_other=attempt.takes_other_account)
                    _keep(attempt, grant, actor)
        except HubError:
            with transaction.atomic():
                use_up(attempt, actor)
            raise
    return grant


def confirm_consent(*, attempt: OAuthAttempt, actor: Actor) -> Connection:
    """The connection, active. Called outside any transaction. Raises as `finish_consent` does."""
    grant = offered(attempt=attempt, actor=actor)
    with transaction.atomic():
        use_up(attempt, actor)
    connection = connection_of(attempt)
    with handing_back(connection, grant), noting_failure(connection, actor=actor):
        return accept(connection, attempt, grant, actor)


def decline_consent(*, attempt: OAuthAttempt, actor: Actor) -> ConsentDeniedError:
    """Ends a held consent, and has the vendor take back what was exchanged, as far as it can be reached.

    Gives back what whoever began it is to be told. Called outside any transaction. Raises OAuthStateError where it is
    over already.
    """
    connection = connection_of(attempt)
    with exclusively(connection):  # nobody exchanges meanwhile what would then belong to nobody
        attempt.refresh_from_db(fields=["sealed_answer"])
        grant = _to_hand_back(attempt)
        with transaction.atomic():
            use_up(attempt, actor)
    if grant is not None:
        hand_back(connection, grant)
    error = ConsentDeniedError("The consent was not confirmed; nothing was connected", code="OAUTH_NOT_CONFIRMED")
    note_failure(connection, error, actor)
    return error


def drop_lapsed() -> int:
    """Ends held consents that nobody has confirmed in time, as if they were declined; how many.

    One that is being looked at is left to the next time.
    """
    with scope.all_tenants():
        lapsed = OAuthAttempt.objects.filter(used_at=None, expires_at__lte=clock.now()).exclude(sealed_answer="")
        found = list(lapsed.values_list("tenant_id", "pk")[:_AT_ONCE])
    for tenant, key in found:
        with scope.tenant_scope(tenant), suppress(OAuthStateError, RenewalBusyError):
            decline_consent(attempt=OAuthAttempt.objects.select_related("connection").get(pk=key), actor=HUB)
    return len(found)


@transaction.atomic
def _keep(attempt: OAuthAttempt, grant: Grant, actor: Actor) -> None:
    announce(action="oauth.exchanged", actor=actor, subject=attempt.connection.public_id)
    attempt.sealed_answer = sealed(attempt, msgspec.json.encode(_Answer(grant=grant)).decode())
    attempt.save(update_fields=["sealed_answer", "updated_at"])


def _to_hand_back(attempt: OAuthAttempt) -> Grant | None:
    """What was exchanged, if anything; what no key opens can be ended at the vendor alone. Raises as `_answer` does."""
    try:
        return _answer(attempt).grant
    except SecretUnreadableError as error:
        _logger.error("What was exchanged for %s cannot be handed back: %s", attempt.public_id, error.message)
        return None


def _answer(attempt: OAuthAttempt) -> _Answer:
    """What is held. Raises OAuthStateError where somebody has ended the consent meanwhile."""
    if not attempt.sealed_answer:
        raise OAuthStateError("This consent was used already; start it again", code="OAUTH_STATE_USED")
    return msgspec.json.decode(opened(attempt, attempt.sealed_answer), type=_Answer)
