"""Asking only for what changed: the parameter that says since when, and the moment to ask from the next time."""

import datetime as dt
import re
from collections.abc import Sequence
from typing import Any

from catalog.definition import Incremental
from connections.sdk.declarative.answers import member_reader
from connections.sdk.fetching import RawRecord, Watermark
from connections.sdk.http import VendorHttp, VendorResponse
from connections.sdk.instants import read_http_date, read_instant, write_instant
from connections.sdk.texts import filled_around

# Where the vendor's answer does not tell its clock, ours may be ahead of it by this much.
_SKEW = dt.timedelta(minutes=5)
# Moments that are alike but for their digits, one behind the other.
_ALIKE = re.compile(r"(?:\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)+", re.ASCII)


class Increments:
    """How a data type tells what changed. Its watermark is `{"until": ISO moment}`."""

    def __init__(self, http: VendorHttp, rules: Incremental, since: Watermark | None) -> None:
        self._http, self._rules, self._read = http, rules, member_reader(rules.field_path)
        self._since = dt.datetime.fromisoformat(since["until"]) if since else None

    def query(self) -> dict[str, str]:
        """The parameters that say since when."""
        return self._told() if self._rules.placement == "query" else {}

    def headers(self) -> dict[str, str]:
        """The headers that say since when."""
        return self._told() if self._rules.placement == "header" else {}

    def latest(self, records: Sequence[RawRecord], before: str) -> str:
        """The latest change (ISO) among these records and before them."""
        values = [value for raw in records if (value := self._read(raw.raw)) is not None]
        moments = [moment for value in _last_of(values) if (moment := _moment(value))]
        if before:
            moments.append(dt.datetime.fromisoformat(before))
        return max(moments).isoformat() if moments else ""

    def watermark(self, high: str, began: str) -> Watermark:
        """Up to when everything was read: the latest change seen, yet not after the fetch began.

        A record that changed after its page was read is so among the next increment.
        """
        start = dt.datetime.fromisoformat(began)
        seen = dt.datetime.fromisoformat(high) if high else self._since or start
        return {"until": min(seen, start).isoformat()}

    def _told(self) -> dict[str, str]:
        if self._since is None:
            return {}
        text = write_instant(self._since - dt.timedelta(seconds=self._rules.overlap_seconds), self._rules.format)
        template = self._rules.template or "{value}"
        return {self._rules.parameter: filled_around(self._http, template, "{value}", text)}


def _last_of(values: list[Any]) -> list[Any]:
    """The last of moments that can be compared as they are: numbers, or texts that differ in digits only; else all."""
    types = set(map(type, values))
    if types == {int} or (types == {str} and _ALIKE.fullmatch("".join(values))):
        last = max(values)
        return [last] if _moment(last) else values
    return values


def _moment(value: Any) -> dt.datetime | None:
    try:
        return read_instant(value)
    except ValueError:
        return None  # a bad record; it is told of when it is mapped


def clock_of(response: VendorResponse) -> str:
    """The vendor's time (ISO) when it answered, or a moment that is surely not after it."""
    return (read_http_date(response.headers.get("date")) or dt.datetime.now(dt.UTC) - _SKEW).isoformat()
