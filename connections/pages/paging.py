"""A long list on a page, a part at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest

_DEEPEST = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """Some rows of a list; `newer` and `older` are the queries of the slices beside it, empty where there are none."""

    rows: Sequence[Any]
    first: int
    total: int
    newer: str
    older: str

    @property
    def last(self) -> int:
        """The number of the last row that is shown; the list's rows are counted from one."""
        return self.first + len(self.rows) - 1


def slice_of(rows: QuerySet[Any], request: HttpRequest, parameter: str, *, size: int, total: int) -> Slice:
    """The slice whose number the request's `parameter` tells, beginning with 1; the nearest where there is none."""
    told = request.GET.get(parameter, "")
    end = min(max(-(-total // size), 1), _DEEPEST)
    number = min(max(int(told), 1), end) if told.isascii() and told.isdigit() and len(told) < 10 else 1
    start = (number - 1) * size
    return Slice(
        rows=list(rows[start : start + size]),
        first=start + 1,
        total=total,
        newer=query(request, **{parameter: number - 1}) if number > 1 else "",
        older=query(request, **{parameter: number + 1}) if number < end else "",
    )


def query(request: HttpRequest, **changes: object) -> str:
    """The request's query with some parameters changed; None takes one away."""
    found = request.GET.copy()
    for name, value in changes.items():
        found.pop(name, None)
        if value is not None:
            found[name] = str(value)
    return f"?{found.urlencode()}"
