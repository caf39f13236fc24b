"""When a third party wants to be asked again (RFC 9110, section 10.2.3)."""

import datetime as dt
from email.utils import parsedate_to_datetime

from integrations_site.kernel import clock

_LONGEST_SECONDS = 24 * 3600.0


def seconds_told(text: str) -> float | None:
    """Seconds from now, a day at most, by a number of seconds or a date; None where it is neither.

    A date is in HTTP's form or ISO 8601's.
    """
    try:
        seconds = float(text)
    except ValueError:
        seconds = _until(text)
    return within_a_day(seconds)


def within_a_day(seconds: float) -> float | None:
    """No less than now and no more than a day; None where it is not a number."""
    return min(max(seconds, 0.0), _LONGEST_SECONDS) if seconds == seconds else None


def _until(text: str) -> float:
    """Seconds until a date; not a number where it is none."""
    for parse in (parsedate_to_datetime, dt.datetime.fromisoformat):
        try:
            instant = parse(text)
            return ((instant if instant.tzinfo else instant.replace(tzinfo=dt.UTC)) - clock.now()).total_seconds()
        except (ValueError, OverflowError):
            continue
    return float("nan")
