"""JSON in: exact decimals, bounded depth, and nothing that JSON does not know (RFC 8259)."""

import json
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import IO, Any

from django.conf import settings
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser, MultiPartParser

from integrations_site.api.errors import TooLargeError

# Enough for every amount that the hub keeps, with room for an error that names the field.
_MOST_DIGITS = 40
_MOST_EXPONENT = 40
_LONGEST_NUMBER = 64


class JSONParser(BaseParser):
    """Reads a body of JSON in UTF-8. Numbers with a fraction become Decimal, never a binary float."""

    media_type = "application/json"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        """The body's value. Raises ParseError and TooLargeError."""
        body = stream.read(settings.API_MAX_BODY_BYTES + 1)
        if len(body) > settings.API_MAX_BODY_BYTES:
            raise TooLargeError(f"The body is larger than {settings.API_MAX_BODY_BYTES} bytes")
        return loads(body)


class UploadParser(MultiPartParser):
    """Reads a form with files (`multipart/form-data`)."""


def loads(body: bytes) -> Any:
    """The value of a JSON text. Raises ParseError, which says where the text is wrong."""
    try:
        value = _DECODER.decode(body.decode("utf-8-sig"))  # RFC 8259 lets a byte order mark be ignored
    except UnicodeDecodeError as error:
        raise ParseError(f"The body is not UTF-8: byte {error.start} is wrong") from None
    except json.JSONDecodeError as error:
        raise ParseError(
            f"The body is no valid JSON: {error.msg} at line {error.lineno}, column {error.colno}"
        ) from None
    except RecursionError:
        raise ParseError(_too_deep()) from None
    _inspect(value)
    return value


def _too_deep() -> str:
    return f"The body is nested deeper than {settings.API_MAX_JSON_DEPTH} levels"


def _inspect(root: Any) -> None:
    """Refuses what is nested too deeply, and text that no database keeps."""
    level, depth = [root], 0
    while level:
        deeper: list[Any] = []
        if depth == settings.API_MAX_JSON_DEPTH and any(isinstance(value, dict | list) for value in level):
            raise ParseError(_too_deep())
        for value in level:
            if isinstance(value, dict):
                deeper += value.keys()
                deeper += value.values()
            elif isinstance(value, list):
                deeper += value
            elif isinstance(value, str):
                _inspect_text(value)
        level, depth = deeper, depth + 1


def _inspect_text(text: str) -> None:
    if "\x00" in text:
        raise ParseError("The body holds a NUL character (U+0000), which no text may contain")
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        raise ParseError("The body holds half of a surrogate pair, which is no character")


def _decimal(text: str) -> Decimal:
    number = _bounded(text)
    if number is None or len(number.as_tuple().digits) > _MOST_DIGITS or abs(number.adjusted()) > _MOST_EXPONENT:
        raise ParseError(f"The number {_short(text)} is larger or more precise than the hub can keep")
    return number


def _bounded(text: str) -> Decimal | None:
    """The number; None where the text is too long to look at, or the exponent is more than Decimal has."""
    if len(text) > _LONGEST_NUMBER:
        return None
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def _integer(text: str) -> int:
    if len(text) > _MOST_DIGITS:
        raise ParseError(f"The number {_short(text)} is larger than the hub can keep")
    return int(text)


def _short(text: str) -> str:
    return text if len(text) <= 24 else f"{text[:24]}…"


def _no_number(text: str) -> Any:
    raise ParseError(f"{text} is no JSON number")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ParseError(f"The name {_short(_first_repeated(pairs))!r} stands twice in one object")
    return found


def _first_repeated(pairs: list[tuple[str, Any]]) -> str:
    seen: set[str] = set()
    for name, _ in pairs:
        if name in seen:
            return name
        seen.add(name)
    return ""


_DECODER = json.JSONDecoder(
    parse_float=_decimal, parse_int=_integer, parse_constant=_no_number, object_pairs_hook=_object, strict=True
)
