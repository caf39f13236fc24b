"""Answers with lists of records. The records' bytes pass through; only what is asked for is decoded."""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from connections.sdk.decoding import UNREADABLE
from connections.sdk.errors import AnswerUnreadable
from connections.sdk.fetching import RawRecord
from connections.sdk.http import VendorResponse
from connections.sdk.paths import value_at

_MEMBERS = msgspec.json.Decoder(dict[str, msgspec.Raw])
_ITEMS = msgspec.json.Decoder(list[msgspec.Raw])
_LONGEST_LIST = 50_000
_NOT_MODIFIED = 304


class Answer:
    """An answer's records, and what stands around them."""

    def __init__(self, response: VendorResponse, records_path: str, *, is_optional: bool = False) -> None:
        """`is_optional`: where there are no records, their list may be left out.

        Raises AnswerUnreadable: an answer without its list says nothing of what there is. Of an answer that is not
        modified (304) the caller knows whether it fits the question.
        """
        self.headers, self.address, self._body = response.headers, response.address, response.body
        self._is_optional = is_optional
        self._outside: dict[str, msgspec.Raw] | None = None
        self.is_unmodified = response.status == _NOT_MODIFIED
        self.has_content = not self.is_unmodified and bool(self._body or not is_optional)
        self.records: Sequence[msgspec.Raw] = self._read(records_path) if self.has_content else ()

    def told(self, path: str) -> Any:
        """What stands at a path, be it null. Raises AnswerUnreadable where nothing does."""
        parent, _, name = path.rpartition(".")
        around = self.outside(parent) if parent else self._members()
        if isinstance(around, dict) and name in around:
            return around[name] if parent else decoded(around[name])
        raise AnswerUnreadable(
            f"The vendor's answer does not tell {path}, by which its end is known; check the paging of this data type",
            code="NO_END",
        )

    def outside(self, path: str | None) -> Any:
        """What stands at a path of the answer; None where nothing does."""
        if path is None or not self._body:
            return None
        members = self._members()
        name, _, rest = path.partition(".")
        return value_at(decoded(members[name]), rest) if name in members else None

    def _members(self) -> dict[str, msgspec.Raw]:
        """The answer's own members, none of them decoded."""
        if self._outside is None:
            try:
                self._outside = _MEMBERS.decode(self._body)
            except UNREADABLE as error:
                raise _unreadable() from error
        return self._outside

    def _read(self, path: str) -> Sequence[msgspec.Raw]:
        """The list at the path. Raises AnswerUnreadable for an answer of another form."""
        try:
            found: Any = self._body
            *_, last = parts = path.split(".") if path else [""]
            for part in parts if path else ():
                members = self._members() if found is self._body else _MEMBERS.decode(found)
                if part not in members:
                    return self._left_out(part, is_list=part is last)
                found = members[part]
            if bytes(found).strip() == b"null":
                return self._left_out(last, is_list=True)
            records = _ITEMS.decode(found)
        except UNREADABLE as error:
            raise _unreadable() from error
        if len(records) > _LONGEST_LIST:
            raise AnswerUnreadable(f"The vendor's answer holds more than {_LONGEST_LIST} records", code="PAGE_TOO_LONG")
        return records

    def _left_out(self, part: str, *, is_list: bool) -> Sequence[msgspec.Raw]:
        if is_list and self._is_optional:
            return ()
        raise AnswerUnreadable(f"The vendor's answer has no list of records at {part or 'its top'}", code="NO_RECORDS")


def id_reader(path: str) -> Callable[[msgspec.Raw], str]:
    """A function that gives the id of a record, and nothing ("") where it has none that is a text or a whole number."""
    if "." in path or path.isdigit():
        return lambda raw: _id_of(_decoded_at(raw, path))
    form = msgspec.defstruct("Identified", [("id", Any, None)], rename={"id": path})
    decoder = msgspec.json.Decoder(form)

    def read(raw: msgspec.Raw) -> str:
        try:
            return _id_of(decoder.decode(raw).id)  # type: ignore[attr-defined]
        except UNREADABLE:
            return ""

    return read


def member_reader(path: str) -> Callable[[bytes | msgspec.Raw], Any]:
    """A function that gives what stands at a path of a record, and decodes no other member of it; None for nothing."""
    name, _, rest = path.partition(".")
    form = msgspec.defstruct("Looked", [("member", Any, None)], rename={"member": name})
    decoder = msgspec.json.Decoder(form)

    def read(raw: bytes | msgspec.Raw) -> Any:
        try:
            return value_at(decoder.decode(raw).member, rest)  # type: ignore[attr-defined]
        except UNREADABLE:
            return None

    return read


def identified(records: Sequence[msgspec.Raw], read_id: Callable[[msgspec.Raw], str]) -> list[RawRecord]:
    """The records with their ids."""
    return [RawRecord(read_id(raw), bytes(raw)) for raw in records]


def decoded(raw: bytes | msgspec.Raw) -> Any:
    """A record as objects; None where it is not JSON."""
    try:
        return msgspec.json.decode(raw)
    except UNREADABLE:
        return None


def _decoded_at(raw: msgspec.Raw, path: str) -> Any:
    return value_at(decoded(raw), path)


def _id_of(value: Any) -> str:
    if type(value) is str:
        return value
    return str(value) if type(value) is int else ""


def _unreadable() -> AnswerUnreadable:
    return AnswerUnreadable("The vendor's answer is not the list of records that its definition promises")
