"""JWT access tokens: what is in them, how they are signed, and what is refused (RFC 9068, RFC 8725)."""

import functools
import secrets
import time
from dataclasses import dataclass
from typing import Any

import jwt
from django.conf import settings

from integrations_site.kernel.errors import HubError
from integrations_site.tenancy.tokens import keys

TYPE = "at+jwt"
_REQUIRED = ["iss", "aud", "sub", "client_id", "iat", "exp", "jti", "scope", "roles"]
_CLOCK_SKEW_SECONDS = 5


class TokenInvalidError(HubError):
    """The token was not issued by this hub for its API, was altered, or was revoked."""

    status, code = 401, "INVALID_TOKEN"


class TokenExpiredError(HubError):
    """The token was good once; a new one is needed."""

    status, code = 401, "TOKEN_EXPIRED"


@dataclass(frozen=True, slots=True)
class Claims:
    """What a token says about its bearer; `tenant` and `subject` are public ids. A super admin's has no tenant."""

    subject: str
    client_id: str
    role: str
    tenant: str | None
    scope: str
    expires: int


def issuer() -> str:
    """Who issues tokens: the hub's own address."""
    return str(settings.HUB_BASE_URL)


def audience() -> str:
    """Whom tokens are for: the hub's API."""
    return f"{settings.HUB_BASE_URL}/api"


def sign(*, subject: str, client_id: str, role: str, tenant: str | None, scope: str, seconds: int) -> str:
    """A signed token that expires after `seconds`."""
    now = int(time.time())
    claims: dict[str, Any] = {
        "iss": issuer(),
        "aud": audience(),
        "sub": subject,
        "client_id": client_id,
        "iat": now,
        "exp": now + seconds,
        "jti": secrets.token_urlsafe(16),
        "scope": scope,
        "roles": [role],
    }
    if tenant is not None:
        claims["tenant"] = tenant
    ring = keys.keyring()
    kid = ring.signing_id
    return jwt.encode(claims, ring.private[kid], algorithm=keys.ALGORITHM, headers={"typ": TYPE, "kid": kid})


def verify(token: str) -> Claims:
    """The claims of a token that this hub signed and that has not expired.

    Raises TokenInvalidError or TokenExpiredError. Whatever the token's header says, only ES256 is accepted, only the
    type `at+jwt`, and only a key of the hub's own ring.
    """
    claims = _verified(token, keys.keyring().stamp)
    if claims.expires <= time.time() - _CLOCK_SKEW_SECONDS:
        raise TokenExpiredError("The access token has expired; ask for a new one")
    return claims


@functools.lru_cache(maxsize=2048)
def _verified(token: str, ring_stamp: int) -> Claims:
    """A signature stays good as long as the ring is the same; whether a token was revoked is never remembered."""
    try:
        header = jwt.get_unverified_header(token)
        key = keys.keyring().public.get(str(header.get("kid")))
        if key is None or header.get("typ") != TYPE:
            raise TokenInvalidError("The access token was not issued by this hub")
        found = jwt.decode(
            token,
            key,
            algorithms=[keys.ALGORITHM],
            issuer=issuer(),
            audience=audience(),
            options={"require": _REQUIRED, "verify_exp": False},
        )
        return _claims(found)
    except (jwt.InvalidTokenError, UnicodeError, ValueError):
        raise TokenInvalidError("The access token is not valid; ask for a new one") from None


def _claims(found: dict[str, Any]) -> Claims:
    roles, tenant = found["roles"], found.get("tenant")
    if not isinstance(roles, list) or len(roles) != 1 or not isinstance(tenant, str | None):
        raise TokenInvalidError("The access token carries claims that this hub does not issue")
    return Claims(
        subject=str(found["sub"]),
        client_id=str(found["client_id"]),
        role=str(roles[0]),
        tenant=tenant,
        scope=str(found["scope"]),
        expires=int(found["exp"]),
    )
