"""The vendors' doors as the tests use them: where each has its OAuth, and calls with a token."""

import base64
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import httpx2
import pytest

from tests.sandbox.consenting import consent, returned
from tests.sandbox.serving import RunningSandbox

BACK = "https://hub.example.com/callback?kept=1"


@dataclass(frozen=True, slots=True)
class Door:
    """A vendor's OAuth as its sheet states it; `proof` is how the client proves itself."""

    authorize: str
    token: str
    client: str
    secret: str
    scope: str
    proof: str = "basic"


DOORS = {
    "stripe": Door(
        "/connect.stripe.com/oauth/authorize",
        "/connect.stripe.com/oauth/token",
        "stripe-demo-client",
        "stripe-demo-secret",
        "read_write",
        "bearer",
    ),
    "slack": Door(
        "/slack.com/oauth/v2/authorize",
        "/slack.com/api/oauth.v2.access",
        "slack-demo-client",
        "slack-demo-secret",
        "channels:read,groups:read,channels:history,groups:history,users:read,users:read.email,chat:write",
        "body",
    ),
    "quickbooks": Door(
        "/appcenter.intuit.com/connect/oauth2",
        "/oauth.platform.intuit.com/oauth2/v1/tokens/bearer",
        "quickbooks-demo-client",
        "quickbooks-demo-secret",
        "com.intuit.quickbooks.accounting openid",
    ),
    "xero": Door(
        "/login.xero.com/identity/connect/authorize",
        "/identity.xero.com/connect/token",
        "xero-demo-client",
        "xero-demo-secret",
        "offline_access accounting.invoices accounting.contacts.read accounting.banktransactions accounting.settings",
    ),
    "workday": Door(
        "/impl.workday.com/northwind/authorize",
        "/wd2-impl-services1.workday.com/ccx/oauth2/northwind/token",
        "workday-demo-client",
        "workday-demo-secret",
        "",
    ),
    "generic": Door("/oauth/authorize", "/oauth/token", "demo", "whatever", "read write", "body"),
}


class Vendors:
    """Calls to the vendors of a running sandbox."""

    def __init__(self, running: RunningSandbox) -> None:
        self.running = running
        self.http = httpx2.Client(base_url=running.url, trust_env=False, timeout=30)

    def authorization_url(self, vendor: str, **changed: str) -> str:
        """The address to send a browser to; an empty value leaves a parameter out."""
        door = DOORS[vendor]
        asked = {"client_id": door.client, "redirect_uri": BACK, "response_type": "code", "scope": door.scope}
        asked |= {"state": "s-1"} | changed
        return f"{self.running.url}{door.authorize}?{urlencode({k: v for k, v in asked.items() if v})}"

    def ask_token(self, vendor: str, *, secret: str | None = None, **form: str) -> httpx2.Response:
        """The token endpoint's answer."""
        door = DOORS[vendor]
        secret = door.secret if secret is None else secret
        headers = {}
        if door.proof == "basic":
            headers["Authorization"] = f"Basic {base64.b64encode(f'{door.client}:{secret}'.encode()).decode()}"
        elif door.proof == "bearer":
            headers["Authorization"] = f"Bearer {secret}"
        else:
            form |= {"client_id": door.client, "client_secret": secret}
        return self.http.post(door.token, data=form, headers=headers)

    def connect(
        self, vendor: str, *, account: str | None = None, members: Iterable[str] | None = None, **changed: str
    ) -> dict[str, Any]:
        """Token answer and redirect query of a whole consent."""
        back = returned(consent(self.authorization_url(vendor, **changed), account=account, members=members))
        answer = self.ask_token(vendor, grant_type="authorization_code", code=back["code"], redirect_uri=BACK)
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return {"redirect": back} | told

    def refresh(self, vendor: str, token: str) -> httpx2.Response:
        """An exchange of a refresh token."""
        return self.ask_token(vendor, grant_type="refresh_token", refresh_token=token)

    def get(self, path: str, token: str, headers: dict[str, str] | None = None, /, **query: Any) -> httpx2.Response:
        """A call with a token, and with `query`."""
        given = {"Authorization": f"Bearer {token}", "Accept": "application/json"} | (headers or {})
        return self.http.get(path, params=query, headers=given)

    def close(self) -> None:
        """Closes the connections."""
        self.http.close()


@pytest.fixture
def vendors(sandbox: RunningSandbox) -> Iterator[Vendors]:
    """Calls to the vendors of a fresh sandbox."""
    calls = Vendors(sandbox)
    yield calls
    calls.close()
