"""Asking again where an answer could not be read: an error page in between, or JSON that breaks off."""

from collections.abc import Callable
from typing import TypeVar

from connections.sdk.errors import AnswerUnreadable
from connections.sdk.http import VendorHttp

ATTEMPTS = 3
AnswerT = TypeVar("AnswerT")


def readable(http: VendorHttp, ask: Callable[[], AnswerT]) -> AnswerT:
    """What `ask` gives, which both asks and reads, and does no harm twice. Raises what the last attempt raised."""
    for attempt in range(1, ATTEMPTS):
        try:
            return ask()
        except AnswerUnreadable:
            http.pause(attempt)
    return ask()
