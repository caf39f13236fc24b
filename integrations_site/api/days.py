"""Days and instants as callers write them. Whoever writes one that cannot be hears why."""

import datetime as dt
import re

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def day_of(text: object) -> dt.date:
    """The day that `YYYY-MM-DD` names. Raises ValueError, whose message is for the caller."""
    if not isinstance(text, str) or not _DAY.fullmatch(text):
        raise ValueError("A day is expected in the form YYYY-MM-DD, such as 2026-10-31.")
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"There is no day {text} in the calendar.") from None


def instant_of(text: str) -> dt.datetime:
    """The instant that an ISO 8601 text names, in UTC unless it says otherwise. Raises ValueError, as `day_of` does."""
    if written := _DAY.match(text):
        day_of(written[0])
    try:
        found = dt.datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(
            "An instant is expected in the form YYYY-MM-DDTHH:MM:SSZ, such as 2026-10-31T12:00:00Z; "
            "in an address the + of an offset is written %2B."
        ) from None
    return found if found.tzinfo else found.replace(tzinfo=dt.UTC)
