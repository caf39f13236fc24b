"""Stripe's search: `field:"value"` (equal) and `field~"value"` (contains), joined by AND."""

import itertools
import re
from collections.abc import Iterator
from typing import Any

import msgspec

from integrations_site.sandbox.data import Table
from integrations_site.sandbox.messages import Request, Response, natural
from integrations_site.sandbox.paging import page_of
from integrations_site.sandbox.vendors.stripe.lists import invalid, limit_of

_CLAUSE = re.compile(r"""\s*([\w.\[\]'"-]+)\s*([:~])\s*(?:"([^"]*)"|'([^']*)'|(\S+))\s*(?:AND\b)?""", re.IGNORECASE)


def search(request: Request, table: Table) -> Response:
    """One page of what fits; `page` is how many to leave out. Raises Refusal where the query cannot be read."""
    query = request.query
    limit, clauses = limit_of(query), _clauses(query.get("query", ""))
    skipped = natural(query.get("page", "")) or 0
    found = list(itertools.islice(_found(table, clauses), skipped + limit + 1))
    more = len(found) > skipped + limit
    told = b'{"object":"search_result","data":[%b],"has_more":%b,"next_page":%b,"url":"/v1/%b/search"}'
    following = b'"%d"' % (skipped + limit) if more else b"null"
    page = b",".join(page_of(request, found, skipped, limit))
    return Response(200, told % (page, b"true" if more else b"false", following, table.shape.entity.encode()))


def _clauses(text: str) -> list[tuple[str, str, str]]:
    clauses, position = [], 0
    while found := _CLAUSE.match(text, position):
        field, operator, *values = found.groups()
        clauses.append((field, operator, next(value for value in values if value is not None)))
        position = found.end()
    if not clauses or text[position:].strip():
        raise invalid("We were unable to parse your search query.", "query", code="query_invalid")
    return clauses


def _found(table: Table, clauses: list[tuple[str, str, str]]) -> Iterator[bytes]:
    for index in table.newest():
        record = table.record(index)
        parsed = msgspec.json.decode(record)
        if all(_fits(parsed, *clause) for clause in clauses):
            yield record


def _fits(record: dict[str, Any], field: str, operator: str, wanted: str) -> bool:
    value: Any = record
    for part in re.findall(r"[\w-]+", field):
        value = value.get(part) if isinstance(value, dict) else None
    text = "" if value is None else str(value).lower()
    return wanted.lower() in text if operator == "~" else text == wanted.lower()
