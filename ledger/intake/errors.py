"""What can be wrong with a file that claims to be an invoice."""

from enum import StrEnum
from typing import Any

from integrations_site.kernel.errors import UnprocessableError

_LONGEST_ECHO = 80


class IntakeCode(StrEnum):
    """The reasons for which a file is refused."""

    INVALID_XML = "INVALID_XML"
    UNSAFE_XML = "UNSAFE_XML"
    UNSUPPORTED_DOCUMENT = "UNSUPPORTED_DOCUMENT"
    MISSING_ELEMENT = "MISSING_ELEMENT"
    INVALID_VALUE = "INVALID_VALUE"
    TOO_LARGE = "TOO_LARGE"
    WRONG_ENCODING = "WRONG_ENCODING"


class IntakeError(UnprocessableError):
    """The file cannot be read as an invoice.

    `details` holds what is known of `term` (the business term, such as BT-2), `element` (where it stands in the file),
    `line` (of the file) and `value` (as written, shortened).
    """

    def __init__(self, code: IntakeCode, message: str, **details: Any) -> None:
        known = {name: value for name, value in details.items() if value is not None}
        if "value" in known:
            known["value"] = shortened(str(known["value"]))
        super().__init__(message, code=code.value, details=known)


def shortened(text: str) -> str:
    """`text` as it may be shown in a message: on one line, and not longer than a line."""
    flat = " ".join(text.split())
    return flat if len(flat) <= _LONGEST_ECHO else flat[: _LONGEST_ECHO - 1] + "…"
