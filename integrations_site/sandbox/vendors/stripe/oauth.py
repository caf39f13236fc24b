"""Stripe Connect's OAuth (Standard): the platform proves itself with its secret key; tokens do not expire."""

import hmac
import secrets
from typing import Any

from integrations_site.sandbox.accounts import Account
from integrations_site.sandbox.messages import Request, Response, as_json
from integrations_site.sandbox.oauth import AuthorizationServer
from integrations_site.sandbox.tokens import AccessToken, Grant, RefreshToken

PLATFORM_KEY = "stripe-demo-secret"
ACCOUNTS = (
    Account("northwind", "acct_1SbNorthwindTr001", "Northwind Trading"),
    Account("contoso", "acct_1SbContosoRtl0002", "Contoso Retail", share=0.5),
    Account("empty", "acct_1SbBlankSlate0003", "Blank Slate Ltd", share=0),
)


class StripeConnect(AuthorizationServer):
    """connect.stripe.com"""

    vendor = "stripe"
    client_id = "stripe-demo-client"
    client_secret = PLATFORM_KEY
    accounts = ACCOUNTS
    known_scopes = frozenset({"read_only", "read_write"})
    authentication = frozenset({"bearer"})
    code_seconds = 300
    access_seconds = None

    def scopes_asked(self, asked: dict[str, str]) -> tuple[str, ...]:
        """One scope; read_only where none is named."""
        return super().scopes_asked(asked) or ("read_only",)

    def make_access(self, grant: Grant) -> str:
        """It looks like a secret key of the connected account."""
        return f"sk_test_{secrets.token_hex(24)}"

    def make_refresh(self, grant: Grant) -> str:
        """A token to mint others of the same or lesser scope."""
        return f"rt_{secrets.token_hex(16)}"

    def answer(self, access: AccessToken, refresh: RefreshToken | None) -> dict[str, Any]:
        """Without expires_in, unless the control address gave the tokens a lifetime."""
        return super().answer(access, refresh) | {
            "token_type": "bearer",
            "livemode": False,
            "stripe_user_id": access.grant.account.id,
            "stripe_publishable_key": f"pk_test_{access.grant.account.key}",
        }

    def deauthorize(self, request: Request) -> Response:
        """Ends what was agreed with an account; its tokens are dead from then on."""
        form = request.form()
        self.authenticate(request, form)
        account = form.get("stripe_user_id", "")
        live = [grant for grant in self.world.tokens.grants(self.vendor, account) if not grant.revoked]
        if not hmac.compare_digest(form.get("client_id", "").encode(), self.client_id.encode()) or not live:
            return self.failure("invalid_client", "This application is not connected to that account.", status=401)
        for grant in live:
            grant.revoked = True
        return as_json({"stripe_user_id": account})
