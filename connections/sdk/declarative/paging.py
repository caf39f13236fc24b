"""From page to page: what a request for one is made of, and where the next one is.

A position is JSON; None is the first page. Where the vendor tells no total, a page without records is the end: fewer
records than asked for prove nothing, for vendors cap pages at sizes of their own.
"""

import re
from collections.abc import Mapping
from typing import Any, Protocol

from catalog.definition import CursorPaging, LinkPaging, NoPaging, OffsetPaging, PagePaging, Paging
from connections.sdk.declarative.answers import Answer, decoded
from connections.sdk.paths import value_at

Position = Any
_LINK = re.compile(r'<([^<>]*)>\s*((?:;\s*[\w*-]+\s*(?:=\s*(?:"[^"]*"|[^";,\s]+))?\s*)*)')
_NEXT = re.compile(r';\s*rel\s*=\s*"?(?:[^"]*\s)?next(?:\s[^"]*)?"?(?:\s*;|\s*$)', re.IGNORECASE)


class Pager(Protocol):
    """One way of paging."""

    def query(self, position: Position) -> Mapping[str, str]:
        """The parameters that ask for the page."""

    def address(self, position: Position) -> str | None:
        """The whole address of the page, where the vendor has told one: it needs no parameters."""

    def following(self, position: Position, answer: Answer) -> Position | None:
        """Where the next page is; None after the last."""

    def total(self, answer: Answer) -> int | None:
        """How many records there are in all, where the vendor tells."""


class _Pager:
    total_path: str | None = None

    def query(self, position: Position) -> Mapping[str, str]:
        return {}

    def address(self, position: Position) -> str | None:
        return None

    def following(self, position: Position, answer: Answer) -> Position | None:
        return None

    def total(self, answer: Answer) -> int | None:
        return _whole(answer.outside(self.total_path))


class _Cursors(_Pager):
    def __init__(self, paging: CursorPaging) -> None:
        self._paging = paging

    def query(self, position: Position) -> Mapping[str, str]:
        found = _size(self._paging.size_parameter, self._paging.size)
        return found if position is None else {**found, self._paging.parameter: str(position)}

    def following(self, position: Position, answer: Answer) -> Position | None:
        paging = self._paging
        if paging.more_path and not answer.outside(paging.more_path):
            return None
        if paging.cursor_path:
            return answer.outside(paging.cursor_path) or None
        if not answer.records or not paging.last_record_path:
            return None
        return value_at(decoded(answer.records[-1]), paging.last_record_path)


class _Offsets(_Pager):
    def __init__(self, paging: OffsetPaging) -> None:
        self._paging, self.total_path = paging, paging.total_path

    def query(self, position: Position) -> Mapping[str, str]:
        start = self._paging.first if position is None else position
        return {self._paging.parameter: str(start), self._paging.size_parameter: str(self._paging.size)}

    def following(self, position: Position, answer: Answer) -> Position | None:
        start: int = self._paging.first if position is None else position
        after, total = start + len(answer.records), self.total(answer)
        is_last = not answer.records or (total is not None and after - self._paging.first >= total)
        return None if is_last else after


class _Pages(_Pager):
    def __init__(self, paging: PagePaging) -> None:
        self._paging, self.total_path = paging, paging.total_path

    def query(self, position: Position) -> Mapping[str, str]:
        number, _ = self._at(position)
        size = _size(self._paging.size_parameter, self._paging.size)
        return {**size, self._paging.parameter: str(number)}

    def following(self, position: Position, answer: Answer) -> Position | None:
        number, before = self._at(position)
        seen, total = before + len(answer.records), self.total(answer)
        pages = _whole(answer.outside(self._paging.page_count_path))
        is_last = number + 1 - self._paging.first >= pages if pages is not None else seen >= (total or seen + 1)
        return None if is_last or not answer.records else [number + 1, seen]

    def _at(self, position: Position) -> tuple[int, int]:
        """The number of the page, and how many records were before it."""
        return (self._paging.first, 0) if position is None else (position[0], position[1])


class _Links(_Pager):
    def address(self, position: Position) -> str | None:
        return position  # type: ignore[no-any-return]

    def following(self, position: Position, answer: Answer) -> Position | None:
        links = _LINK.findall(answer.headers.get("link", ""))
        return next((address for address, parameters in links if _NEXT.search(parameters)), None)


def pager_of(paging: Paging) -> Pager:
    """The way of paging that a definition describes."""
    match paging:
        case NoPaging():
            return _Pager()
        case CursorPaging():
            return _Cursors(paging)
        case OffsetPaging():
            return _Offsets(paging)
        case PagePaging():
            return _Pages(paging)
        case LinkPaging():
            return _Links()


def _size(parameter: str | None, size: int | None) -> dict[str, str]:
    return {parameter: str(size)} if parameter and size else {}


def _whole(value: Any) -> int | None:
    if isinstance(value, str) and value.isdigit():
        return int(value)
    return value if type(value) is int and value >= 0 else None
