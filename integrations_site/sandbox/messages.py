"""Requests as the sandbox reads them, and the answers it gives."""

import base64
import binascii
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

Headers = list[tuple[str, str]]
Environ = dict[str, Any]

_LONGEST_BODY = 2 * 1024 * 1024
_MOST_DIGITS = 18
_PREFIX = "HTTP_"


@dataclass(slots=True)
class Response:
    """An answer. `stream` goes out in place of `body`, piece by piece and without a length."""

    status: int = 200
    body: bytes = b""
    headers: Headers = field(default_factory=list)
    content_type: str = "application/json"
    stream: Iterable[bytes] | None = None


class Refusal(Exception):
    """Ends a request with this answer, from wherever it is found out."""

    def __init__(self, response: Response) -> None:
        super().__init__(f"refused with {response.status}")
        self.response = response


@dataclass(slots=True)
class Request:
    """A request: `path` begins with the vendor's host, header names are in lower case, `origin` is the sandbox's own.

    `twists` are the faults that change the pages which are rendered for it, and `twisted` those of them that did;
    `afterwards` is done once it is answered.
    """

    method: str
    path: str
    pairs: list[tuple[str, str]]
    headers: dict[str, str]
    body: bytes
    origin: str
    parameters: dict[str, str] = field(default_factory=dict)
    twists: set[str] = field(default_factory=set)
    twisted: set[str] = field(default_factory=set)
    afterwards: list[Callable[[], None]] = field(default_factory=list)

    @property
    def query(self) -> dict[str, str]:
        """The query; of a name that comes twice, the last."""
        return dict(self.pairs)

    @property
    def host(self) -> str:
        """The vendor's host: the first part of the path."""
        return self.path.split("/", 2)[1]

    def form(self) -> dict[str, str]:
        """The body as a form; empty where it is none."""
        try:
            return dict(parse_qsl(self.body.decode(), keep_blank_values=True))
        except UnicodeDecodeError:
            return {}

    def json(self) -> Any:
        """The body as JSON. Raises Refusal with 400."""
        try:
            return json.loads(self.body or b"{}")
        except ValueError:
            raise Refusal(as_json({"error": "the body is no JSON"}, status=400)) from None

    def bearer(self) -> str | None:
        """The token of `Authorization: Bearer`."""
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        return token.strip() if scheme.lower() == "bearer" else None

    def basic(self) -> tuple[str, str] | None:
        """Name and password of `Authorization: Basic`."""
        scheme, _, encoded = self.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "basic":
            return None
        try:
            name, _, password = base64.b64decode(encoded).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return None
        return name, password


def read_request(environ: Environ) -> Request:
    """The request of a WSGI environment. Raises Refusal with 413."""
    length = int(environ.get("CONTENT_LENGTH") or 0)
    if length > _LONGEST_BODY:
        raise Refusal(Response(413))
    headers = {
        name.removeprefix(_PREFIX).replace("_", "-").lower(): value
        for name, value in environ.items()
        if name.startswith(_PREFIX)
    }
    headers["content-type"] = environ.get("CONTENT_TYPE") or headers.get("content-type", "")
    return Request(
        method=environ["REQUEST_METHOD"],
        path=environ.get("PATH_INFO") or "/",
        pairs=parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True),
        headers=headers,
        body=environ["wsgi.input"].read(length) if length else b"",
        origin=f"{environ['wsgi.url_scheme']}://{headers.get('host', environ.get('SERVER_NAME', ''))}",
    )


def as_json(content: Any, *, status: int = 200, headers: Headers | None = None) -> Response:
    """An answer in JSON."""
    return Response(status, json.dumps(content, separators=(",", ":")).encode(), headers or [])


def as_html(text: str, *, status: int = 200) -> Response:
    """A page. It may run nothing and load nothing."""
    policy = ("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'")
    return Response(status, text.encode(), [policy, ("Cache-Control", "no-store")], "text/html; charset=utf-8")


def redirect(location: str) -> Response:
    """302 to somewhere else."""
    return Response(302, headers=[("Location", location)])


def natural(text: str) -> int | None:
    """A number from 0 on, in at most eighteen plain digits; None where the text is anything else."""
    return int(text) if len(text) <= _MOST_DIGITS and text.isascii() and text.isdecimal() else None


def whole_number(text: str | None, default: int, *, least: int, most: int) -> int:
    """A number of a query, kept within its limits; the default where there is none. Raises ValueError."""
    return min(max(int(text), least), most) if text else default
