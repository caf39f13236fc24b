"""The control address: what a test or a demo does to the sandbox, and what it asks of it."""

from collections.abc import Iterable, Mapping
from typing import Any

from integrations_site.sandbox.accounts import Account, account_of
from integrations_site.sandbox.data import Table
from integrations_site.sandbox.faults import KINDS
from integrations_site.sandbox.limits import Limit
from integrations_site.sandbox.messages import Refusal, Request, Response, as_json
from integrations_site.sandbox.routing import Route, get, post
from integrations_site.sandbox.vendors.vendor import Vendor
from integrations_site.sandbox.webhooks import WebhookOrder, send
from integrations_site.sandbox.world import World

_MOST_IDS = 10_000
_SWITCHES = ("slackRotation", "slackUnlisted")
_MOST_SECONDS = 10**9


class Control:
    """`/control/...`"""

    def __init__(self, world: World, vendors: Mapping[str, Vendor]) -> None:
        self._world = world
        self._vendors = vendors

    def routes(self) -> Iterable[Route]:
        """All that can be controlled."""
        yield get("/control", self._describe)
        yield post("/control/reset", self._reset)
        yield Route("/control/faults", {"GET": self._faults, "POST": self._add_fault, "DELETE": self._clear_faults})
        yield Route("/control/faults/{id}", {"DELETE": self._remove_fault})
        yield Route("/control/requests", {"GET": self._requests, "DELETE": self._forget_requests})
        yield Route("/control/tokens", {"GET": self._tokens, "POST": self._end_tokens})
        yield post("/control/records", self._mutate)
        yield post("/control/webhooks", self._send_webhooks)
        yield Route("/control/limits", {"GET": self._limits, "POST": self._set_limits})
        yield post("/control/settings", self._set)
        yield post("/control/clock", self._advance)

    def _describe(self, request: Request) -> Response:
        accounts = {
            slug: [{"account": one.key, "id": one.id, "name": one.name, "share": one.share} for one in vendor.accounts]
            for slug, vendor in self._vendors.items()
        }
        entities = {slug: list(vendor.shapes) for slug, vendor in self._vendors.items()}
        seed, records = self._world.seed, self._world.size
        return as_json({"seed": seed, "records": records, "accounts": accounts, "entities": entities, "faults": KINDS})

    def _reset(self, request: Request) -> Response:
        told = _object(request)
        self._world.reset(seed=_whole(told, "seed", None), records=_whole(told, "records", None))
        return as_json({"seed": self._world.seed, "records": self._world.size})

    def _faults(self, request: Request) -> Response:
        return as_json({"faults": self._world.faults.described()})

    def _add_fault(self, request: Request) -> Response:
        told = _object(request)
        try:
            fault = self._world.faults.add(**told)
        except (TypeError, ValueError) as error:
            raise _bad(str(error)) from None
        return as_json(fault.described(), status=201)

    def _clear_faults(self, request: Request) -> Response:
        self._world.faults.clear()
        return Response(204)

    def _remove_fault(self, request: Request) -> Response:
        return Response(204 if self._world.faults.remove(request.parameters["id"]) else 404)

    def _requests(self, request: Request) -> Response:
        return as_json(self._world.calls.described(request.query.get("path", "")))

    def _forget_requests(self, request: Request) -> Response:
        self._world.calls.clear()
        return Response(204)

    def _tokens(self, request: Request) -> Response:
        """Refresh tokens, all or a vendor's or an account's, and how often each was exchanged; `summary` counts."""
        query = request.query
        vendor, account = query.get("vendor"), query.get("account")
        ids = {grant.id for grant in self._world.tokens.grants(vendor, account)}
        tokens = [token for token in self._world.tokens.refresh_tokens() if token.grant.id in ids]
        told: dict[str, Any] = {
            "grants": len(ids),
            "refreshTokens": len(tokens),
            "exchanges": sum(token.exchanges for token in tokens),
            "refused": sum(token.refused for token in tokens),
            "mostExchangesOfOne": max((token.exchanges for token in tokens), default=0),
        }
        if "summary" not in query:
            told["tokens"] = [token.described() for token in tokens]
        return as_json(told)

    def _end_tokens(self, request: Request) -> Response:
        told = _object(request)
        kind, how = told.get("kind", "access"), told.get("state", "expired")
        if kind not in ("access", "refresh", "all") or how not in ("expired", "revoked"):
            raise _bad("kind is access, refresh or all; state is expired or revoked")
        grants = self._world.tokens.grants(told.get("vendor"), told.get("account"))
        return as_json({"ended": self._world.tokens.end(grants, kind=kind, how=how)})

    def _mutate(self, request: Request) -> Response:
        """Adds, changes and deletes: each a number, or for changes and deletions a list of ids."""
        told = _object(request)
        vendor, account = self._vendor(told), self._account(told)
        table, fields = self._table(vendor, account, told), told.get("fields", {})
        if not isinstance(fields, dict):
            raise _bad("fields is an object")
        changed, deleted = _chosen(table, told.get("change", 0)), _chosen(table, told.get("delete", 0), newest=True)
        added = _whole(told, "add", 0) or 0
        acts = (
            ("changed", lambda: table.change(changed, fields)),
            ("deleted", lambda: vendor.delete(table, deleted)),
            ("added", lambda: table.add(added, fields)),
        )
        done = {name: self._world.mutate(vendor.slug, table, act) for name, act in acts}
        ids = {name: [vendor.identify(table, one.index) for one in found] for name, found in done.items()}
        return as_json(ids | {"total": len(table.live())})

    def _send_webhooks(self, request: Request) -> Response:
        told = _object(request)
        vendor, account = self._vendor(told), self._account(told)
        order = WebhookOrder(
            event=str(told.get("event", "")),
            id=str(told.get("id", "")),
            count=_whole(told, "count", 1) or 1,
            form=str(told.get("form", "")),
            secret=str(told.get("secret", "")),
            age=_number(told, "age", 0),
            bad_signature=bool(told.get("bad_signature", False)),
        )
        try:
            webhooks = vendor.webhooks(order, account)
        except (ValueError, IndexError) as error:
            raise _bad(f"no such webhook can be made: {error}") from None
        if told.get("reorder"):
            webhooks.reverse()
        if told.get("duplicate"):
            webhooks = [one for one in webhooks for _ in range(2)]
        return as_json({"sent": send(webhooks, str(told.get("to", "")))})

    def _limits(self, request: Request) -> Response:
        return as_json(self._world.limits.described())

    def _set_limits(self, request: Request) -> Response:
        """The vendor's own limits on or off; or one of so many `requests` in so many `seconds`."""
        told = _object(request)
        vendor = self._vendor(told)
        limits = vendor.limits if told.get("on", True) else ()
        if limits and "requests" in told:
            requests, seconds = _whole(told, "requests", 1) or 1, _number(told, "seconds", 1)
            limits = (Limit(requests, seconds, "minute", bool(told.get("perMethod"))),)
        self._world.limits.enforce(vendor.slug, limits)
        return self._limits(request)

    def _set(self, request: Request) -> Response:
        """`accessSeconds` of a vendor (null: without end), and switches such as `slackRotation`."""
        told = _object(request)
        if "accessSeconds" in told:
            endless = told["accessSeconds"] is None
            seconds = None if endless else _number(told, "accessSeconds", 0)
            self._world.lifetimes[self._vendor(told).slug] = seconds
        self._world.switches |= {name: told[name] for name in _SWITCHES if name in told}
        return as_json({"lifetimes": self._world.lifetimes, "switches": self._world.switches})

    def _advance(self, request: Request) -> Response:
        """Puts the vendors' clock ahead by `seconds`, on top of what was before."""
        self._world.clock.advanced += _number(_object(request), "seconds", 0)
        return as_json({"advanced": self._world.clock.advanced})

    def _vendor(self, told: dict[str, Any]) -> Vendor:
        vendor = self._vendors.get(str(told.get("vendor")))
        if vendor is None:
            raise _bad(f"vendor is one of {', '.join(self._vendors)}")
        return vendor

    def _account(self, told: dict[str, Any]) -> Account:
        accounts = self._vendor(told).accounts
        account = account_of(accounts, str(told.get("account") or accounts[0].key))
        if account is None:
            raise _bad(f"account is one of {', '.join(one.key for one in accounts)}")
        return account

    def _table(self, vendor: Vendor, account: Account, told: dict[str, Any]) -> Table:
        try:
            return vendor.table(account, str(told.get("entity")), str(told.get("part", "")))
        except KeyError:
            raise _bad(f"entity is one of {', '.join(vendor.shapes)}; part is a channel of Slack's messages") from None


