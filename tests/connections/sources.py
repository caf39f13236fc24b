"""A vendor on loopback: lists with every kind of paging, increments, and faults on demand."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.factories.catalog import provider_input

HOST = "api.acme.example"
Answer = tuple[int, dict[str, str], bytes]
Fault = Callable[[str, dict[str, str]], Answer | None]


class Source:
    """The vendor. `lists` are its data types; a fault may answer in its place, or raise to cut the line."""

    def __init__(self) -> None:
        self.lists: dict[str, list[dict[str, Any]]] = {}
        self.faults: list[Fault] = []
        self.requests: list[tuple[str, dict[str, str]]] = []
        self.url = ""

    def answer(self, path: str, query: dict[str, str], headers: dict[str, str]) -> Answer:
        self.requests.append((path, query))
        for fault in self.faults:
            if told := fault(path, query):
                return told
        *_, style, name = path.split("/")
        if name not in self.lists:
            return 200, {}, b'{"id": "acct_1", "name": "Acme", "ok": true}'
        since = query.get("since") or headers.get("if-modified-since")
        items = [item for item in self.lists[name] if not since or item["updated"] >= since]
        body, more = _STYLES[style](items, query, f"{self.url}{path}")
        return 200, {"Content-Type": "application/json", **more}, json.dumps(body).encode()


@contextmanager
def source() -> Iterator[Source]:
    """A vendor that listens while the block runs."""
    found = Source()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, more, body = found.answer(parts.path, query, headers)
            self.send_response(status)
            for name, value in more.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Says nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: Any) -> None:
            """A line that is cut is none of ours."""

    server = Server(("127.0.0.1", 0), Handler)
    found.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


def once(fault: Fault) -> Fault:
    """The fault, for the first request only."""
    used: list[bool] = []

    def only(path: str, query: dict[str, str]) -> Answer | None:
        if used:
            return None
        used.append(True)
        return fault(path, query)

    return only


def payment(number: int, **more: Any) -> dict[str, Any]:
    """A record."""
    return {
        "id": f"p{number:06}",
        "amount": number * 100 + 5,
        "currency": "usd",
        "state": "succeeded" if number % 2 else "canceled",
        "customer": {"name": f"Customer {number}"},
        "updated": f"2026-01-01T00:{number // 60 % 60:02}:{number % 60:02}Z",
    } | more


def entity(name: str = "payments", style: str = "cursor", *, size: int = 10, **more: Any) -> dict[str, Any]:
    """The definition of a data type of the source."""
    return {
        "name": name,
        "path": f"/{style}/{name}",
        "query": {"limit": str(size)},
        "records": "data",
        "id": "id",
        "paging": PAGING[style],
        "fields": [
            {"name": "id", "path": "id", "type": "text", "required": True},
            {"name": "amount", "path": "amount", "type": "money_minor", "currencyPath": "currency", "required": True},
            {"name": "currency", "path": "currency", "type": "currency", "required": True},
            {
                "name": "status",
                "path": "state",
                "type": "choice",
                "choices": {"succeeded": "completed", "canceled": "cancelled"},
            },
            {"name": "customerName", "path": "customer.name", "type": "text"},
            {"name": "updatedAt", "path": "updated", "type": "instant", "format": "iso"},
        ],
        "title": ["customerName"],
        "searchable": ["id", "customerName", "status"],
        "date": "updatedAt",
    } | more


def provider_body(*entities: dict[str, Any], **connection: Any) -> dict[str, Any]:
    """The body that enters the source as a provider with these data types."""
    return provider_input(
        availableEntities=[{"name": each["name"]} for each in entities],
        searchableEntities=[each["name"] for each in entities],
        entityMappings=[],
        connection={"baseUrl": f"https://{HOST}/v2", "entities": list(entities), **connection},
    )


INCREMENT = {"fieldPath": "updated", "parameter": "since", "format": "iso"}
PAGING: dict[str, dict[str, Any]] = {
    "none": {"type": "none"},
    "cursor": {"type": "cursor", "parameter": "after", "cursorPath": "next"},
    "last": {"type": "cursor", "parameter": "after", "lastRecordPath": "id", "morePath": "has_more"},
    "offset": {
        **{"type": "offset", "parameter": "start", "sizeParameter": "limit", "size": 10, "first": 1},
        "totalPath": "count",
    },
    "capped": {"type": "offset", "parameter": "start", "sizeParameter": "limit", "size": 1000},
    "page": {"type": "page", "parameter": "page", "first": 1, "pageCountPath": "pages", "totalPath": "count"},
    "link": {"type": "link"},
}


def _size(query: dict[str, str]) -> int:
    return int(query.get("limit", 10))


def _none(items: list[Any], query: dict[str, str], url: str) -> tuple[Any, dict[str, str]]:
    return {"data": items}, {}


def _after(items: list[Any], query: dict[str, str], url: str) -> tuple[Any, dict[str, str]]:
    start = next((index + 1 for index, item in enumerate(items) if item["id"] == query.get("after")), 0)
    page = items[start : start + _size(query)]
    more = start + len(page) < len(items)
    return {"data": page, "next": page[-1]["id"] if more else None, "has_more": more}, {}


def _offset(items: list[Any], query: dict[str, str], url: str) -> tuple[Any, dict[str, str]]:
    start = int(query["start"]) - 1
    return {"data": items[start : start + _size(query)], "count": len(items)}, {}


def _capped(items: list[Any], query: dict[str, str], url: str) -> tuple[Any, dict[str, str]]:
    start = int(query["start"])
    return {"data": items[start : start + 7]}, {}


def _page(items: list[Any], query: dict[str, str], url: str) -> tuple[Any, dict[str, str]]:
    size, number = _size(query), int(query["page"])
    page = items[(number - 1) * size : number * size]
    return {"data": page, "pages": -(-len(items) // size), "count": len(items)}, {}


def _link(items: list[Any], query: dict[str, str], url: str) -> tuple[Any, dict[str, str]]:
    size, number = _size(query), int(query.get("p", 1))
    page = items[(number - 1) * size : number * size]
    more = {"Link": f'<{url}?p={number + 1}&limit={size}>; rel="next", <{url}?p=1>; rel="first"'}
    return {"data": page}, more if number * size < len(items) else {}


_STYLES = {
    "none": _none,
    "cursor": _after,
    "last": _after,
    "offset": _offset,
    "capped": _capped,
    "page": _page,
    "link": _link,
}
