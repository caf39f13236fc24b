"""Faults on demand: which requests go wrong, how, and how often."""

import re
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from http import HTTPStatus
from typing import Any

from integrations_site.sandbox.messages import Request, Response, as_html

# What each kind does; shown by the control address, so that nobody has to guess.
KINDS = {
    "rate_limited": "429 in the vendor's form, with Retry-After of `seconds` where that is given",
    "server_error": "500, or another `status` from 500 on, in the vendor's form",
    "html": "an HTML error page with `status` (default 502)",
    "invalid_json": "the answer, broken off in the middle of its JSON, as if it were whole",
    "reset": "half of the answer, then the connection is closed",
    "lost_answer": "the request takes effect, and the connection is closed without a word",
    "slow": "the answer in small pieces over `seconds` (default 5)",
    "latency": "`seconds` (default 0.05) before the answer",
    "duplicate": "the page with the records of the page before once more (a first page: its own)",
    "reorder": "the page with its records in another order",
    "changing": "records are added, changed and deleted (`records`, default 1 each) right before the page is read",
    "expired_token": "401 or whatever the vendor says to a token that has expired; the token itself stays good",
    "revoked_token": "the grant behind the token is revoked for good, and the answer says so",
    "clock_skew": "the vendor's clock is wrong by `seconds` (default 600) during the request",
}
_PIECES = 20
_LONGEST_SECONDS = 10**6
_TEXTS = {"host", "path", "method"}
_NUMBERS = {"times", "after", "status", "records"}


@dataclass(slots=True)
class Fault:
    """A fault and the requests that it strikes: `path` is a regular expression searched for in /host/path."""

    id: str
    kind: str
    host: str = ""
    path: str = ""
    method: str = ""
    times: int | None = None
    after: int = 0
    seconds: float | None = None
    status: int | None = None
    records: int = 1
    struck: int = 0
    seen: int = 0
    _expression: re.Pattern[str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._expression = re.compile(self.path)

    def described(self) -> dict[str, Any]:
        """For the control address."""
        return {name: value for name, value in asdict(self).items() if not name.startswith("_")}

    def concerns(self, request: Request) -> bool:
        """Whether the fault is about such requests."""
        same_host = not self.host or self.host == request.host
        same_method = not self.method or self.method == request.method
        return same_host and same_method and self._expression.search(request.path) is not None


class Faults:
    """The faults that are on. Each request takes what is due for it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []
        self._number = 0

    def add(self, kind: str, **details: Any) -> Fault:
        """Switches a fault on. Raises ValueError and TypeError for what it does not know."""
        if kind not in KINDS:
            raise ValueError(f"there is no fault {kind!r}; there are {', '.join(KINDS)}")
        with self._lock:
            self._number += 1
            given = {name: value for name, value in details.items() if value is not None}
            _require_types(kind, given)
            try:
                fault = Fault(f"fault-{self._number}", kind, **given)
            except re.error as error:
                raise ValueError(f"path is no regular expression: {error}") from None
            self._faults.append(fault)
        return fault

    def remove(self, identifier: str) -> bool:
        """Switches one off; whether it was there."""
        with self._lock:
            before = len(self._faults)
            self._faults = [fault for fault in self._faults if fault.id != identifier]
            return len(self._faults) < before

    def clear(self) -> None:
        """Switches all off."""
        with self._lock:
            self._faults = []

    def described(self) -> list[dict[str, Any]]:
        """All that were switched on, spent ones with them."""
        with self._lock:
            return [fault.described() for fault in self._faults]

    def due(self, request: Request) -> list[Fault]:
        """The faults that strike this request; each counts it."""
        if not self._faults:
            return []
        with self._lock:
            return [fault for fault in self._faults if fault.concerns(request) and _strikes(fault)]

    def spare(self, faults: Iterable[Fault]) -> None:
        """These came to nothing: they were not struck with, and are due again."""
        with self._lock:
            for fault in faults:
                fault.struck -= 1


def _require_types(kind: str, details: dict[str, Any]) -> None:
    """Raises ValueError for what is of no use; names that no fault has are found out later."""
    for name, value in details.items():
        if name in _TEXTS and not isinstance(value, str):
            raise ValueError(f"{name} is a text")
        if name in _NUMBERS and (isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 10**6):
            raise ValueError(f"{name} is a whole number from 0 on")
        if name == "seconds" and not _is_duration(value, may_be_negative=kind == "clock_skew"):
            raise ValueError("seconds is a number, and negative for clock_skew alone")
        if name == "status" and (value not in list(HTTPStatus) or value < HTTPStatus.BAD_REQUEST):
            raise ValueError("status is an HTTP status from 400 on")


def _is_duration(value: Any, *, may_be_negative: bool) -> bool:
    # Not a number lies between nothing.
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and (-_LONGEST_SECONDS if may_be_negative else 0) <= value <= _LONGEST_SECONDS


def _strikes(fault: Fault) -> bool:
    fault.seen += 1
    if fault.seen <= fault.after or (fault.times is not None and fault.struck >= fault.times):
        return False
    fault.struck += 1
    return True


def spoil(response: Response, fault: Fault) -> Response:
    """What a fault makes of a finished answer."""
    match fault.kind:
        case "invalid_json":
            response.body = response.body[: max(len(response.body) // 2, 1)]
        case "reset":
            response = _cut(response, response.body[: len(response.body) // 2])
        case "lost_answer":
            response = _cut(response, b"")
        case "slow":
            response.stream = _trickle(response.body, 5.0 if fault.seconds is None else fault.seconds)
    return response


def error_page(status: int) -> Response:
    """What a proxy in front of a vendor says in place of the vendor."""
    return as_html(f"<html><head><title>{status}</title></head><body><h1>Bad gateway</h1></body></html>", status=status)


def _cut(response: Response, part: bytes) -> Response:
    # The server closes the connection on an answer that ends before the length that it announced.
    response.headers.append(("Content-Length", str(len(response.body) + 1)))
    response.stream = _then_nothing(part)
    return response


def _then_nothing(part: bytes) -> Iterator[bytes]:
    yield part
    time.sleep(0.02)  # so that the part is on its way before the end


def _trickle(body: bytes, seconds: float) -> Iterator[bytes]:
    step = max(len(body) // _PIECES, 1)
    for start in range(0, len(body), step):
        time.sleep(seconds / _PIECES)
        yield body[start : start + step]
