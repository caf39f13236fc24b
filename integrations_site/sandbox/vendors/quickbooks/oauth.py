"""Intuit's OAuth 2: Basic alone, the company in the redirect, a refresh token whose value changes once a day."""

import base64
import json
from typing import Any

from integrations_site.sandbox.accounts import Account
from integrations_site.sandbox.messages import Request, Response
from integrations_site.sandbox.oauth import AuthorizationServer
from integrations_site.sandbox.tokens import AccessToken, Grant, RefreshRule, RefreshToken
from integrations_site.sandbox.webhooks import sign

ACCOUNTS = (
    Account("northwind", "9130347957983466", "Northwind Trading Inc"),
    Account("contoso", "9130347957983522", "Contoso Retail LLC", share=0.5),
    Account("empty", "9130347957983999", "Blank Slate Ltd", share=0),
)
_DAY = 86_400.0
_REFRESH_DAYS = 101
_FIVE_YEARS = 5 * 365


class IntuitOAuth(AuthorizationServer):
    """appcenter.intuit.com and oauth.platform.intuit.com"""

    vendor = "quickbooks"
    client_id = "quickbooks-demo-client"
    client_secret = "quickbooks-demo-secret"  # noqa: S105 - a secret of the sandbox
    accounts = ACCOUNTS
    known_scopes = frozenset(
        {
            *("com.intuit.quickbooks.accounting", "com.intuit.quickbooks.payment"),
            *("openid", "profile", "email", "phone", "address"),
        }
    )
    authentication = frozenset({"basic"})
    refresh_rule = RefreshRule(rotates=True, after_seconds=_DAY, lifetime_seconds=_REFRESH_DAYS * _DAY)

    def redirect_extras(self, grant: Grant) -> dict[str, str]:
        """The company's id, beside the code."""
        return {"realmId": grant.account.id}

    def answer(self, access: AccessToken, refresh: RefreshToken | None) -> dict[str, Any]:
        """Without scope, with the refresh token's lifetime."""
        told = super().answer(access, refresh) | {"token_type": "bearer"}
        del told["scope"]
        if "openid" in access.scopes:
            told["id_token"] = self._id_token(access)
        return told | {"x_refresh_token_expires_in": int(_REFRESH_DAYS * _DAY)}

    def _id_token(self, access: AccessToken) -> str:
        """Who consented, and for which company (OpenID Connect Core 1.0, 2)."""
        now = int(self.world.clock.now())
        claims = {
            "sub": f"person-of-{access.grant.account.key}",
            "aud": [self.client_id],
            "realmid": access.grant.account.id,
            "iss": "https://oauth.platform.intuit.com/op/v1",
            "auth_time": now,
            "iat": now,
            "exp": now + 3600,
        }
        signed = ".".join(_encoded(json.dumps(part).encode()) for part in ({"alg": "HS256", "typ": "JWT"}, claims))
        return f"{signed}.{_encoded(sign(self.client_secret, signed.encode()))}"

    def token(self, request: Request) -> Response:
        """A header asks for the limit that no exchange puts off."""
        response = super().token(request)
        asked = request.headers.get("x-include-refresh-token-hard-expires-in", "").lower() == "true"
        if asked and response.status == 200:
            limit = b',"x_refresh_token_hard_expires_in":%d}' % (_FIVE_YEARS * _DAY)
            response.body = response.body[:-1] + limit
        return response

    def revoke(self, request: Request) -> Response:
        """Takes JSON, unlike the token endpoint."""
        self.authenticate(request, {})
        told = request.json()
        token = told.get("token") if isinstance(told, dict) else None
        if not isinstance(token, str) or not self.world.tokens.revoke(token):
            return self.failure("invalid_request", "the token is unknown")
        return Response()


def _encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
