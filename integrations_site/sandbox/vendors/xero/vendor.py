"""Xero as a whole: connections, the accounting API of the organisation in the header, and webhooks."""

import json
from collections.abc import Iterable

from integrations_site.sandbox.accounts import Account
from integrations_site.sandbox.clock import iso
from integrations_site.sandbox.data import Table
from integrations_site.sandbox.limits import Limit
from integrations_site.sandbox.messages import Refusal, Request, Response, as_json
from integrations_site.sandbox.routing import Handler, Route, either, get, post
from integrations_site.sandbox.tokens import Grant
from integrations_site.sandbox.vendors.vendor import Vendor
from integrations_site.sandbox.vendors.xero.lists import list_page, one
from integrations_site.sandbox.vendors.xero.oauth import ACCOUNTS, XeroIdentity
from integrations_site.sandbox.vendors.xero.shapes import SHAPES
from integrations_site.sandbox.webhooks import Webhook, WebhookOrder, in_base64, secret_of
from integrations_site.sandbox.world import World
from integrations_site.sandbox.xml import in_xml, wants_json

WEBHOOK_KEY = "xero-demo-webhook-key"
_API = "/api.xero.com/api.xro/2.0"
_SCOPES = {
    "Invoices": ("accounting.invoices",),
    "Contacts": ("accounting.contacts",),
    "BankTransactions": ("accounting.banktransactions",),
    "ManualJournals": ("accounting.manualjournals",),
    "Payments": ("accounting.payments",),
    "Accounts": ("accounting.settings",),
    "Organisation": ("accounting.settings",),
}
_OPERATIONS = {"added": "CREATE", "changed": "UPDATE", "deleted": "UPDATE"}
_CATEGORIES = {"Invoices": "INVOICE", "Contacts": "CONTACT"}


