"""Bearer tokens (RFC 6750)."""

from collections.abc import Mapping
from typing import Any

from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from integrations_site.tenancy.tokens import Bearer, TokenInvalidError, read

_SCHEME = "bearer"
_LONGEST = 4096


class BearerAuthentication(BaseAuthentication):
    """`Authorization: Bearer <token>`; the caller becomes `request.user`."""

    def authenticate(self, request: Request) -> tuple[Any, Any] | None:
        """The caller, or None where the request carries no token. Raises TokenInvalidError and its kin."""
        bearer = bearer_of(request.META)
        return (bearer.caller(), None) if bearer else None

    def authenticate_header(self, request: Request) -> str:
        """What a 401 asks for."""
        return 'Bearer realm="hub"'


def bearer_of(meta: Mapping[str, Any]) -> Bearer | None:
    """The bearer whose token a request carries; None where it carries none. Raises TokenInvalidError and its kin."""
    header = meta.get("HTTP_AUTHORIZATION", "")
    if not header:
        return None
    scheme, _, token = header.partition(" ")
    token = token.strip()
    if scheme.lower() != _SCHEME or not token or len(token) > _LONGEST:
        raise TokenInvalidError("The Authorization header must be `Bearer` and an access token")
    return read(token, meta.get("HTTP_X_TENANT_ID"))
