"""What a field's value is made into, by its type. A value that does not fit is a ValueError, which says why."""

import datetime as dt
import re
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

from catalog.definition import Field
from connections.sdk.instants import read_instant
from integrations_site.kernel.money import MINOR_DIGITS

# Makes of the value at the field's path, and of the one at its currency path, what the field becomes.
Convert = Callable[[Any, Any], Any]
# As most vendors write them, and as they are kept: a day, which stands for its beginning, and an instant.
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_INSTANT = re.compile(r"(\d{4}-\d\d-\d\d)T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\dZ", re.ASCII)
_TAKES_ISO, _DAY_LENGTH = (None, "iso"), 10
_EPOCH = dt.datetime(1970, 1, 1)  # noqa: DTZ001 - in UTC, as all moments here
_YEAR_10000 = 253_402_300_800
# Beyond this no amount, and no number that PostgreSQL takes in without harm.
_LARGEST_EXPONENT = 100
# In characters. PostgreSQL keeps 16,383 digits behind the point, be they zeros.
LONGEST_NUMBER = 5_000


class FieldError(ValueError):
    """A record does not fit because of one field."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field, self.reason = field, reason


def converter(field: Field) -> Convert:
    """The function that makes values of the field."""
    if field.type == "instant":
        return _instants(field.format)
    if field.type == "date":
        return _dates(field.format)
    if field.type == "choice":
        return _choices(field.choices)
    if field.type == "money_minor" and not field.currency_path:
        return lambda value, _: _of_minor(value, 2)
    return _CONVERTERS[field.type]


def number(value: Any) -> Decimal:
    """The exact number. Raises ValueError for what is none, or not a finite one of a sensible size."""
    found = value if type(value) is Decimal else _decimal(value)
    if not found.is_finite() or abs(found.adjusted()) > _LARGEST_EXPONENT:
        raise ValueError(f"The number {_shown(value)} is out of range")
    return found


def _decimal(value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | str | Decimal):
        raise ValueError(f"A number is expected, not {_shown(value)}")
    if isinstance(value, str) and len(value) > LONGEST_NUMBER:
        raise ValueError(f"The number {_shown(value)} is out of range")
    try:
        return Decimal(value)
    except InvalidOperation:
        raise ValueError(f"A number is expected, not {_shown(value)}") from None


def _text(value: Any, _: Any) -> str:
    if type(value) is str:
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | Decimal):
        return str(value)
    raise ValueError(f"A text is expected, not {_shown(value)}")


def _integer(value: Any, _: Any) -> int:
    if type(value) is int:
        return int(number(value))
    found = number(value)
    if found != found.to_integral_value():
        raise ValueError(f"A whole number is expected, not {_shown(value)}")
    return int(found)


def _currency(value: Any, _: Any) -> str:
    if type(value) is str:
        code = _CODES.get(value) or _CODES.get(value.strip().upper())
        if code is not None:
            return code
    raise ValueError(f"{_shown(value)} is no currency code of ISO 4217")


def _minor(value: Any, currency: Any) -> Decimal:
    if currency is None:
        raise ValueError("The record names no currency where currencyPath says")
    return _of_minor(value, MINOR_DIGITS[_currency(currency, None)])


def _of_minor(value: Any, digits: int) -> Decimal:
    if type(value) is int and -(10**18) < value < 10**18:
        return Decimal(value).scaleb(-digits)
    found = number(value)
    if found != found.to_integral_value():
        raise ValueError(f"A whole number of minor units is expected, not {_shown(value)}")
    sign, figures, exponent = found.as_tuple()
    return Decimal((sign, figures, int(exponent) - digits))


def _boolean(value: Any, _: Any) -> bool:
    if type(value) is bool:
        return value
    found = _WORDS.get(value.lower() if type(value) is str else value) if type(value) in (str, int) else None
    if found is None:
        raise ValueError(f"True or false is expected, not {_shown(value)}")
    return found


def _list(value: Any, _: Any) -> list[Any]:
    if type(value) is list:
        return value
    raise ValueError(f"A list is expected, not {_shown(value)}")


def _object(value: Any, _: Any) -> dict[str, Any]:
    if type(value) is dict:
        return value
    raise ValueError(f"An object is expected, not {_shown(value)}")


def _instants(form: str | None) -> Convert:
    return _unix if form == "unix" else _written(form)


def _unix(value: Any, _: Any) -> str:
    if type(value) is int and 0 <= value < _YEAR_10000:
        return (_EPOCH + dt.timedelta(0, value)).isoformat() + "Z"
    return _moment(value, "unix").isoformat()[:19] + "Z"


def _written(form: str | None) -> Convert:
    takes_iso = form in _TAKES_ISO

    def convert(value: Any, _: Any) -> str:
        if takes_iso and type(value) is str:
            if len(value) == _DAY_LENGTH and (beginning := _beginning(value)):
                return beginning
            if (written := _INSTANT.fullmatch(value)) and _beginning(written[1]):
                return value
        return _moment(value, form).isoformat()[:19] + "Z"

    return convert


@lru_cache(4096)  # records of one list share their days
def _beginning(day: str) -> str | None:
    """The instant at which a day begins; None for what is none, or not in the calendar."""
    try:
        return f"{dt.date.fromisoformat(day)}T00:00:00Z" if _DAY.fullmatch(day) else None
    except ValueError:
        return None


def _dates(form: str | None) -> Convert:
    def convert(value: Any, _: Any) -> str:
        return _moment(value, form).date().isoformat()

    return convert


def _moment(value: Any, form: str | None) -> dt.datetime:
    try:
        return read_instant(value, form)
    except (ValueError, OverflowError):
        raise ValueError(f"{_shown(value)} is no moment{f' of the form {form}' if form else ''}") from None


def _choices(choices: dict[str, str]) -> Convert:
    def convert(value: Any, _: Any) -> str:
        found = choices.get(value if type(value) is str else _text(value, None))
        if found is None:
            raise ValueError(f"{_shown(value)} is none of the values that are known: {', '.join(choices)}")
        return found

    return convert


def _shown(value: Any) -> str:
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


# As most vendors write them.
_CODES = {written: code for code in MINOR_DIGITS for written in (code, code.lower())}
_WORDS: dict[Any, bool] = {"true": True, "false": False, "yes": True, "no": False, "1": True, "0": False} | {
    1: True,
    0: False,
}
_CONVERTERS: dict[str, Convert] = {
    "text": _text,
    "integer": _integer,
    "decimal": lambda value, _: number(value),
    "currency": _currency,
    "money_minor": _minor,
    "money_major": lambda value, _: number(value),
    "boolean": _boolean,
    "list": _list,
    "object": _object,
}
