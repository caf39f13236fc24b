"""Access tokens: signed by the hub (RFC 9068), remembered in the database, revocable at once."""

from integrations_site.tenancy.tokens.callers import Bearer, Caller, authenticate, read
from integrations_site.tenancy.tokens.issuing import issue
from integrations_site.tenancy.tokens.revoking import revoke
from integrations_site.tenancy.tokens.signing import TokenExpiredError, TokenInvalidError

__all__ = [
    "Bearer",
    "Caller",
    "TokenExpiredError",
    "TokenInvalidError",
    "authenticate",
    "issue",
    "read",
    "revoke",
]
