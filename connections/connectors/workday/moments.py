"""The moment as of which Workday is asked."""

import datetime as dt

from connections.sdk.declarative.increments import clock_of
from connections.sdk.http import VendorResponse
from connections.sdk.instants import write_instant

# Workday's clock may be behind ours; a moment of its future it refuses.
_BEHIND = dt.timedelta(minutes=1)


def asked_at() -> str:
    """A moment (ISO) that Workday's clock has surely reached; what changes after it is for the next increment."""
    return write_instant(dt.datetime.now(dt.UTC) - _BEHIND, "iso")


def not_after(asked: str, response: VendorResponse, *, seconds: float) -> str:
    """The moment of asking, or an earlier one where Workday's clock is behind ours by more than that allows for.

    The answer took so many seconds; its header Date is the time in one of them.
    """
    told = dt.datetime.fromisoformat(clock_of(response)) - dt.timedelta(seconds=seconds)
    return min(asked, write_instant(told, "iso"))
