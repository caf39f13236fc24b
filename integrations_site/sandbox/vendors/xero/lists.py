"""Xero's lists: pages by number, `where`, `order`, and If-Modified-Since."""

import re
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from integrations_site.sandbox.clock import parse_instant
from integrations_site.sandbox.data import Table, between
from integrations_site.sandbox.messages import Refusal, Request, Response, as_json, whole_number
from integrations_site.sandbox.paging import Pages, page_of
from integrations_site.sandbox.vendors.xero.shapes import IDS

_DEFAULT, _MOST = 100, 1000
_CLAUSE = re.compile(
    r"\s*(?P<field>[\w.]+)\s*(?P<operator>==|!=|>=|<=|>|<)\s*"
    r'(?P<value>"[^"]*"|DateTime\([\d,\s]+\)|Guid\("[^"]*"\)|[\w.-]+)\s*(?:&&|\bAND\b|$)',
    re.IGNORECASE,
)
# What comes without page= has no lines.
_SUMMARISED = {"Invoices": "LineItems", "Contacts": "Addresses"}
_PAGED = {"Invoices", "Contacts", "BankTransactions", "ManualJournals", "Payments"}


@dataclass(frozen=True, slots=True)
class Clause:
    """`field operator value` of a `where`."""

    field: str
    operator: str
    value: str


def invalid(message: str, *, number: int = 10, kind: str = "ValidationException") -> Response:
    """400 in the form of the accounting API."""
    elements = [{"ValidationErrors": [{"Message": message}]}]
    return as_json({"ErrorNumber": number, "Type": kind, "Message": message, "Elements": elements}, status=400)


