"""Conditions on fields of mapped records, as widgets state them: `{"status": "completed", "amount": {"gte": 100}}`."""

from collections.abc import Callable, Collection, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

import msgspec

from integrations_site.kernel.errors import InvalidInputError

_MOST_FIELDS = 20
_MOST_WORDS = 100
_ENCODER = msgspec.json.Encoder(decimal_format="number")


class Condition(NamedTuple):
    """A condition in SQL on the column `data`, and its parameters."""

    sql: str
    parameters: Sequence[Any]


def conditions(filters: Mapping[str, Any], known: Collection[str]) -> list[Condition]:
    """The conditions that records must meet, all of them. Raises InvalidInputError, which names the field."""
    if len(filters) > _MOST_FIELDS:
        raise _refusal("filters", f"{_MOST_FIELDS} fields at most")
    return [found for name, asked in filters.items() for found in _of_field(name, asked, known)]


def require_known(names: Collection[str], known: Collection[str], parameter: str) -> None:
    """Raises InvalidInputError for the first name that is no field."""
    for name in names:
        if name not in known:
            raise _refusal(parameter, f"There is no field {name[:100]}; there are {', '.join(sorted(known))}")


def _of_field(name: str, asked: Any, known: Collection[str]) -> list[Condition]:
    require_known([name], known, "filters")
    if not isinstance(asked, Mapping):
        return [_equal(name, asked)]
    if not asked or (unknown := sorted(set(asked) - set(_COMPARISONS))):
        named = f"There is no comparison {unknown[0][:100]}" if asked else "A comparison is missing"
        raise _refusal(f"filters.{name}", f"{named}; there are {', '.join(sorted(_COMPARISONS))}")
    return [_COMPARISONS[comparison](name, value) for comparison, value in asked.items()]


def _equal(name: str, value: Any) -> Condition:
    if isinstance(value, Mapping | list):
        raise _refusal(f"filters.{name}", "A text, a number, true, false or null is expected")
    return Condition("data @> %s::jsonb", [_json({name: value})])


def _bound(sign: str) -> Callable[[str, Any], Condition]:
    """Values of another type than the bound's are on neither side of it."""
    sql = f"(jsonb_typeof(data -> %s) = jsonb_typeof(%s::jsonb) AND data -> %s {sign} %s::jsonb)"

    def condition(name: str, value: Any) -> Condition:
        if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
            raise _refusal(f"filters.{name}", "A number or a text is expected, such as 100 or 2026-10-31T00:00:00Z")
        return Condition(sql, [name, _json(value), name, _json(value)])

    return condition


def _any_of(name: str, values: Any) -> Condition:
    if not isinstance(values, list) or len(values) > _MOST_WORDS:
        raise _refusal(f"filters.{name}.in", f"A list of at most {_MOST_WORDS} values is expected")
    return Condition("data -> %s = ANY(%s::jsonb[])", [name, [_json(value) for value in values]])


def _contains(name: str, value: Any) -> Condition:
    if not isinstance(value, str) or not value:
        raise _refusal(f"filters.{name}.contains", "A text is expected")
    return Condition("position(lower(%s) IN lower(data ->> %s)) > 0", [value, name])


def _json(value: Any) -> str:
    return _ENCODER.encode(value).decode()


def _refusal(field: str, message: str) -> InvalidInputError:
    return InvalidInputError(f"{field}: {message}", details={"fields": {field: [f"{message}."]}})


_COMPARISONS: dict[str, Callable[[str, Any], Condition]] = {
    "gte": _bound(">="),
    "lte": _bound("<="),
    "in": _any_of,
    "contains": _contains,
}
