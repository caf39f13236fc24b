"""The vendors' clock: it can be advanced, and it can be wrong for a single request."""

import datetime as dt
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from email.utils import format_datetime

_skew: ContextVar[float] = ContextVar("sandbox_clock_skew", default=0.0)


class Clock:
    """Seconds since 1970 as the vendors see them."""

    def __init__(self) -> None:
        self.advanced = 0.0

    def now(self) -> float:
        """This moment, with whatever the clock was advanced and is wrong by."""
        return time.time() + self.advanced + _skew.get()

    @contextmanager
    def wrong_by(self, seconds: float) -> Iterator[None]:
        """Inside the block the clock of this request goes wrong."""
        token = _skew.set(seconds)
        try:
            yield
        finally:
            _skew.reset(token)


def utc(seconds: float) -> dt.datetime:
    """The instant."""
    return dt.datetime.fromtimestamp(seconds, dt.UTC)


def iso(seconds: float) -> str:
    """`YYYY-MM-DDTHH:MM:SSZ`."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def day(seconds: float) -> str:
    """`YYYY-MM-DD`."""
    return time.strftime("%Y-%m-%d", time.gmtime(seconds))


def http_date(seconds: float) -> str:
    """The form of HTTP's Date header (RFC 9110, 5.6.7)."""
    return format_datetime(utc(seconds), usegmt=True)


def parse_instant(text: str) -> float:
    """Seconds since 1970 of an ISO 8601 instant or day, or of a plain number; without an offset it is UTC.

    Raises ValueError.
    """
    if text.isascii() and text.replace(".", "", 1).isdecimal():
        return float(text)
    parsed = dt.datetime.fromisoformat(text)
    return (parsed if parsed.tzinfo else parsed.replace(tzinfo=dt.UTC)).timestamp()
