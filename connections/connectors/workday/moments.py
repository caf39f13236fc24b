"""The moment as of which Workday is asked."""

import datetime as dt

from connections.sdk.instants import write_instant

# Workday's clock may be behind ours; a moment of its future it refuses.
_BEHIND = dt.timedelta(minutes=1)


def asked_at() -> str:
    """A moment (ISO) that Workday's clock has surely reached; what changes after it is for the next increment."""
    return write_instant(dt.datetime.now(dt.UTC) - _BEHIND, "iso")
