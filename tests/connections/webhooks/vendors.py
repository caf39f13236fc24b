"""Signed webhooks, as each vendor's documentation says that they are signed, and connections that they may concern."""

import base64
import hashlib
import hmac
import json
import time
from typing import Any

from django.test import Client

from catalog.models import Provider
from connections.models import Connection, Integration
from connections.services.secrets import store_secret
from integrations_site.tenancy import scope
from integrations_site.tenancy.models import Tenant

SECRETS = {
    "stripe": "whsec_stripe-demo-webhook-secret",
    "slack": "slack-demo-signing-secret",
    "quickbooks": "quickbooks-demo-verifier",
    "xero": "xero-demo-webhook-key",
}
ACCOUNTS = {"stripe": "acct_1", "slack": "T1", "quickbooks": "9130", "xero": "a1b2"}


def signed(vendor: str, body: bytes, *, age: float = 0, secret: str | None = None) -> dict[str, str]:
    """The headers of a webhook that was signed so many seconds ago."""
    key, stamp = (secret or SECRETS[vendor]).encode(), str(int(time.time() - age))

    def mac(content: bytes) -> hmac.HMAC:
        return hmac.new(key, content, hashlib.sha256)

    match vendor:
        case "stripe":
            return {"Stripe-Signature": f"t={stamp},v1={mac(stamp.encode() + b'.' + body).hexdigest()},v0=00"}
        case "slack":
            signature = f"v0={mac(b'v0:' + stamp.encode() + b':' + body).hexdigest()}"
            return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": signature}
        case _:
            name = {"quickbooks": "intuit-signature", "xero": "x-xero-signature"}[vendor]
            return {name: base64.b64encode(mac(body).digest()).decode()}


def event(vendor: str, type: str, number: int = 1) -> Any:
    """An event about the account that `ACCOUNTS` names."""
    account = ACCOUNTS[vendor]
    match vendor:
        case "stripe":
            return {"id": f"evt_{number}", "type": type, "account": account, "data": {"object": {}}}
        case "slack":
            told = {"type": type} | ({"tokens": {"oauth": ["U1"], "bot": []}} if type == "tokens_revoked" else {})
            return {"type": "event_callback", "event_id": f"Ev{number}", "team_id": account, "event": told}
        case "quickbooks":
            return [{"specversion": "1.0", "id": f"e-{number}", "type": type, "intuitaccountid": account}]
        case _:
            events = [{"tenantId": account, "eventCategory": type, "eventType": "UPDATE", "resourceId": "x"}]
            return {"events": events, "firstEventSequence": number, "lastEventSequence": number, "entropy": "S"}


def deliver(
    vendor: str, content: Any, headers: dict[str, str] | None = None, *, address: str = "127.0.0.1", **signing: Any
) -> Any:
    """The hub's answer to a webhook from an address; it is signed unless headers are given."""
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    return Client(raise_request_exception=False, REMOTE_ADDR=address).post(
        f"/api/connections/webhooks/{vendor}",
        data=body,
        content_type="application/json",
        headers=signed(vendor, body, **signing) if headers is None else headers,
    )


def make_connection(tenant: Tenant, vendor: str, *, account_id: str = "") -> Connection:
    """The tenant's active connection with an account."""
    with scope.tenant_scope(tenant.id):
        provider = Provider.objects.get(provider=vendor)
        integration = Integration.objects.create(
            provider=provider, name=f"{vendor} {account_id}", status=Integration.Status.CONNECTED
        )
        connection = Connection.objects.create(
            integration=integration,
            credential_kind=Connection.CredentialKind.OAUTH,
            status=Connection.Status.ACTIVE,
            account_id=account_id or ACCOUNTS[vendor],
            connected_at="2026-01-01T00:00:00Z",
        )
        store_secret(connection, {"accessToken": "token"})
    return connection
