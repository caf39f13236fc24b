"""From page to page: what a request for one is made of, and where the next one is.

A position is JSON; None is the first page. A list ends where the vendor says so: an answer that does not tell what its
definition says it does, or that speaks against itself, is unreadable. Where the vendor tells no total, a page without
records is the end: fewer records than asked for prove nothing, for vendors cap pages at sizes of their own.
"""

import re
from collections.abc import Mapping
from typing import Any, Protocol
from urllib.parse import urljoin

from catalog.definition import CursorPaging, LinkPaging, NoPaging, OffsetPaging, PagePaging, Paging
from connections.sdk.counts import count_in
from connections.sdk.declarative.answers import Answer, decoded
from connections.sdk.errors import AnswerUnreadable
from connections.sdk.paths import value_at

Position = Any
_NO = (None, False, 0, "", "0", "false", "False")
_LINK = re.compile(r'<([^<>]*)>\s*((?:;\s*[\w*-]+\s*(?:=\s*(?:"[^"]*"|[^";,\s]+))?\s*)*)')
_NEXT = re.compile(r';\s*rel\s*=\s*"?(?:[^"]*\s)?next(?:\s[^"]*)?"?(?:\s*;|\s*$)', re.IGNORECASE)


class Pager(Protocol):
    """One way of paging."""

    def query(self, position: Position) -> Mapping[str, str]:
        """The parameters that ask for the page."""

    def address(self, position: Position) -> str | None:
        """The whole address of the page, where the vendor has told one: it needs no parameters."""

    def following(self, position: Position, answer: Answer) -> Position | None:
        """Where the next page is; None after the last. Raises AnswerUnreadable where the answer does not tell."""

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
        return count_in(answer.outside(self.total_path))


class _Cursors(_Pager):
    def __init__(self, paging: CursorPaging) -> None:
        self._paging = paging

    def query(self, position: Position) -> Mapping[str, str]:
        found = _size(self._paging.size_parameter, self._paging.size)
        return found if position is None else {**found, self._paging.parameter: str(position)}

    def following(self, position: Position, answer: Answer) -> Position | None:
        paging = self._paging
        if paging.more_path and answer.told(paging.more_path) in _NO:
            return None
        leads_on = bool(paging.more_path or (paging.last_record_path and answer.records))
        cursor = self._cursor(answer)
        if cursor in _NO and not leads_on:
            return None
        if cursor in _NO or cursor is True or not isinstance(cursor, str | int):
            raise AnswerUnreadable("The vendor's answer leads to a next page that it does not name", code="NO_END")
        return cursor

    def _cursor(self, answer: Answer) -> Any:
        if self._paging.cursor_path:
            return answer.outside(self._paging.cursor_path)
        return value_at(decoded(answer.records[-1]), self._paging.last_record_path or "") if answer.records else None


class _Offsets(_Pager):
    def __init__(self, paging: OffsetPaging) -> None:
        self._paging, self.total_path = paging, paging.total_path

    def query(self, position: Position) -> Mapping[str, str]:
        start = self._paging.first if position is None else position
        return {self._paging.parameter: str(start), self._paging.size_parameter: str(self._paging.size)}

    def following(self, position: Position, answer: Answer) -> Position | None:
        start: int = self._paging.first if position is None else position
        after, total = start + len(answer.records), _counted(answer, self.total_path)
        return after if _leads_on(answer, after - self._paging.first, total) else None


class _Pages(_Pager):
    def __init__(self, paging: PagePaging) -> None:
        self._paging, self.total_path = paging, paging.total_path

    def query(self, position: Position) -> Mapping[str, str]:
        number, _ = self._at(position)
        size = _size(self._paging.size_parameter, self._paging.size)
        return {**size, self._paging.parameter: str(number)}

    def following(self, position: Position, answer: Answer) -> Position | None:
        number, before = self._at(position)
        seen, total = before + len(answer.records), _counted(answer, self.total_path)
        pages = _counted(answer, self._paging.page_count_path)
        done = (seen, total) if pages is None else (number + 1 - self._paging.first, pages)
        if total and not seen:
            raise _emptied()
        return [number + 1, seen] if _leads_on(answer, *done) else None

    def _at(self, position: Position) -> tuple[int, int]:
        """The number of the page, and how many records were before it."""
        return (self._paging.first, 0) if position is None else (position[0], position[1])


class _Links(_Pager):
    def address(self, position: Position) -> str | None:
        """What the vendor told. Braces, which no address holds (RFC 3986), would be taken for placeholders."""
        return None if position is None else str(position).replace("{", "%7B").replace("}", "%7D")

    def following(self, position: Position, answer: Answer) -> Position | None:
        """A relative reference is of the address that was asked (RFC 8288, section 3.1); others stay as they are."""
        links = _LINK.findall(answer.headers.get("link", ""))
        found = next((address for address, parameters in links if _NEXT.search(parameters)), None)
        return None if found is None else urljoin(answer.address, found)


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


def _leads_on(answer: Answer, done: int, of: int | None) -> bool:
    """Whether more comes, by how much of it (records, or pages) is done. Without a number an empty page is the end."""
    if of is None:
        return bool(answer.records)
    if done < of and not answer.records:
        raise _emptied()
    return done < of


def _emptied() -> AnswerUnreadable:
    return AnswerUnreadable("The vendor's page is empty though it says that there is more", code="NO_END")


def _counted(answer: Answer, path: str | None) -> int | None:
    """The number at a path of the answer; None where no path was declared."""
    if path is None:
        return None
    found = count_in(answer.told(path))
    if found is None:
        raise AnswerUnreadable(f"The vendor's answer tells no number at {path}", code="NO_END")
    return found
