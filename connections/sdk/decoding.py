"""JSON that others wrote: what decoding it may raise, and reading it all the same."""

from typing import Any

import msgspec

# msgspec raises the second for text that is not UTF-8, and the third for what is nested too deep.
UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


def read_leniently(body: bytes) -> Any:
    """What a body says, U+FFFD in the place of what is not UTF-8 (RFC 8259, section 8.1); None where it is not JSON.

    For answers whose codes and numbers count whatever encoding the texts beside them have; never for records.
    """
    try:
        return msgspec.json.decode(body)
    except UnicodeDecodeError:
        return _decoded(body.decode(errors="replace"))
    except UNREADABLE:
        return None


def _decoded(text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except UNREADABLE:
        return None
