"""OAuth: the hub issues JWT access tokens (RFC 9068) and opaque rotating refresh tokens (RFC 6749, 7636, 9700)."""

from integrations_site.settings import environment as env
from integrations_site.settings.components.core import HUB_BASE_URL

OAUTH2_PROVIDER_APPLICATION_MODEL = "tenancy.ApiClient"
OAUTH2_PROVIDER = {
    "ACCESS_TOKEN_EXPIRE_SECONDS": env.number("OAUTH_ACCESS_TOKEN_SECONDS", 900),
    "REFRESH_TOKEN_EXPIRE_SECONDS": env.number("OAUTH_REFRESH_TOKEN_SECONDS", 30 * 24 * 3600),
    "AUTHORIZATION_CODE_EXPIRE_SECONDS": 60,
    "ACCESS_TOKEN_GENERATOR": "integrations_site.tenancy.tokens.issuing.generate",
    "REFRESH_TOKEN_GENERATOR": "oauthlib.oauth2.rfc6749.tokens.random_token_generator",
    "OAUTH2_VALIDATOR_CLASS": "integrations_site.tenancy.tokens.grants.HubValidator",
    "CLIENT_SECRET_HASHER": "client_secret",
    "ROTATE_REFRESH_TOKEN": True,
    "REFRESH_TOKEN_REUSE_PROTECTION": True,
    "PKCE_REQUIRED": True,
    "OIDC_ISS_ENDPOINT": HUB_BASE_URL,
    "ALLOWED_REDIRECT_URI_SCHEMES": ["https", "http"],
    "SCOPES": {"api": "Use the hub's API"},
    "DEFAULT_SCOPES": ["api"],
    "COMPLIANT_BCP_RFC9700_IMPLICIT_GRANT": True,
    "COMPLIANT_BCP_RFC9700_PASSWORD_GRANT": True,
    "COMPLIANT_BCP_RFC9700_PKCE_METHOD": True,
    "COMPLIANT_BCP_RFC9700_ACCESS_TOKEN_TRANSPORT": True,
    "COMPLIANT_BCP_RFC9700_AUTHZ_RESPONSE_ISS": True,
    "COMPLIANT_BCP_RFC9700_TOKEN_STORAGE": True,
    "COMPLIANT_BCP_RFC9700_REFRESH_TOKEN": True,
    "COMPLIANT_BCP_RFC9700_REDIRECT_URI_SCHEME": True,
    "COMPLIANT_BCP_RFC9700_REDIRECT_URI_MATCHING": True,
    "COMPLIANT_BCP_RFC9700_PKCE_REQUIRED": True,
}

# Without a directory of its own the hub keeps its signing keys under var/ and makes the first itself.
SIGNING_KEYS_AUTOCREATE = not env.text("SIGNING_KEYS_DIR")
# Requests a minute at the token endpoint, for one client and for one address.
OAUTH_ATTEMPTS = {
    "client": env.number("OAUTH_ATTEMPTS_CLIENT", 60),
    "address": env.number("OAUTH_ATTEMPTS_ADDRESS", 120),
}