def list_page(request: Request, table: Table, pages: Pages, now: float) -> Response:
    """A page, or without `page` everything in short. Raises Refusal."""
    query, entity = request.query, table.shape.entity
    found = _select(request, table, query)
    if entity not in _PAGED or "page" not in query:
        return _envelope(entity, _summaries(table, page_of(request, found, 0, len(found))), b"", now)
    try:
        page = whole_number(query["page"], 1, least=1, most=10**9)
        size = whole_number(query.get("pageSize"), _DEFAULT, least=1, most=_MOST)
    except ValueError:
        raise Refusal(invalid("page and pageSize are whole numbers")) from None
    body = pages.joined(request, table, found, (page - 1) * size, size)
    told = {"page": page, "pageSize": size, "pageCount": -(-len(found) // size), "itemCount": len(found)}
    return _envelope(entity, body, b'"pagination":%b,' % msgspec.json.encode(told), now)


def one(table: Table, identifier: str, now: float) -> Response:
    """A single object, as a list of one. Raises Refusal with 404."""
    index = table.index_of(identifier)
    if index is None or not table.is_alive(index):
        raise Refusal(
            as_json({"Title": "Not Found", "Status": 404, "Detail": "The resource cannot be found"}, status=404)
        )
    return _envelope(table.shape.entity, table.record(index), b"", now)


def _envelope(entity: str, records: bytes, more: bytes, now: float) -> Response:
    date = b"/Date(%d)/" % int(now * 1000)
    told = b'{"Id":"%b","Status":"OK","ProviderName":"Integration hub","DateTimeUTC":"%b",%b"%b":[%b]}'
    return Response(200, told % (b"0" * 8 + b"-0000-4000-8000-" + b"0" * 12, date, more, entity.encode(), records))


def _summaries(table: Table, found: Sequence[int]) -> bytes:
    dropped = _SUMMARISED.get(table.shape.entity)
    if dropped is None:
        return b",".join(table.records(found))
    parts = []
    for record in table.records(found):
        told = msgspec.json.decode(record)
        told.pop(dropped, None)
        parts.append(msgspec.json.encode(told))
    return b",".join(parts)


def _select(request: Request, table: Table, query: dict[str, str]) -> Sequence[int]:
    conditions = _conditions(table.shape.entity, query)
    by_update, falling = _order(query.get("order", ""))
    since = _modified_since(request)
    sequence = table.by_update() if by_update else table.live()
    if since is not None and not by_update:
        kept = [index for index in sequence if table.updated(index) >= since]
        sequence = array("L", kept)
    elif since is not None:
        sequence = between(sequence, table.updated, since)
    if conditions:
        sequence = _filtered(table, sequence, conditions)
    return sequence[::-1] if falling else sequence


def _filtered(table: Table, sequence: Sequence[int], conditions: dict[str, Callable[[Any], bool]]) -> Sequence[int]:
    """Of a long sequence those that fit, by a list that is made once."""

    def fits(record: Any) -> bool:
        return all(condition(record) for condition in conditions.values())

    if len(sequence) < len(table.live()):
        return array("L", (i for i in sequence if fits(msgspec.json.decode(table.record(i)))))
    matching = table.matching(tuple(conditions), fits)
    if sequence is table.live():
        return matching
    chosen = set(matching)
    return table.remember(
        ("chosen", tuple(conditions)), lambda: array("L", (index for index in sequence if index in chosen))
    )


def _conditions(entity: str, query: dict[str, str]) -> dict[str, Callable[[Any], bool]]:
    """What records must fulfil, each under a name that says all of it."""
    conditions: dict[str, Callable[[Any], bool]] = {}
    for clause in _clauses(query.get("where", "")):
        conditions[f"{clause.field}{clause.operator}{clause.value}"] = _condition(clause)
    for name, field in (("Statuses", "Status"), ("IDs", IDS[entity]), ("InvoiceNumbers", "InvoiceNumber")):
        if name in query:
            conditions[f"{name}={query[name]}"] = _among(field, set(query[name].split(",")))
    if entity == "Contacts" and query.get("includeArchived", "").lower() != "true":
        conditions["not archived"] = lambda one: one["ContactStatus"] != "ARCHIVED"
    if term := query.get("searchTerm", "").lower():
        conditions[f"searchTerm={term}"] = lambda one: term in msgspec.json.encode(one).decode().lower()
    return conditions


def _clauses(text: str) -> list[Clause]:
    clauses, position = [], 0
    while position < len(text):
        found = _CLAUSE.match(text, position)
        if found is None:
            raise Refusal(
                invalid(f"where cannot be read at: {text[position:][:60]}", number=16, kind="QueryParseException")
            )
        clauses.append(Clause(found["field"], found["operator"], found["value"]))
        position = found.end()
    return clauses


def _among(field: str, values: set[str]) -> Callable[[Any], bool]:
    return lambda one: one.get(field) in values


def _condition(clause: Clause) -> Callable[[Any], bool]:
    try:
        wanted = _value(clause.value)
    except ValueError:
        raise Refusal(invalid(f"where cannot be read at: {clause.value}", number=16)) from None
    compare: dict[str, Callable[[Any, Any], bool]] = {
        "==": lambda a, b: a == b,
        "!=": lambda a, b: a != b,
        ">=": lambda a, b: a >= b,
        "<=": lambda a, b: a <= b,
        ">": lambda a, b: a > b,
        "<": lambda a, b: a < b,
    }

    def holds(record: Any) -> bool:
        value = record
        for part in clause.field.split("."):
            value = value.get(part) if isinstance(value, dict) else None
        if isinstance(value, str) and value.startswith("/Date("):
            value = int(value[6:].partition("+")[0]) / 1000
        return type(value) is type(wanted) and compare[clause.operator](value, wanted)

    return holds


def _value(text: str) -> str | float | bool:
    if text.startswith("DateTime("):
        parts = [int(part) for part in text[9:-1].split(",")]
        return parse_instant("-".join(f"{part:02d}" for part in parts[:3]))
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    if text.startswith("Guid("):
        return text[6:-2].lower()
    return text[1:-1] if text.startswith('"') else float(text) if text.replace(".", "", 1).isdecimal() else text


def _order(text: str) -> tuple[bool, bool]:
    """Whether by the time of change, and whether falling."""
    field, _, direction = text.strip().partition(" ")
    return field == "UpdatedDateUTC", direction.strip().upper() == "DESC"


def _modified_since(request: Request) -> float | None:
    """The header, in ISO form; without an offset it is UTC. Raises Refusal."""
    text = request.headers.get("if-modified-since")
    if text is None:
        return None
    try:
        return parse_instant(text)
    except ValueError:
        raise Refusal(invalid("If-Modified-Since is no ISO 8601 time")) from None
