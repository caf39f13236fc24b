"""JSON that others wrote: what decoding it may raise, and reading it all the same."""

import re
from typing import Any

import msgspec

# msgspec raises the second for text that is not UTF-8, and the third for what is nested too deep.
UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_SURROGATES = (rb"\ud", rb"\uD")
# Every escape, from left to right; pairs of surrogates are one.
_ESCAPE = re.compile(rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|.)", re.DOTALL)
_LONE = re.compile(rb"\\u[dD][89a-fA-F][0-9a-fA-F]{2}")


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


def mended(body: bytes) -> bytes:
    """The body, with U+FFFD for half a character (a text that was cut there), which no reader of JSON takes.

    Other bodies stay as they are, to the byte.
    """
    if not any(each in body for each in _SURROGATES) or _is_readable(body):
        return body
    return _ESCAPE.sub(_without_half, body)


def _is_readable(body: bytes) -> bool:
    try:
        msgspec.json.decode(body)
    except UNREADABLE:
        return False
    return True


def _without_half(escape: re.Match[bytes]) -> bytes:
    return rb"\ufffd" if _LONE.fullmatch(escape[0]) else escape[0]
