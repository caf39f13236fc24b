"""A provider that nobody coded: every common way of paging and of being let in, to try declarative connections with."""

import base64
import binascii
from collections.abc import Iterable, Iterator, Sequence
from email.utils import parsedate_to_datetime
from urllib.parse import urlencode

from integrations_site.sandbox.accounts import Account, account_of
from integrations_site.sandbox.clock import parse_instant
from integrations_site.sandbox.data import Table, between
from integrations_site.sandbox.limits import Limit
from integrations_site.sandbox.messages import Refusal, Request, Response, as_json, whole_number
from integrations_site.sandbox.oauth import AuthorizationServer
from integrations_site.sandbox.paging import page_of
from integrations_site.sandbox.routing import Route, either, get, post
from integrations_site.sandbox.tokens import RefreshRule
from integrations_site.sandbox.vendors.generic.shapes import SHAPES
from integrations_site.sandbox.vendors.vendor import Vendor
from integrations_site.sandbox.webhooks import Webhook, WebhookOrder, in_base64, in_hex, secret_of
from integrations_site.sandbox.world import World

ACCOUNTS = (
    Account("northwind", "org-1001", "Northwind Trading"),
    Account("contoso", "org-1002", "Contoso Retail", share=0.5),
    Account("empty", "org-1003", "Blank Slate Ltd", share=0),
)
API_KEY = "demo-key"
WEBHOOK_SECRET = "generic-demo-webhook-secret"  # noqa: S105 - a secret of the sandbox
_DEFAULT, _MOST = 100, 1000
_BLOCK = 500


class GenericOAuth(AuthorizationServer):
    """/oauth/authorize and /oauth/token: client `demo` with any secret or none, PKCE where the client wants it."""

    vendor = "generic"
    client_id = "demo"
    accounts = ACCOUNTS
    pkce = True
    refresh_rule = RefreshRule(rotates=True)


