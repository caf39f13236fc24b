"""QuickBooks' query language: SELECT * or count(*), AND alone, positions from 1, a thousand at most."""

import operator
import re
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from integrations_site.sandbox.clock import parse_instant
from integrations_site.sandbox.data import Table
from integrations_site.sandbox.messages import natural
from integrations_site.sandbox.vendors.quickbooks.shapes import NAME_LISTS

_DEFAULT, _MOST = 100, 1000
_STATEMENT = re.compile(
    r"\s*SELECT\s+(?P<what>\*|COUNT\(\s*\*\s*\))\s+FROM\s+(?P<entity>\w+)"
    r"(?:\s+WHERE\s+(?P<where>.+?))?"
    r"(?:\s+ORDER\s?BY\s+(?P<order>[\w.]+)(?:\s+(?P<direction>ASC|DESC))?)?"
    r"(?:\s+STARTPOSITION\s+(?P<start>\d+))?(?:\s+MAXRESULTS\s+(?P<most>\d+))?\s*",
    re.IGNORECASE | re.DOTALL,
)
_CONDITION = re.compile(
    r"\s*(?P<field>[\w.]+)\s*(?P<operator>>=|<=|!=|=|>|<|\bIN\b|\bLIKE\b)\s*"
    r"(?P<value>'(?:[^'\\]|\\.)*'|\((?:[^()']|'(?:[^'\\]|\\.)*')*\)|[\w.+-]+)\s*(?:\bAND\b|$)",
    re.IGNORECASE,
)
_VALUE = re.compile(r"'((?:[^'\\]|\\.)*)'|([\w.+-]+)")
_TIMES = {"MetaData.LastUpdatedTime", "MetaData.CreateTime"}
_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
    "=": operator.eq,
    "!=": operator.ne,
}


class QueryError(Exception):
    """The statement cannot be read; the text says where."""


@dataclass(frozen=True, slots=True)
class Condition:
    """`field operator values`; only IN has more than one value."""

    field: str
    operator: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Query:
    """A statement, taken apart. `start` counts from 0."""

    entity: str
    counts: bool
    conditions: tuple[Condition, ...]
    order: str
    falling: bool
    start: int
    most: int


def parse(statement: str) -> Query:
    """The query of a statement. Raises QueryError."""
    found = _STATEMENT.fullmatch(statement)
    if found is None:
        raise QueryError(f"QueryParserError: cannot read the statement: {statement[:200]}")
    start, most = natural(found["start"] or "1"), natural(found["most"] or str(_DEFAULT))
    if not start or not most or most > _MOST:
        raise QueryError(f"QueryValidationError: STARTPOSITION begins with 1, MAXRESULTS is 1 to {_MOST}")
    return Query(
        entity=found["entity"],
        counts=found["what"] != "*",
        conditions=tuple(_conditions(found["where"] or "")),
        order=found["order"] or "",
        falling=(found["direction"] or "").upper() == "DESC",
        start=start - 1,
        most=most,
    )


def _conditions(text: str) -> list[Condition]:
    conditions, position = [], 0
    while position < len(text):
        found = _CONDITION.match(text, position)
        if found is None:
            raise QueryError(f"QueryParserError: cannot read the condition at: {text[position : position + 60]}")
        values = tuple(_unquoted(one) for one in _VALUE.finditer(found["value"]))
        conditions.append(Condition(found["field"], found["operator"].upper(), values))
        position = found.end()
    return conditions


def _unquoted(found: re.Match[str]) -> str:
    quoted, plain = found.groups()
    return plain if quoted is None else re.sub(r"\\(.)", r"\1", quoted)


def select(table: Table, query: Query) -> Sequence[int]:
    """The records that fit, in the order asked for. Raises QueryError."""
    times = [one for one in query.conditions if one.field in _TIMES]
    others = tuple(one for one in query.conditions if one.field not in _TIMES)
    everything = not others and table.shape.entity not in NAME_LISTS
    everything = everything or (len(others) == 1 and _is_active_or_not(others[0]))
    bounds = [(_clock_of(table, one), _COMPARISONS[_comparison(one)], _instant(one)) for one in times]
    ordered = table.by_update if query.order == "MetaData.LastUpdatedTime" else table.live
    if everything and not bounds and not query.falling:
        return ordered()

    def find() -> Sequence[int]:
        kept = None if everything else set(table.matching(others, lambda one: _fits_all(one, others, table)))
        chosen = (i for i in ordered() if all(compare(clock(i), at) for clock, compare, at in bounds))
        found = array("L", (i for i in chosen if kept is None or i in kept))
        return found[::-1] if query.falling else found

    return table.remember((query.conditions, query.order, query.falling), find)


def _is_active_or_not(condition: Condition) -> bool:
    return (condition.field, set(condition.values)) == ("Active", {"true", "false"})


def _clock_of(table: Table, condition: Condition) -> Callable[[int], int]:
    return table.updated if condition.field == "MetaData.LastUpdatedTime" else table.created


def _comparison(condition: Condition) -> str:
    if condition.operator not in _COMPARISONS:
        raise QueryError(f"QueryValidationError: {condition.operator} does not go with {condition.field}")
    return condition.operator


def _instant(condition: Condition) -> float:
    try:
        return parse_instant(condition.values[0])
    except (ValueError, IndexError):
        raise QueryError(f"QueryValidationError: {condition.field} is compared with no time") from None


def _fits_all(record: dict[str, Any], conditions: tuple[Condition, ...], table: Table) -> bool:
    named = {condition.field for condition in conditions}
    if table.shape.entity in NAME_LISTS and "Active" not in named and not record["Active"]:
        return False
    return all(_fits(record, condition) for condition in conditions)


def _fits(record: dict[str, Any], condition: Condition) -> bool:
    value: Any = record
    for part in condition.field.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    if isinstance(value, dict):
        value = value.get("value")
    if value is None:
        return False
    text, wanted = _text(value), condition.values
    if condition.operator == "IN":
        return text in wanted
    if condition.operator == "LIKE":
        return re.fullmatch(re.escape(wanted[0]).replace("%", ".*"), text, re.IGNORECASE) is not None
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _COMPARISONS[condition.operator](value, _number(condition))
    return _COMPARISONS[condition.operator](text, wanted[0])


def _number(condition: Condition) -> float:
    try:
        return float(condition.values[0])
    except ValueError:
        raise QueryError(f"QueryValidationError: {condition.field} is compared with no number") from None


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(msgspec.to_builtins(value))
