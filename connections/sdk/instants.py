"""Moments as vendors write them, and back."""

import datetime as dt
import re
from collections.abc import Callable
from decimal import Decimal
from email.utils import format_datetime, parsedate_to_datetime
from functools import partial
from typing import Any

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
# What ASP.NET made of JSON: /Date(1700000000000+0000)/. The zone tells how it was shown there and moves nothing.
_MS_DATE = re.compile(r"/Date\((-?\d{1,17})(?:[+-]\d{4})?\)/")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
# A number of seconds beyond this (in the year 5138) is one of milliseconds.
_LARGEST_SECONDS = 100_000_000_000


def read_instant(value: Any, form: str | None = None) -> dt.datetime:
    """The moment that `value` tells, in UTC. Raises ValueError where it tells none.

    Forms are those of a definition's fields: unix, unix_ms, iso, ms_date, ts (Slack's seconds with a fraction, as a
    text), or a pattern of strptime's; without one numbers are Unix time and texts are taken for what they look like.
    What names no zone is UTC.
    """
    try:
        return _reader(form)(value)
    except (TypeError, ArithmeticError, AttributeError) as error:
        raise ValueError("This is no moment") from error


def write_instant(moment: dt.datetime, form: str) -> str:
    """The moment as a parameter: unix (whole seconds), iso (UTC, with Z) or httpdate (RFC 9110)."""
    if form == "unix":
        return str(int(moment.timestamp()))
    if form == "httpdate":
        return format_datetime(moment.astimezone(dt.UTC).replace(microsecond=0), usegmt=True)
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def read_http_date(text: str | None) -> dt.datetime | None:
    """The moment in a header such as Date (RFC 9110); None where there is none."""
    try:
        found = parsedate_to_datetime(text or "")
    except (ValueError, TypeError):
        return None
    return found.astimezone(dt.UTC) if found.tzinfo else found.replace(tzinfo=dt.UTC)


def _reader(form: str | None) -> Callable[[Any], dt.datetime]:
    if form is None:
        return _guessed
    return _READERS.get(form) or partial(_by_pattern, form)


def _by_pattern(pattern: str, value: Any) -> dt.datetime:
    text = str(value) if type(value) is int else value.strip()
    found = dt.datetime.strptime(text, pattern)  # noqa: DTZ007 - its zone is in the text, or UTC
    return found.astimezone(dt.UTC) if found.tzinfo else found.replace(tzinfo=dt.UTC)


def _unix(value: Any) -> dt.datetime:
    if type(value) is int:
        return _EPOCH + dt.timedelta(0, value)
    return _EPOCH + dt.timedelta(seconds=float(_number(value)))


def _unix_ms(value: Any) -> dt.datetime:
    return _EPOCH + dt.timedelta(milliseconds=float(_number(value)))


def _number(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError("This is no number")
    return Decimal(value) if isinstance(value, str) else value


def _iso(value: Any) -> dt.datetime:
    text = value.strip()
    if _DAY.fullmatch(text):
        return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)
    found = dt.datetime.fromisoformat(text)
    if found.tzinfo is dt.UTC:
        return found
    return found.astimezone(dt.UTC) if found.tzinfo else found.replace(tzinfo=dt.UTC)


def _ms_date(value: Any) -> dt.datetime:
    found = _MS_DATE.fullmatch(value.strip())
    return _unix_ms(int(found[1])) if found else _iso(value)


def _guessed(value: Any) -> dt.datetime:
    if isinstance(value, str):
        return _ms_date(value)
    return _unix(value) if abs(_number(value)) < _LARGEST_SECONDS else _unix_ms(value)


_READERS: dict[str, Callable[[Any], dt.datetime]] = {
    "unix": _unix,
    "unix_ms": _unix_ms,
    "iso": _iso,
    "ms_date": _ms_date,
    "ts": _unix,
}
