"""Asking again where an answer could not be read: an error page in between, or JSON that breaks off."""

from collections.abc import Callable
from typing import TypeVar

from connections.sdk.errors import AnswerUnreadable

_ATTEMPTS = 3
AnswerT = TypeVar("AnswerT")


def readable(ask: Callable[[], AnswerT]) -> AnswerT:
    """What `ask` gives, which both asks and reads, and does no harm twice. Raises what the last attempt raised."""
    for _ in range(_ATTEMPTS - 1):
        try:
            return ask()
        except AnswerUnreadable:
            continue
    return ask()
