"""Xero's identity: Basic or PKCE, tokens of half an hour, refresh tokens that serve once, and connections.

A connection is a person's with a client: every token that the client has of this person opens all of them, and each
belongs to the consent that made it, however often the organisation is chosen again.
"""

import base64
import json
import secrets
import uuid
from typing import Any

from integrations_site.sandbox.accounts import Account
from integrations_site.sandbox.clock import utc
from integrations_site.sandbox.messages import Request, Response, as_json
from integrations_site.sandbox.oauth import AuthorizationServer
from integrations_site.sandbox.tokens import Grant, RefreshRule
from integrations_site.sandbox.webhooks import sign

# A person each, who is a member of one organisation; the accountant is one of two, and chooses.
ACCOUNTS = (
    Account("northwind", "0a7e3d52-1111-4c1b-9d5e-6f0000000001", "Northwind Trading"),
    Account("contoso", "0a7e3d52-2222-4c1b-9d5e-6f0000000002", "Contoso Retail", share=0.5),
    Account("empty", "0a7e3d52-3333-4c1b-9d5e-6f0000000003", "Blank Slate Ltd", share=0),
    Account("accountant", "accountant", "Both of the first two", members=("northwind", "contoso")),
)
_RESOURCES = ("invoices", "payments", "banktransactions", "manualjournals", "contacts", "settings", "attachments")
_KEY = "xero-sandbox-tokens"


class XeroIdentity(AuthorizationServer):
    """login.xero.com and identity.xero.com

    Its application was made after 2 March 2026: it may not ask for accounting.transactions.
    """

    vendor = "xero"
    client_id = "xero-demo-client"
    client_secret = "xero-demo-secret"  # noqa: S105 - a secret of the sandbox
    accounts = ACCOUNTS
    known_scopes = frozenset(
        {
            *("offline_access", "openid", "profile", "email", "accounting.journals.read"),
            *(f"accounting.{name}{suffix}" for name in _RESOURCES for suffix in ("", ".read")),
        }
    )
    authentication = frozenset({"basic"})
    pkce = True
    code_seconds = 300
    access_seconds = 1_800
    refresh_rule = RefreshRule(rotates=True, grace_seconds=1_800, lifetime_seconds=60 * 86_400)

    def gives_refresh(self, grant: Grant) -> bool:
        """Only to whoever asked for offline_access."""
        return "offline_access" in grant.scopes

    def make_access(self, grant: Grant) -> str:
        """A JWT that says from which consent it comes."""
        claims = {
            "client_id": grant.client_id,
            "iat": int(self.world.clock.now()),
            "exp": int(self.world.clock.now() + (self.seconds() or 0)),
            "authentication_event_id": event_id(grant),
            "scope": list(grant.scopes),
            "jti": secrets.token_hex(16),
        }
        signed = f"{_part({'alg': 'HS256', 'typ': 'JWT'})}.{_part(claims)}"
        return f"{signed}.{base64.urlsafe_b64encode(sign(_KEY, signed.encode())).rstrip(b'=').decode()}"

    def failure(self, error: str, description: str, *, status: int = 400) -> Response:
        """Xero gives the word alone, and 400 to wrong clients, too."""
        return as_json({"error": error}, status=400)

    def revoke(self, request: Request) -> Response:
        """With the refresh token; all connections of that person end."""
        before = {grant.id for grant in self.world.tokens.grants(self.vendor) if grant.revoked}
        response = super().revoke(request)
        grants = list(self.world.tokens.grants(self.vendor))
        for grant in grants:
            if grant.revoked and grant.id not in before:
                for account in self.connected(grant):
                    self._leave(grant, account)
        return response

    def connected(self, grant: Grant) -> dict[Account, Grant]:
        """The organisations that the person of a consent has connected, each with the consent that did it."""
        left, found = self._left(), dict[Account, Grant]()
        for each in self._of_person(grant):
            for account in _chosen(each):
                if connection_of(each, account) not in left:
                    found.setdefault(account, each)
        return found

    def leave(self, grant: Grant, connection_id: str) -> bool:
        """Ends the connection with one organisation; whether there was one."""
        for account, opener in self.connected(grant).items():
            if connection_of(opener, account) == connection_id:
                self._leave(grant, account)
                return True
        return False

    def _leave(self, grant: Grant, account: Account) -> None:
        """Consents until now do not connect the organisation any more, also those for which it was connected before."""
        self._left().update(connection_of(each, account) for each in self._of_person(grant))

    def _left(self) -> set[str]:
        left: set[str] = self.world.keep(("xero", "left"), set)
        return left

    def _of_person(self, grant: Grant) -> list[Grant]:
        """All consents of a person to this client, in their order."""
        found = self.world.tokens.grants(self.vendor, grant.account.key)
        return [each for each in found if each.client_id == grant.client_id]

    def described(self, grant: Grant, account: Account) -> dict[str, Any]:
        """A connection that a consent made, as GET /connections tells it."""
        at = utc(grant.at).strftime("%Y-%m-%dT%H:%M:%S.%f0")
        return {
            "id": connection_of(grant, account),
            "authEventId": event_id(grant),
            "tenantId": account.id,
            "tenantType": "ORGANISATION",
            "tenantName": account.name,
            "createdDateUtc": at,
            "updatedDateUtc": at,
        }


def _chosen(grant: Grant) -> list[Account]:
    """The organisations that a consent let the client into."""
    keys = grant.members if grant.account.members else (grant.account.key,)
    return [account for account in ACCOUNTS if account.key in keys]


def event_id(grant: Grant) -> str:
    """The consent's id."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, f"xero/{grant.id}/{grant.at}"))


def connection_of(grant: Grant, account: Account) -> str:
    """The id of the connection that a consent made with an organisation."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, f"xero/{grant.id}/{grant.at}/{account.key}"))


def _part(content: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()
