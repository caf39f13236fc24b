"""Accounts as vendors tell of them. What they say may be anything, also what no database keeps and no page shows."""

import re
from dataclasses import dataclass
from typing import Self

from connections.sdk.errors import AnswerUnreadable

_LONGEST = 255
# Control characters, and those that turn the direction of what follows (Unicode, UAX #9).
_UNSHOWABLE = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True, slots=True)
class Account:
    """An account at the vendor: its id there, and its name for people."""

    id: str
    name: str = ""

    @classmethod
    def told(cls, id: object, name: object = None) -> Self:
        """The account of this id and name; without an id (None) one that is only called something.

        Raises AnswerUnreadable where the id is no text or whole number that can be kept and known again: 255 characters
        at most, none of them a control character. A name becomes one line of that length.
        """
        return cls("" if id is None else _id(id), _name(name))


def _id(told: object) -> str:
    text = str(told) if isinstance(told, str | int) and not isinstance(told, bool) else ""
    if not text or len(text) > _LONGEST or _UNSHOWABLE.search(text):
        raise AnswerUnreadable("The vendor did not say whose account it is, or by an id that cannot be kept")
    return text


def _name(told: object) -> str:
    text = str(told) if isinstance(told, str | int) else ""
    return _UNSHOWABLE.sub("\ufffd", " ".join(text.split()))[:_LONGEST]
