"""Stripe's lists: newest first, by cursor, with the filters that each knows."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from integrations_site.sandbox.data import Table, between
from integrations_site.sandbox.messages import Refusal, Request, Response, as_json, natural
from integrations_site.sandbox.paging import Pages

FILTERS = {
    "payment_intents": ("customer",),
    "charges": ("customer", "payment_intent"),
    "invoices": ("customer", "status", "collection_method"),
    "customers": ("email",),
    "subscriptions": ("customer", "status"),
    "refunds": ("charge", "payment_intent"),
}
_LEAST, _DEFAULT, _MOST = 1, 10, 100
_BOUNDS = ("created", "created[gte]", "created[gt]", "created[lte]", "created[lt]")


def error(kind: str, message: str, *, status: int = 400, code: str | None = None, param: str | None = None) -> Response:
    """An error of the API (not of OAuth, which has a form of its own)."""
    told: dict[str, Any] = {"type": kind, "message": message}
    told |= {name: value for name, value in (("code", code), ("param", param)) if value is not None}
    return as_json({"error": told}, status=status)


def invalid(message: str, param: str, *, code: str = "parameter_invalid_integer") -> Refusal:
    """400 about a parameter."""
    return Refusal(error("invalid_request_error", message, code=code, param=param))


@dataclass(frozen=True, slots=True)
class Window:
    """`created` from `since` on and before `until`."""

    since: int | None = None
    until: int | None = None


def limit_of(query: dict[str, str]) -> int:
    """1 to 100, default 10. Raises Refusal."""
    limit = natural(query.get("limit", str(_DEFAULT)))
    if limit is None or not _LEAST <= limit <= _MOST:
        raise invalid("Invalid limit: it must be between 1 and 100", "limit")
    return limit


def window_of(query: dict[str, str]) -> Window:
    """What `created` and its bounds say together. Raises Refusal."""
    bounds: dict[str, int] = {}
    for name in _BOUNDS:
        if name in query:
            bound = natural(query[name])
            if bound is None:
                raise invalid(f"Invalid integer: {query[name]}", name)
            bounds[name] = bound
    exact = bounds.get("created")
    lower = [exact, bounds.get("created[gte]"), _after(bounds.get("created[gt]"))]
    upper = [_after(exact), _after(bounds.get("created[lte]")), bounds.get("created[lt]")]
    return Window(
        max((one for one in lower if one is not None), default=None),
        min((one for one in upper if one is not None), default=None),
    )


def _after(second: int | None) -> int | None:
    return None if second is None else second + 1


def matching(table: Table, query: dict[str, str]) -> Sequence[int]:
    """The records that the filters leave, oldest first."""
    entity = table.shape.entity
    wanted = {name: query[name] for name in FILTERS[entity] if name in query}
    if entity != "subscriptions":
        if not wanted:
            return table.live()
        return table.matching(
            tuple(wanted.items()), lambda one: all(one[name] == value for name, value in wanted.items())
        )
    status = wanted.pop("status", "")
    return table.matching((status, *wanted.items()), lambda one: _subscribed(one, status, wanted))


def _subscribed(record: dict[str, Any], status: str, wanted: dict[str, str]) -> bool:
    """Canceled subscriptions are shown to those only who ask for them."""
    ended = record["status"] == "canceled"
    shown = not ended if not status else status == "all" or (ended if status == "ended" else record["status"] == status)
    return shown and all(record[name] == value for name, value in wanted.items())


def list_records(request: Request, table: Table, pages: Pages) -> Response:
    """One page of a table."""
    query = request.query
    limit, window = limit_of(query), window_of(query)
    sequence = table.newest() if not set(query) - {"limit", "starting_after"} and _is_plain(table) else None
    if sequence is None:
        sequence = between(matching(table, query), table.created, window.since, window.until)[::-1]
    first, last = _ends(table, sequence, query, limit)
    page = pages.joined(request, table, sequence, first, last - first)
    has_more = first > 0 if "ending_before" in query else last < len(sequence)
    return envelope(page, has_more=has_more, url=request.path.split("/", 2)[2])


def envelope(page: bytes, *, has_more: bool, url: str) -> Response:
    """The list object."""
    more = b"true" if has_more else b"false"
    return Response(200, b'{"object":"list","data":[%b],"has_more":%b,"url":"/%b"}' % (page, more, url.encode()))


def _is_plain(table: Table) -> bool:
    return table.shape.entity != "subscriptions"


def _ends(table: Table, sequence: Sequence[int], query: dict[str, str], limit: int) -> tuple[int, int]:
    """Where the page begins and ends in a sequence that falls."""
    if identifier := query.get("ending_before"):
        last = bisect_left(sequence, -_known(table, identifier, "ending_before"), key=_falling)
        return max(last - limit, 0), last
    first = 0
    if identifier := query.get("starting_after"):
        first = bisect_left(sequence, 1 - _known(table, identifier, "starting_after"), key=_falling)
    return first, min(first + limit, len(sequence))


def _falling(index: int) -> int:
    return -index


def _known(table: Table, identifier: str, parameter: str) -> int:
    index = table.index_of(identifier)
    if index is None:
        raise invalid(f"No such {table.shape.entity[:-1]}: '{identifier}'", parameter, code="resource_missing")
    return index