def _bad(problem: str) -> Refusal:
    return Refusal(as_json({"error": problem}, status=400))


def _object(request: Request) -> dict[str, Any]:
    told = request.json()
    if not isinstance(told, dict):
        raise _bad("the body is a JSON object")
    return told


def _whole(told: dict[str, Any], name: str, default: int | None) -> int | None:
    value = told.get(name, default)
    if value is not None and (not isinstance(value, int) or isinstance(value, bool) or value < 0):
        raise _bad(f"{name} is a whole number from 0 on")
    return value


def _number(told: dict[str, Any], name: str, default: float) -> float:
    value = told.get(name, default)
    if not isinstance(value, int | float) or isinstance(value, bool) or abs(value) > _MOST_SECONDS:
        raise _bad(f"{name} is a number of seconds")
    return float(value)


def _chosen(table: Table, wanted: Any, *, newest: bool = False) -> list[int]:
    """The records with these ids, or so many: the oldest that are there, or the newest."""
    if isinstance(wanted, list) and len(wanted) <= _MOST_IDS:
        found = [table.index_of(str(identifier)) for identifier in wanted]
        if None in found:
            raise _bad(f"there is no record {wanted[found.index(None)]!r}")
        return [index for index in found if index is not None]
    count = _whole({"number": wanted}, "number", 0) or 0
    return list((table.newest() if newest else table.live())[:count])
