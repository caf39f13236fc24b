"""Bearer tokens (RFC 6750)."""

from typing import Any

from django.http import HttpRequest
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from integrations_site.tenancy import tokens
from integrations_site.tenancy.tokens import Caller, TokenInvalidError

_SCHEME = "bearer"
_LONGEST = 4096


class BearerAuthentication(BaseAuthentication):
    """`Authorization: Bearer <token>`; the caller becomes `request.user`."""

    def authenticate(self, request: Request) -> tuple[Any, Any] | None:
        """The caller, or None where the request carries no token. Raises TokenInvalidError and its kin."""
        caller = caller_of(request)
        return (caller, None) if caller else None

    def authenticate_header(self, request: Request) -> str:
        """What a 401 asks for."""
        return 'Bearer realm="hub"'


def caller_of(request: HttpRequest | Request) -> Caller | None:
    """Who sends a request; None where it carries no token. Raises TokenInvalidError and its kin."""
    header = request.META.get("HTTP_AUTHORIZATION", "")
    if not header:
        return None
    scheme, _, token = header.partition(" ")
    token = token.strip()
    if scheme.lower() != _SCHEME or not token or len(token) > _LONGEST:
        raise TokenInvalidError("The Authorization header must be `Bearer` and an access token")
    return tokens.authenticate(token, named_tenant=request.META.get("HTTP_X_TENANT_ID"))
