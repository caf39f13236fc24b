"""Deletions, which QuickBooks tells by its change data capture alone.

https://developer.intuit.com/app/developer/qbo/docs/learn/explore-the-quickbooks-online-api/change-data-capture
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from connections.sdk.asking import readable
from connections.sdk.errors import AnswerUnreadable
from connections.sdk.http import VendorHttp
from connections.sdk.instants import read_instant, write_instant
from connections.sdk.paths import value_at

_PATH = "/cdc"
# It looks back thirty days; a day less allows for clocks.
_LOOK_BACK = dt.timedelta(days=29)
_MOST = 1000


class Deletions:
    """Asks for one entity at a time, since an answer holds a thousand changes at most."""

    def __init__(self, http: VendorHttp, query: Mapping[str, str]) -> None:
        self._http, self._query = http, query

    @staticmethod
    def are_told_since(moment: str) -> bool:
        """Whether it looks back as far; what was deleted earlier is found by the next full run."""
        return read_instant(moment, "iso") > dt.datetime.now(dt.UTC) - _LOOK_BACK

    def since(self, name: str, moment: str) -> tuple[list[str], str]:
        """Ids of what was deleted since then, and from when on to ask again ("": nothing is left).

        An answer that is full is followed by another, from its last change on. What it had no room for may be missing
        from that one too; the next full run finds it.
        """
        asked = write_instant(read_instant(moment, "iso"), "iso")
        query = {**self._query, "entities": name, "changedSince": asked}
        changes = readable(self._http, lambda: _changes(self._http.request("GET", _PATH, query=query).json(), name))
        deleted = [str(change.get("Id")) for change in changes if change.get("status") == "Deleted"]
        last = max(
            (str(value_at(change, "MetaData.LastUpdatedTime") or "") for change in changes), key=moment_of, default=""
        )
        is_full = len(changes) >= _MOST and moment_of(last) > moment_of(moment)
        return deleted, last if is_full else ""


def _changes(answer: Any, name: str) -> Sequence[dict[str, Any]]:
    """The changes of an entity in the parts of an answer. Raises AnswerUnreadable."""
    parts = value_at(answer, "CDCResponse.0.QueryResponse")
    try:
        found = msgspec.convert(parts, list[dict[str, Any]])
        return [change for part in found for change in msgspec.convert(part.get(name, []), list[dict[str, Any]])]
    except msgspec.ValidationError as error:
        raise AnswerUnreadable("QuickBooks' answer holds no changes") from error


def moment_of(moment: str) -> float:
    """A time as QuickBooks writes it, to compare: texts in a company's offset do not sort. 0 where it is none."""
    try:
        return read_instant(moment, "iso").timestamp()
    except ValueError:
        return 0.0
