"""The sandbox as a WSGI application: what third parties would answer, on this machine."""

import json
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from typing import Any

from integrations_site.kernel import clock

StartResponse = Callable[[str, list[tuple[str, str]]], Any]
Environ = dict[str, Any]

_LONGEST_BODY = 2 * 1024 * 1024
_KEPT = 500


@dataclass(frozen=True, slots=True)
class Received:
    """A webhook as it arrived."""

    received_at: str
    headers: dict[str, str]
    body: str


_webhooks: deque[Received] = deque(maxlen=_KEPT)


def _headers(environ: Environ) -> dict[str, str]:
    prefix = "HTTP_"
    return {
        name.removeprefix(prefix).replace("_", "-").lower(): value
        for name, value in environ.items()
        if name.startswith(prefix)
    }


def _take_webhook(environ: Environ) -> tuple[str, bytes]:
    length = int(environ.get("CONTENT_LENGTH") or 0)
    if length > _LONGEST_BODY:
        return "413 Content Too Large", b""
    body = environ["wsgi.input"].read(length)
    _webhooks.appendleft(Received(clock.iso(clock.now()), _headers(environ), body.decode("utf-8", "replace")))
    return "204 No Content", b""


def _show_webhooks(environ: Environ) -> tuple[str, bytes]:
    items = [asdict(webhook) for webhook in _webhooks]
    return "200 OK", json.dumps({"items": items, "total": len(items)}, indent=1).encode()


def _show_index(environ: Environ) -> tuple[str, bytes]:
    return "200 OK", json.dumps({"sandbox": "POST any webhook to /webhook-sink, GET it to read the latest"}).encode()


_ROUTES: dict[tuple[str, str], Callable[[Environ], tuple[str, bytes]]] = {
    ("GET", "/"): _show_index,
    ("POST", "/webhook-sink"): _take_webhook,
    ("GET", "/webhook-sink"): _show_webhooks,
}


def application(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    """Answers one request; what it does not know is 404."""
    route = _ROUTES.get((environ["REQUEST_METHOD"], environ.get("PATH_INFO", "").rstrip("/") or "/"))
    status, body = route(environ) if route else ("404 Not Found", b'{"error": "the sandbox has no such path"}')
    headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))] if body else []
    start_response(status, headers)
    return [body]
