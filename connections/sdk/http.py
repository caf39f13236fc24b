"""The way to a vendor, as a connector sees it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, TypedDict, Unpack

import msgspec

from connections.sdk.decoding import UNREADABLE
from connections.sdk.errors import AnswerUnreadable


@dataclass(frozen=True, slots=True)
class VendorResponse:
    """A vendor's answer that was no error. `headers` have lower-case names.

    `address` is the vendor's own where this was asked for, without a query, for that may hold the credential.
    """

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    address: str = ""

    def json(self) -> Any:
        """The body. Raises AnswerUnreadable, which is worth another try."""
        try:
            return msgspec.json.decode(self.body)
        except UNREADABLE as error:
            raise AnswerUnreadable("The vendor's answer is not JSON", status=self.status) from error


class RequestParts(TypedDict, total=False):
    """What a request may have; at most one of `json`, `form` and `body`.

    `is_long`: its answer holds everything at once, and may take minutes and be larger than others.
    """

    query: Mapping[str, str]
    headers: Mapping[str, str]
    json: Any
    form: Mapping[str, str]
    body: bytes
    is_long: bool


class VendorHttp(Protocol):
    """Sends requests of one connection.

    It adds the vendor's address, headers and authentication, keeps to the vendor's limits, tries again what failed
    transiently, renews access where the vendor says that it is over, and reads errors as the definition says.
    """

    def request(self, method: str, path: str, **parts: Unpack[RequestParts]) -> VendorResponse:
        """The answer. `path` is below the base address, or a whole address on the same host.

        Of these parts the path alone may hold placeholders. Raises the errors of `connections.sdk.errors`.
        """

    def pause(self, attempt: int) -> None:
        """Waits before what could not be read is asked for once more, longer after each attempt (from 1)."""

    def filled(self, text: str) -> str:
        """A text that the definition states, with what its placeholders stand for; never one that was sent.

        Raises the errors of `connections.sdk.errors`.
        """
