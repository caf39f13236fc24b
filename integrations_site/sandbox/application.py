"""The sandbox as a WSGI application: what third parties would answer, on this machine."""

import os
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from functools import partial
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from integrations_site.kernel import clock as hub_clock
from integrations_site.sandbox.clock import http_date
from integrations_site.sandbox.control import Control
from integrations_site.sandbox.faults import Fault, error_page, spoil
from integrations_site.sandbox.messages import Environ, Refusal, Request, Response, as_json, read_request
from integrations_site.sandbox.routing import Handler, Route, Router, get, post
from integrations_site.sandbox.vendors.generic import Generic
from integrations_site.sandbox.vendors.quickbooks import QuickBooks
from integrations_site.sandbox.vendors.slack import Slack
from integrations_site.sandbox.vendors.stripe import Stripe
from integrations_site.sandbox.vendors.vendor import Vendor
from integrations_site.sandbox.vendors.workday import Workday
from integrations_site.sandbox.vendors.xero import Xero
from integrations_site.sandbox.world import Call, World

StartResponse = Callable[[str, list[tuple[str, str]]], Any]

_VENDORS: tuple[type[Vendor], ...] = (Stripe, Slack, QuickBooks, Xero, Workday, Generic)
# Faults that a broken-off or mangled answer is made of; they come after the handler.
_AFTERWARDS = {"invalid_json", "reset", "lost_answer", "slow"}
_TWISTS = {"duplicate", "reorder"}
_OWN = ("/control", "/webhook-sink")


class Sandbox:
    """The application. Everything that it knows is in its world."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._vendors = {vendor.slug: vendor(world) for vendor in _VENDORS}
        vendors = (route for vendor in self._vendors.values() for route in vendor.routes())
        control = Control(world, self._vendors)
        self._router = Router([*self._own_routes(), *control.routes(), *vendors])

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answers one request; what it does not know is 404."""
        try:
            request = read_request(environ)
        except Refusal as refusal:
            response = refusal.response
        else:
            response = self._answer(request)
        return _sent(response, start_response)

    def _own_routes(self) -> Iterator[Route]:
        yield get("/", self._index)
        yield post("/webhook-sink", self._take_webhook)
        yield get("/webhook-sink", self._show_webhooks)

    def _answer(self, request: Request) -> Response:
        if request.path == "/" or request.path.startswith(_OWN):
            return self._handled(request, self._router.find(request))
        faults = self._world.faults.due(request)
        request.twists = {fault.kind for fault in faults} & _TWISTS
        with ExitStack() as wrong:
            for fault in faults:
                if fault.kind == "clock_skew":
                    seconds = 600.0 if fault.seconds is None else fault.seconds
                    wrong.enter_context(self._world.clock.wrong_by(seconds))
            wrong.callback(_finish, request)
            response = self._through(request, faults)
            # The vendor's clock, not the server's.
            response.headers.append(("Date", http_date(self._world.clock.now())))
        self._note(request, response, self._struck(request, faults))
        return response

    def _struck(self, request: Request, faults: list[Fault]) -> list[Fault]:
        """The faults that did something: a page that was never rendered, or cannot be changed, was not twisted."""
        spared = [fault for fault in faults if fault.kind in request.twists - request.twisted]
        self._world.faults.spare(spared)
        return [fault for fault in faults if fault not in spared]

    def _through(self, request: Request, faults: list[Fault]) -> Response:
        """The answer with all that goes wrong before, in place of, and after it."""
        handler = self._router.find(request)
        response = None
        try:
            for fault in faults:
                response = self._before(request, fault) or response
        except Refusal as refusal:
            response = refusal.response
        if response is None:
            response = self._handled(request, handler)
        for fault in faults:
            if fault.kind == "latency":
                time.sleep(0.05 if fault.seconds is None else fault.seconds)
            elif fault.kind in _AFTERWARDS:
                response = spoil(_gathered(response), fault)
        return response

    def _before(self, request: Request, fault: Fault) -> Response | None:
        vendor = next((one for one in self._vendors.values() if one.is_here(request.host)), self._vendors["generic"])
        match fault.kind:
            case "changing":
                self._change(request, vendor, fault.records)
            case "rate_limited":
                return vendor.worded(request, vendor.rate_limited(fault.seconds))
            case "server_error":
                return vendor.worded(request, vendor.unavailable(fault.status or 500))
            case "html":
                return error_page(fault.status or 502)
            case "expired_token":
                return vendor.worded(request, vendor.unauthorised("expired"))
            case "revoked_token":
                self._world.tokens.revoke(vendor.token_of(request) or "")
                return vendor.worded(request, vendor.unauthorised("revoked"))
        return None

    def _change(self, request: Request, vendor: Vendor, count: int) -> None:
        """Records of what is being read come, change and go, beneath whoever pages through them."""
        for table in vendor.tables_read(request):
            for act in (
                partial(table.change, table.live()[:count], {}),
                partial(vendor.delete, table, table.newest()[:count]),
                partial(table.add, count, {}),
            ):
                self._world.mutate(vendor.slug, table, act)

    def _handled(self, request: Request, handler: Handler | None) -> Response:
        if handler is None:
            return as_json({"error": f"the sandbox has no {request.method} {request.path}"}, status=404)
        try:
            return handler(request)
        except Refusal as refusal:
            return refusal.response

    def _note(self, request: Request, response: Response, faults: list[Fault]) -> None:
        kinds = ",".join(fault.kind for fault in faults) or None
        query = urlencode(request.pairs)
        at = hub_clock.iso(hub_clock.now())
        self._world.calls.note(Call(at, request.method, request.path, query, response.status, kinds))

    def _index(self, request: Request) -> Response:
        told = "POST any webhook to /webhook-sink, GET it to read the latest; GET /control says what else there is"
        return as_json({"sandbox": told, "vendors": {slug: one.hosts for slug, one in self._vendors.items()}})

    def _take_webhook(self, request: Request) -> Response:
        received = {
            "received_at": hub_clock.iso(hub_clock.now()),
            "headers": request.headers,
            "body": request.body.decode("utf-8", "replace"),
        }
        self._world.webhooks.appendleft(received)
        return Response(204)

    def _show_webhooks(self, request: Request) -> Response:
        items = list(self._world.webhooks)
        return as_json({"items": items, "total": len(items)})


def _finish(request: Request) -> None:
    for leave in request.afterwards:
        leave()


def _gathered(response: Response) -> Response:
    """A stream as a whole, so that it can be spoilt."""
    if response.stream is not None and not response.body:
        response.body, response.stream = b"".join(response.stream), None
    return response


def _sent(response: Response, start_response: StartResponse) -> Iterable[bytes]:
    status = HTTPStatus(response.status)
    headers = list(response.headers)
    if response.body or response.stream is not None:
        headers.append(("Content-Type", response.content_type))
    if response.stream is None and response.status != HTTPStatus.NO_CONTENT:
        headers.append(("Content-Length", str(len(response.body))))
    start_response(f"{status.value} {status.phrase}", headers)
    return [response.body] if response.stream is None else response.stream


def from_environment() -> Sandbox:
    """The sandbox with the seed and the number of records that `manage.py sandbox` was given."""
    seed, records = os.environ.get("SANDBOX_SEED", "1"), os.environ.get("SANDBOX_RECORDS", "60")
    return Sandbox(World(seed=int(seed), records=int(records)))
