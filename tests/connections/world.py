"""A vendor on loopback with OAuth and one list, and connections with it."""

import itertools
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

from catalog.models import Provider
from catalog.services.providers import create_provider
from connections.models import Connection, Integration
from connections.services.secrets import store_secret
from integrations_site.audit.types import HUB
from tests.factories.catalog import provider_input
from tests.receiver import Answer, Received, receiving

_numbers = itertools.count(1)


class Vendor:
    """Gives tokens, each refresh token once; takes the access token that it gave last; remembers what went wrong.

    `uses` is how often an access token serves before it is refused; None: for ever. With `callers` it is refused once
    so many have used it, and whoever has waits for that. With `forgives` a spent refresh token is taken again. After
    `stops_after` exchanges it tells everybody to stop. The next revocations are answered with the statuses
    of `revocations`, those after them with 200.
    """

    def __init__(self) -> None:
        self.url = ""
        self.uses: int | None = None
        self.expires_in: int | None = 3600
        self.rotates = True
        self.requests: list[Received] = []
        self.token_answer: Answer | None = None
        self.scope: str | None = None
        self.exchanges = 0
        self.expiries = 0
        self.callers: int | None = None
        self.stops_after: int | None = None
        self.forgives = False
        self.before_answer: Callable[[], None] = lambda: None
        self.revocations: list[int] = []
        self.reused: list[str] = []
        self._lock = threading.Condition()
        self._serial = itertools.count(1)
        self._refresh: set[str] = set()
        self._access, self._left = "", 0
        self._seen: set[str] = set()

    def tokens(self) -> dict[str, Any]:
        """A new pair."""
        number = next(self._serial)
        self._access, self._left = f"access-{number}", self.uses or 0
        self._seen = set()
        refresh = f"refresh-{number}" if self.rotates else "refresh-0"
        self._refresh.add(refresh)
        return {"access_token": self._access, "refresh_token": refresh, "token_type": "Bearer"} | (
            {"expires_in": self.expires_in} if self.expires_in else {}
        )

    def respond(self, request: Received) -> Answer:
        """Token endpoint, revocation and a list."""
        with self._lock:
            if self.stops_after is None:
                self.requests.append(request)
            path = urlsplit(request.path).path
            if path == "/token":
                return self._token({name: value[0] for name, value in parse_qs(request.body.decode()).items()})
            if path == "/revoke":
                return answer({}, self.revocations.pop(0) if self.revocations else 200)
            return self._resource(request)

    def _token(self, form: Mapping[str, str]) -> Answer:
        if self.token_answer is not None:
            return self.token_answer
        if form["grant_type"] == "refresh_token":
            self.exchanges += 1
            if form["refresh_token"] not in self._refresh:
                self.reused.append(form["refresh_token"])
                return answer({"error": "invalid_grant", "error_description": "spent"}, 400)
            if self.rotates and not self.forgives:
                self._refresh.remove(form["refresh_token"])
        self.before_answer()
        told = self.tokens() | {"account": {"id": "acct-1", "name": "Acme Books"}}
        return answer(told | ({"scope": self.scope} if self.scope is not None else {}))

    def _resource(self, request: Received) -> Answer:
        if self.stops_after is not None and self.exchanges >= self.stops_after:
            return answer({"stop": True})
        caller, told = request.headers.get("x-caller", ""), request.headers.get("authorization")
        if self.callers is not None and caller in self._seen:
            self._lock.wait_for(lambda: told != f"Bearer {self._access}", timeout=10)
        if told != f"Bearer {self._access}":
            return answer({"error": {"code": "unauthorized"}}, 401)
        if self.uses is not None:
            if self._left == 0:
                return answer({"error": {"code": "unauthorized"}}, 401)
            self._left -= 1
        self._count_out(caller)
        return answer({"data": [{"id": "1"}]})

    def _count_out(self, caller: str) -> None:
        """With `callers` the access ends for all of them, once each has used it."""
        self._seen.add(caller)
        if self.callers is not None and len(self._seen) >= self.callers:
            self.expiries += 1
            self._access = ""
            self._lock.notify_all()


def answer(body: Any, status: int = 200, **headers: str) -> Answer:
    """A JSON answer."""
    return Answer(status, json.dumps(body).encode(), {"Content-Type": "application/json", **headers})


@contextmanager
def vendor_running() -> Iterator[Vendor]:
    """The vendor, inside the block."""
    vendor = Vendor()
    with receiving(vendor.respond) as receiver:
        vendor.url = receiver.url
        yield vendor


def connection_to(url: str, **more: Any) -> dict[str, Any]:
    """The declarative connection of a vendor at that address."""
    errors = {"codePath": "error.code", "messagePath": "error.message"}
    return {"baseUrl": url, "errors": errors} | more


def make_oauth_provider(url: str, *, connection: Mapping[str, Any] | None = None, **oauth: Any) -> Provider:
    """A provider whose everything is at that address."""
    config = {
        "authorizationUrl": f"{url}/authorize",
        "tokenUrl": f"{url}/token",
        "revocationUrl": f"{url}/revoke",
        "clientId": "hub-client",
        "clientSecret": "hub-client-secret",
        "usePkce": True,
        "rotates": True,
        "scopes": ["basic"],
        "permissions": {"read:books": ["books.read"], "write:books": ["books.write"]},
        "account": {"from": "token", "idPath": "account.id", "namePath": "account.name"},
    }
    data = provider_input(
        authType="oauth2", oauthConfig=config | oauth, connection=connection_to(url, **(connection or {}))
    )
    return create_provider(data=data, actor=HUB)


def make_key_provider(url: str, *, connection: Mapping[str, Any] | None = None, **more: Any) -> Provider:
    """A provider that takes an API key."""
    data = provider_input(connection=connection_to(url, **(connection or {})), **more)
    return create_provider(data=data, actor=HUB)


def make_integration(provider: Provider, **fields: Any) -> Integration:
    """An integration of the tenant in scope."""
    return Integration.objects.create(provider=provider, **({"name": f"Integration {next(_numbers)}"} | fields))


def make_connection(provider: Provider, *, secret: Mapping[str, Any] | None = None, **fields: Any) -> Connection:
    """A connection of the tenant in scope; active where it has a secret."""
    kinds = {"oauth2": "oauth"}
    status = Connection.Status.ACTIVE if secret else Connection.Status.PENDING
    kind = kinds.get(provider.auth_type, provider.auth_type)
    values = {"status": status, "credential_kind": kind} | fields
    connection = Connection.objects.create(integration=make_integration(provider), **values)
    if secret is not None:
        store_secret(connection, secret)
    return connection


def secret_of(tokens: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """The stored form of a token answer that does not expire by the clock."""
    return {"accessToken": tokens["access_token"], "refreshToken": tokens["refresh_token"]} | more
