"""Stripe as a whole: which path answers what, who is let in, and what it says when it does not."""

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import replace

import msgspec

from integrations_site.sandbox.accounts import Account, account_of
from integrations_site.sandbox.data import Mutation, Table
from integrations_site.sandbox.limits import Limit
from integrations_site.sandbox.messages import Refusal, Request, Response, as_json
from integrations_site.sandbox.routing import Route, either, get, post
from integrations_site.sandbox.vendors.stripe.events import Event, events_of, list_events
from integrations_site.sandbox.vendors.stripe.lists import error, list_records
from integrations_site.sandbox.vendors.stripe.oauth import ACCOUNTS, PLATFORM_KEY, StripeConnect
from integrations_site.sandbox.vendors.stripe.search import search
from integrations_site.sandbox.vendors.stripe.shapes import SHAPES
from integrations_site.sandbox.vendors.vendor import Vendor
from integrations_site.sandbox.webhooks import Webhook, WebhookOrder, in_hex, secret_of
from integrations_site.sandbox.world import World

_API = "/api.stripe.com/v1"
_KEY_PREFIXES = ("sk_test_", "rk_test_")
WEBHOOK_SECRET = "whsec_stripe-demo-webhook-secret"  # noqa: S105 - a secret of the sandbox


class Stripe(Vendor):
    """api.stripe.com and connect.stripe.com"""

    slug = "stripe"
    hosts = ("api.stripe.com", "connect.stripe.com")
    accounts = ACCOUNTS
    shapes = SHAPES
    limits = (Limit(25, 1.0, "sandbox"),)

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._connect = StripeConnect(world)

    def routes(self) -> Iterable[Route]:
        """Connect, the lists, single objects, search, events, account and balance."""
        connect = "/connect.stripe.com/oauth"
        yield either(f"{connect}/authorize", self._connect.authorize)
        yield post(f"{connect}/token", self._connect.token)
        yield post(f"{connect}/deauthorize", self._connect.deauthorize)
        for entity in SHAPES:
            yield get(f"{_API}/{entity}", self._list)
            yield get(f"{_API}/{entity}/search", self._search)
        yield get(f"{_API}/events", self._events)
        yield get(f"{_API}/account", self._account)
        yield get(f"{_API}/balance", self._balance)
        yield get(f"{_API}/{{entity}}/{{id}}", self._one)

    def rate_limited(self, retry_after: float | None, limit: Limit | None = None) -> Response:
        """Of itself Stripe names no time to wait."""
        response = error("invalid_request_error", "Request rate limit exceeded.", status=429, code="rate_limit")
        if retry_after is not None and limit is None:
            response.headers.append(("Retry-After", str(round(retry_after))))
        return response

    def unavailable(self, status: int) -> Response:
        """api_error."""
        return error("api_error", "An unknown error occurred on our side.", status=status)

    def unauthorised(self, why: str) -> Response:
        """401. Of a token that has ended Stripe says no more than of one that never was."""
        message = "You did not provide an API key." if why == "missing" else f"Invalid API Key provided ({why})."
        return error("invalid_request_error", message, status=401)

    def token_of(self, request: Request) -> str | None:
        """Bearer, or Basic with the key as the name."""
        basic = request.basic()
        return request.bearer() or (basic[0] if basic else None)

    def signed_in(self, request: Request) -> tuple[Account, frozenset[str]]:
        """The account of a connected token, of an own key, or the one that the platform acts for."""
        key = self.token_of(request) or ""
        account = account_of(ACCOUNTS, key[len(_KEY_PREFIXES[0]) :]) if key.startswith(_KEY_PREFIXES) else None
        if key == PLATFORM_KEY:
            account = self._acted_for(request)
        if account is None:
            return super().signed_in(request)
        self.require_room(request, account)
        return account, frozenset({"read_write"})

    def delete(self, table: Table, indices: Sequence[int]) -> list[Mutation]:
        """A subscription stays, canceled; other objects go."""
        if table.shape.entity != "subscriptions":
            return table.delete(indices)
        canceled = {"status": "canceled", "canceled_at": int(self.world.clock.now())}
        return [replace(mutation, kind="deleted") for mutation in table.change(indices, canceled)]

    def webhooks(self, order: WebhookOrder, account: Account) -> list[Webhook]:
        """Connect events, as signed a moment (or `age` seconds) ago; the newest `count` of the account."""
        events = events_of(self.world.mutations_of(self.slug, account), account.id)
        fitting = [event for event in events if order.event in ("", event.type) and order.id in ("", event.id)]
        if not fitting:
            fitting = [self._invented(order, account)]
        return [self._signed(event, order, account) for event in fitting[-order.count :]]

    def _signed(self, event: Event, order: WebhookOrder, account: Account) -> Webhook:
        body = event.rendered(account.id)
        stamp = str(int(self.world.clock.now() - order.age))
        signature = in_hex(secret_of(order, WEBHOOK_SECRET), f"{stamp}.".encode() + body)
        return Webhook(event.id, body, {"Stripe-Signature": f"t={stamp},v1={signature}"})

    def _invented(self, order: WebhookOrder, account: Account) -> Event:
        """An event about the newest object of its kind, or about the account, that no list of events shows."""
        name = order.event or "payment_intent.succeeded"
        number = self.world.keep(("stripe", "invented"), list)
        number.append(name)
        table = self.table(account, _entity_of(name))
        newest = table.newest()
        record = table.record(newest[0]) if newest else b"{}"
        if name.startswith("account."):
            record = msgspec.json.encode({"id": StripeConnect.client_id, "object": "application"})
        return Event(f"evt_invented{len(number):012d}", name, int(self.world.clock.now()), record)

    def _acted_for(self, request: Request) -> Account:
        wanted = request.headers.get("stripe-account")
        if wanted is None:
            return ACCOUNTS[0]
        live = [grant for grant in self.world.tokens.grants(self.slug, wanted) if not grant.revoked]
        if not live:
            message = f"The provided key does not have access to account '{wanted}' (or it does not exist)."
            raise Refusal(error("invalid_request_error", message, status=403, code="account_invalid"))
        return live[-1].account

    def _list(self, request: Request) -> Response:
        account, _ = self.signed_in(request)
        entity = request.path.rstrip("/").rpartition("/")[2]
        return _with_id(list_records(request, self.table(account, entity), self.world.pages))

    def _search(self, request: Request) -> Response:
        account, _ = self.signed_in(request)
        return _with_id(search(request, self.table(account, request.path.split("/")[3])))

    def _events(self, request: Request) -> Response:
        account, _ = self.signed_in(request)
        events = events_of(self.world.mutations_of(self.slug, account), account.id)
        return _with_id(list_events(request, events, self.world.clock.now()))

    def _account(self, request: Request) -> Response:
        account, _ = self.signed_in(request)
        told = {
            "id": account.id,
            "object": "account",
            "business_profile": {"name": account.name},
            "charges_enabled": True,
            "country": "US",
            "default_currency": "usd",
            "email": f"owner@{account.key}.example.com",
            "settings": {"dashboard": {"display_name": account.name}},
            "type": "standard",
        }
        return _with_id(as_json(told))

    def _balance(self, request: Request) -> Response:
        self.signed_in(request)
        money = [{"amount": 1_234_500, "currency": "usd", "source_types": {"card": 1_234_500}}]
        return _with_id(as_json({"object": "balance", "available": money, "livemode": False, "pending": []}))

    def _one(self, request: Request) -> Response:
        account, _ = self.signed_in(request)
        entity, identifier = request.parameters["entity"], request.parameters["id"]
        if entity not in SHAPES:
            return error("invalid_request_error", f"Unrecognized request URL (GET: /v1/{entity})", status=404)
        table = self.table(account, entity)
        index = table.index_of(identifier)
        if index is not None and table.is_alive(index):
            return _with_id(Response(200, table.record(index)))
        if index is not None and entity == "customers":
            return _with_id(as_json({"id": identifier, "object": "customer", "deleted": True}))
        message = f"No such {entity[:-1]}: '{identifier}'"
        return error("invalid_request_error", message, status=404, code="resource_missing", param="id")


def _with_id(response: Response) -> Response:
    response.headers.append(("Request-Id", f"req_{secrets.token_hex(7)}"))
    return response


def _entity_of(event: str) -> str:
    """The entity that an event's type speaks of."""
    name = event.removeprefix("customer.") if event.startswith("customer.subscription") else event
    entity = f"{name.partition('.')[0]}s"
    return entity if entity in SHAPES else "payment_intents"