class Xero(Vendor):
    """login.xero.com, identity.xero.com and api.xero.com"""

    slug = "xero"
    hosts = ("api.xero.com", "login.xero.com", "identity.xero.com")
    accounts = ACCOUNTS
    shapes = SHAPES
    limits = (Limit(5, 0, "concurrent"), Limit(60, 60.0, "minute"), Limit(5_000, 86_400.0, "day"))

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._identity = XeroIdentity(world)

    def routes(self) -> Iterable[Route]:
        """Identity, connections, and the accounting lists."""
        yield either("/login.xero.com/identity/connect/authorize", self._identity.authorize)
        yield post("/identity.xero.com/connect/token", self._identity.token)
        yield post("/identity.xero.com/connect/revocation", self._identity.revoke)
        yield get("/api.xero.com/connections", self._connections)
        yield Route("/api.xero.com/connections/{id}", {"DELETE": self._disconnect})
        yield get(f"{_API}/Organisation", self._accounting("Organisation", self._organisation))
        for entity in SHAPES:
            yield get(f"{_API}/{entity}", self._accounting(entity, self._list))
            yield get(f"{_API}/{entity}/{{id}}", self._accounting(entity, self._one))
        for entity in ("ExpenseClaims", "Receipts"):
            yield get(f"{_API}/{entity}", self._accounting(entity, self._nothing))

    def rate_limited(self, retry_after: float | None, limit: Limit | None = None) -> Response:
        """429 that says which limit it was."""
        headers = [("X-Rate-Limit-Problem", limit.name if limit else "minute")]
        if retry_after is not None:
            headers.append(("Retry-After", str(max(round(retry_after), 1))))
        return Response(429, headers=headers, content_type="text/html")

    def unavailable(self, status: int) -> Response:
        """503 is what an organisation says that is offline."""
        told = {"Title": "An error occurred", "Status": status, "Detail": "The organisation is offline"}
        return as_json(told, status=status)

    def unauthorised(self, why: str) -> Response:
        """401 with TokenExpired, or without more."""
        detail = "TokenExpired: token expired" if why == "expired" else "AuthenticationUnsuccessful"
        return as_json({"Type": None, "Title": "Unauthorized", "Status": 401, "Detail": detail}, status=401)

    def tables_read(self, request: Request) -> list[Table]:
        """Those of the organisation in the header."""
        wanted = request.headers.get("xero-tenant-id", "")
        account = next((one for one in ACCOUNTS if one.id == wanted), None)
        entity = request.path.split("/")[4:5]
        return [self.table(account, entity[0])] if account and entity and entity[0] in SHAPES else []

    def webhooks(self, order: WebhookOrder, account: Account) -> list[Webhook]:
        """One webhook about the latest `count` changes; `intent_to_receive` sends a good and a bad empty one."""
        if order.event == "intent_to_receive":
            told = {"events": [], "firstEventSequence": 0, "lastEventSequence": 0, "entropy": "SANDBOXINTENT"}
            body = json.dumps(told).encode()
            good, bad = in_base64(WEBHOOK_KEY, body), in_base64(f"not-{WEBHOOK_KEY}", body)
            signed = (("intent-good", good), ("intent-bad", bad))
            return [Webhook(name, body, {"x-xero-signature": signature}) for name, signature in signed]
        events = self._events(order, account)
        sequences = self.world.keep(("xero", "sequences"), list)
        first = len(sequences) + 1
        sequences.extend(event["resourceId"] for event in events)
        told = {"events": events, "firstEventSequence": first, "lastEventSequence": len(sequences)}
        body = json.dumps(told | {"entropy": f"SANDBOX{first:08d}"}).encode()
        signature = in_base64(secret_of(order, WEBHOOK_KEY), body)
        return [Webhook(f"xero-{first}", body, {"x-xero-signature": signature})]

    def _events(self, order: WebhookOrder, account: Account) -> list[dict[str, str]]:
        category, _, kind = order.event.upper().partition(".")
        found = [
            self._event(account, done.table, done.index, _OPERATIONS[done.kind], done.at)
            for done in self.world.mutations_of(self.slug, account)
            if category in ("", _CATEGORIES.get(done.table.shape.entity)) and kind in ("", _OPERATIONS[done.kind])
            if done.table.shape.entity in _CATEGORIES
        ]
        if found and not order.id:
            return found[-order.count :]
        table = self.table(account, "Contacts" if category == "CONTACT" else "Invoices")
        index = table.index_of(order.id) if order.id else table.newest()[0]
        if index is None:
            raise ValueError(f"there is no record {order.id!r}")
        return [self._event(account, table, index, kind or "UPDATE", self.world.clock.now())]

    def _event(self, account: Account, table: Table, index: int, kind: str, at: float) -> dict[str, str]:
        identifier = table.id_of(index)
        return {
            "resourceUrl": f"https://api.xero.com/api.xro/2.0/{table.shape.entity}/{identifier}",
            "resourceId": identifier,
            "eventDateUtc": iso(at).removesuffix("Z") + ".000",
            "eventType": kind,
            "eventCategory": _CATEGORIES[table.shape.entity],
            "tenantId": account.id,
            "tenantType": "ORGANISATION",
        }

    def _grant(self, request: Request) -> tuple[Grant, frozenset[str]]:
        _, scopes = self.signed_in(request)
        token = self.world.tokens.access(self.token_of(request))
        if token is None:  # gone between two looks: the sandbox was reset
            raise Refusal(self.unauthorised("unknown"))
        return token.grant, scopes

    def _connections(self, request: Request) -> Response:
        grant, _ = self._grant(request)
        connected = self._identity.connected(grant)
        return as_json([self._identity.described(opener, account) for account, opener in connected.items()])

    def _disconnect(self, request: Request) -> Response:
        grant, _ = self._grant(request)
        return Response(204 if self._identity.leave(grant, request.parameters["id"]) else 404)

    def _accounting(self, entity: str, handle: Handler) -> Handler:
        """Handles a call for the organisation in the header, where the token may, in the form asked for."""

        def handled(request: Request) -> Response:
            grant, scopes = self._grant(request)
            wanted = request.headers.get("xero-tenant-id", "")
            account = next((one for one in self._identity.connected(grant) if one.id == wanted), None)
            needed = _SCOPES.get(entity, ())
            allowed = not needed or any(scope.removesuffix(".read") in needed for scope in scopes)
            if account is None or not allowed:
                detail = "AuthenticationUnsuccessful" if account is None else "AuthorizationUnsuccessful"
                status = 403 if account is None else 401
                title = {403: "Forbidden", 401: "Unauthorized"}[status]
                return as_json({"Type": None, "Title": title, "Status": status, "Detail": detail}, status=status)
            request.parameters |= {"entity": entity, "account": account.key}
            response = handle(request)
            return response if wants_json(request) else in_xml(response, "Response")

        return handled

    def _table(self, request: Request) -> Table:
        account = next(one for one in ACCOUNTS if one.key == request.parameters["account"])
        return self.table(account, request.parameters["entity"])

    def _list(self, request: Request) -> Response:
        return list_page(request, self._table(request), self.world.pages, self.world.clock.now())

    def _one(self, request: Request) -> Response:
        return one(self._table(request), request.parameters["id"], self.world.clock.now())

    def _nothing(self, request: Request) -> Response:
        return as_json({"Status": "OK", request.parameters["entity"]: []})

    def _organisation(self, request: Request) -> Response:
        account = next(one for one in ACCOUNTS if one.key == request.parameters["account"])
        told = {"OrganisationID": account.id, "Name": account.name, "LegalName": account.name, "BaseCurrency": "NZD"}
        return as_json({"Status": "OK", "Organisations": [told | {"CountryCode": "NZ", "IsDemoCompany": True}]})
