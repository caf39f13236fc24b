"""Bearer tokens (RFC 6750)."""

from collections.abc import Mapping
from typing import Any

from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from integrations_site.tenancy import tokens
from integrations_site.tenancy.tokens import TokenInvalidError

_SCHEME = "bearer"
_LONGEST = 4096


class BearerAuthentication(BaseAuthentication):
    """`Authorization: Bearer <token>`; the caller becomes `request.user`."""

    def authenticate(self, request: Request) -> tuple[Any, Any] | None:
        """The caller, or None where the request carries no token. Raises TokenInvalidError and its kin."""
        token = token_of(request.META)
        if token is None:
            return None
        return tokens.authenticate(token, named_tenant=request.META.get("HTTP_X_TENANT_ID")), None

    def authenticate_header(self, request: Request) -> str:
        """What a 401 asks for."""
        return 'Bearer realm="hub"'


def token_of(headers: Mapping[str, Any]) -> str | None:
    """The token of a request's headers (WSGI's names), or None. Raises TokenInvalidError for another kind of header."""
    header = headers.get("HTTP_AUTHORIZATION", "")
    if not header:
        return None
    scheme, _, token = header.partition(" ")
    token = token.strip()
    if scheme.lower() != _SCHEME or not token or len(token) > _LONGEST:
        raise TokenInvalidError("The Authorization header must be `Bearer` and an access token")
    return str(token)
