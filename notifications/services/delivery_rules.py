"""What an answer to a delivery means: delivered, to be tried again and when, or given up."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http import HTTPStatus

from notifications.models import Delivery
from notifications.services.backoff import jittered

# Seconds before each attempt, counted from the one before it (document 000's issue: about 28 hours in all).
SCHEDULE = (0, 5, 300, 1800, 7200, 18000, 36000, 36000)
_LONGEST_RETRY_AFTER = SCHEDULE[-1]
_ASKS_FOR_PATIENCE = {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of a delivery. `is_gone`: the receiver wants nothing more, ever."""

    status: Delivery.Status
    next_attempt_at: dt.datetime | None = None
    is_gone: bool = False


def judge(*, attempt: int, status: int | None, headers: Mapping[str, str], now: dt.datetime) -> Verdict:
    """The verdict on the `attempt`-th attempt (from 1) that was answered with `status`, or not at all (None).

    2xx is delivered, 410 is given up at once, everything else, redirects included, is tried again on SCHEDULE. A
    receiver that answers 429 or 503 may put the next attempt off by Retry-After, up to the schedule's longest wait.
    """
    if status is not None and HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return Verdict(Delivery.Status.DELIVERED)
    if status == HTTPStatus.GONE:
        return Verdict(Delivery.Status.FAILED, is_gone=True)
    if attempt >= len(SCHEDULE):
        return Verdict(Delivery.Status.FAILED)
    wait = jittered(SCHEDULE[attempt])
    if status in _ASKS_FOR_PATIENCE:
        wait = max(wait, _retry_after(headers.get("retry-after", ""), now))
    return Verdict(Delivery.Status.PENDING, now + wait)


def _retry_after(value: str, now: dt.datetime) -> dt.timedelta:
    """The wait that a Retry-After header asks for (RFC 9110, 10.2.3), within bounds; none where it cannot be read."""
    try:
        seconds = float(int(value)) if value.isascii() and value.isdigit() else _until(value, now)
    except (ValueError, OverflowError):
        seconds = 0.0
    return dt.timedelta(seconds=min(max(seconds, 0.0), _LONGEST_RETRY_AFTER))


def _until(date: str, now: dt.datetime) -> float:
    moment = parsedate_to_datetime(date)
    return (moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)).timestamp() - now.timestamp()