class Generic(Vendor):
    """Lists under /generic; contacts where no entity is named."""

    slug = "generic"
    hosts = ("generic", "oauth")
    accounts = ACCOUNTS
    shapes = SHAPES
    limits = (Limit(20, 1.0, "second"),)

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._oauth = GenericOAuth(world)

    def routes(self) -> Iterable[Route]:
        """OAuth, account, health, and each list with and without an entity."""
        yield either("/oauth/authorize", self._oauth.authorize)
        yield post("/oauth/token", self._oauth.token)
        yield post("/oauth/revoke", self._oauth.revoke)
        yield get("/generic/health", self._health)
        yield get("/generic/account", self._account)
        lists = {
            "cursor": self._by_cursor,
            "offset": self._by_offset,
            "page": self._by_page,
            "link": self._by_link,
            "none": self._in_one,
            "endless": self._endless,
            "stuck": self._stuck,
        }
        for name, handler in lists.items():
            yield get(f"/generic/{name}", handler)
            yield get(f"/generic/{name}/{{entity}}", handler)

    def rate_limited(self, retry_after: float | None, limit: Limit | None = None) -> Response:
        """429 with Retry-After, unless a fault leaves it out."""
        headers = [] if retry_after is None else [("Retry-After", str(max(round(retry_after), 1)))]
        return _error(429, "rate_limited", "Too many requests", headers)

    def unavailable(self, status: int) -> Response:
        """5xx."""
        return _error(status, "unavailable", "Something went wrong here")

    def unauthorised(self, why: str) -> Response:
        """401."""
        return _error(401, "unauthorized", f"The credential is {why}", [("WWW-Authenticate", "Bearer")])

    def signed_in(self, request: Request) -> tuple[Account, frozenset[str]]:
        """By API key in `X-Api-Key`, as bearer, in the query as `api_key` or by Basic; or by an OAuth token."""
        account = next((found for key in _keys(request) if (found := _account_of_key(key))), None)
        if account is None:
            return super().signed_in(request)
        self.require_room(request, account)
        return account, frozenset()

    def webhooks(self, order: WebhookOrder, account: Account) -> list[Webhook]:
        """About the newest `count` contacts: X-Signature with the HMAC in hex, or in base64 for form `base64`."""
        table = self.table(account, "contacts")
        number = self.world.keep(("generic", "webhooks"), list)
        webhooks = []
        for record in table.records(table.newest()[: order.count]):
            number.append(order.event)
            identifier = f"hook-{len(number)}"
            told = (identifier, order.event or "contacts.updated", account.id)
            body = b'{"id":"%b","type":"%b","account":"%b","data":%b}' % (*(one.encode() for one in told), record)
            encode = in_base64 if order.form == "base64" else in_hex
            headers = {"X-Signature": encode(secret_of(order, WEBHOOK_SECRET), body)}
            webhooks.append(Webhook(identifier, body, headers))
        return webhooks

    def _health(self, request: Request) -> Response:
        self.signed_in(request)
        return as_json({"ok": True})

    def _account(self, request: Request) -> Response:
        account, _ = self.signed_in(request)
        return as_json({"account": {"id": account.id, "name": account.name}})

    def _found(self, request: Request) -> tuple[Table, Sequence[int]]:
        """What the list holds: in the order of change, from `updated_since` (or If-Modified-Since) on."""
        account, _ = self.signed_in(request)
        entity = request.parameters.get("entity", "contacts")
        if entity not in self.shapes:
            raise Refusal(_error(404, "not_found", f"There is no {entity}"))
        table = self.table(account, entity)
        since = _since(request)
        sequence = table.live() if since is None else between(table.by_update(), table.updated, since)
        if wanted := request.query.get("q", "").lower():
            sequence = [i for i in sequence if wanted in table.record(i).decode().lower()]
        return table, sequence

    def _by_cursor(self, request: Request) -> Response:
        table, found = self._found(request)
        first, size = _decoded(request.query.get("cursor")), _number(request, "limit", _DEFAULT)
        page = self.world.pages.joined(request, table, found, first, size)
        following = f'"{_encoded(first + size)}"' if first + size < len(found) else "null"
        return Response(200, b'{"items":[%b],"next":%b}' % (page, following.encode()))

    def _by_offset(self, request: Request) -> Response:
        table, found = self._found(request)
        offset, size = _number(request, "offset", 0, least=0), _number(request, "limit", _DEFAULT)
        page = self.world.pages.joined(request, table, found, offset, size)
        return Response(200, b'{"data":{"records":[%b]},"total":%d}' % (page, len(found)))

    def _by_page(self, request: Request) -> Response:
        table, found = self._found(request)
        number, size = _number(request, "page", 1), _number(request, "per_page", _DEFAULT)
        page = self.world.pages.joined(request, table, found, (number - 1) * size, size)
        told = (page, number, -(-len(found) // size), len(found))
        return Response(200, b'{"results":[%b],"page":%d,"pageCount":%d,"total":%d}' % told)

    def _by_link(self, request: Request) -> Response:
        table, found = self._found(request)
        number, size = _number(request, "page", 1), _number(request, "per_page", _DEFAULT)
        page = self.world.pages.joined(request, table, found, (number - 1) * size, size)
        response = Response(200, b"[%b]" % page)
        if number * size < len(found):
            query = urlencode(request.query | {"page": number + 1})
            response.headers.append(("Link", f'<{request.origin}{request.path}?{query}>; rel="next"'))
        return response

    def _in_one(self, request: Request) -> Response:
        table, found = self._found(request)
        return Response(200, stream=_streamed(table, page_of(request, found, 0, len(found))))

    def _endless(self, request: Request) -> Response:
        """Always another page; its records are those of the list over and over."""
        table, found = self._found(request)
        first, size = _decoded(request.query.get("cursor")), _number(request, "limit", _DEFAULT)
        page = self.world.pages.joined(request, table, found, first % max(len(found), 1), size)
        return Response(200, b'{"items":[%b],"next":"%b"}' % (page, _encoded(first + size).encode()))

    def _stuck(self, request: Request) -> Response:
        """The same cursor again and again."""
        table, found = self._found(request)
        page = self.world.pages.joined(request, table, found, 0, _number(request, "limit", _DEFAULT))
        return Response(200, b'{"items":[%b],"next":"%b"}' % (page, _encoded(1).encode()))


def _error(status: int, code: str, message: str, headers: list[tuple[str, str]] | None = None) -> Response:
    return as_json({"error": {"code": code, "message": message}}, status=status, headers=headers)


def _keys(request: Request) -> Iterator[str]:
    """All that could be an API key."""
    yield request.headers.get("x-api-key", "")
    yield request.query.get("api_key", "")
    yield request.bearer() or ""
    yield from request.basic() or ()


def _account_of_key(key: str) -> Account | None:
    """`demo-key` is the first account's, `demo-key-<account>` another's."""
    if key == API_KEY:
        return ACCOUNTS[0]
    return account_of(ACCOUNTS, key.removeprefix(f"{API_KEY}-")) if key.startswith(f"{API_KEY}-") else None


def _number(request: Request, name: str, default: int, *, least: int = 1) -> int:
    most = _MOST if name in ("limit", "per_page") else 10**9
    try:
        return whole_number(request.query.get(name), default, least=least, most=most)
    except ValueError:
        raise Refusal(_error(400, "invalid", f"{name} is no whole number")) from None


def _since(request: Request) -> float | None:
    text, header = request.query.get("updated_since"), request.headers.get("if-modified-since")
    try:
        if text:
            return parse_instant(text)
        return parsedate_to_datetime(header).timestamp() if header else None
    except ValueError:
        raise Refusal(_error(400, "invalid", "updated_since is no time")) from None


def _encoded(position: int) -> str:
    return base64.urlsafe_b64encode(f"at:{position}".encode()).decode().rstrip("=")


def _decoded(cursor: str | None) -> int:
    if not cursor:
        return 0
    try:
        return int(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode().removeprefix("at:"))
    except (binascii.Error, ValueError):
        raise Refusal(_error(400, "invalid", "cursor is none that was given out")) from None


def _streamed(table: Table, found: Sequence[int]) -> Iterator[bytes]:
    yield b'{"items":['
    for first in range(0, len(found), _BLOCK):
        yield (b"," if first else b"") + b",".join(table.records(found[first : first + _BLOCK]))
    yield b"]}"
