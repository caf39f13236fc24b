"""OAuth: the hub issues JWT access tokens (RFC 9068) and opaque rotating refresh tokens."""

from integrations_site.settings import environment as env

OAUTH2_PROVIDER_APPLICATION_MODEL = "tenancy.ApiClient"
OAUTH2_PROVIDER = {
    "ACCESS_TOKEN_EXPIRE_SECONDS": env.number("OAUTH_ACCESS_TOKEN_SECONDS", 900),
    "REFRESH_TOKEN_EXPIRE_SECONDS": env.number("OAUTH_REFRESH_TOKEN_SECONDS", 30 * 24 * 3600),
    "ROTATE_REFRESH_TOKEN": True,
    "PKCE_REQUIRED": True,
    "SCOPES": {"api": "Use the hub's API"},
    "DEFAULT_SCOPES": ["api"],
}
