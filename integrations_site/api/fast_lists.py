"""Lists that are asked for all the time, answered from one statement that makes their JSON in PostgreSQL.

A fast list answers what its view answers, for the plain case: a member of a tenant, a page, and filters that it knows.
Whatever else is asked, and whatever is wrong, it leaves to the view.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import Any, LiteralString, NamedTuple

from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.urls import ResolverMatch, resolve
from orjson import Fragment

from integrations_site.api import limits
from integrations_site.api.authentication import bearer_of
from integrations_site.api.pagination import PARAMETERS, Window
from integrations_site.api.rendering import JSONRenderer, dumps
from integrations_site.kernel import acting
from integrations_site.kernel.errors import HubError
from integrations_site.tenancy import scope
from integrations_site.tenancy.tokens import Bearer

_INSTANT: LiteralString = """'YYYY-MM-DD"T"HH24:MI:SS"Z"'"""


class Item(NamedTuple):
    """A part of a row: its name, an expression that gives its JSON text, and the quotes around it, if there are any."""

    name: LiteralString
    sql: LiteralString
    opening: LiteralString = ""
    closing: LiteralString = ""


class Filter(NamedTuple):
    """A filter that a fast list knows: its condition (on the parameter of its name), and the values that exist."""

    condition: LiteralString
    values: frozenset[str]


class Asked(NamedTuple):
    """A page that is asked for: which part of the list, the statement that makes it, and the statement's parameters."""

    window: Window
    sql: LiteralString
    parameters: Mapping[str, Any]


class Answer(NamedTuple):
    """The body and the headers of an answer with status 200."""

    body: bytes
    headers: Mapping[str, str]


@dataclass(frozen=True, eq=False)
class FastList:
    """A list for every member of a tenant.

    `rows` selects a page's rows, with the placeholders `tenant`, `limit` and `offset`, and `{narrowed}` where the
    conditions of filters go; `order` is their order; `total` tells how many rows the list has, without counting them.
    """

    rate_class: str
    items: tuple[Item, ...]
    rows: LiteralString
    order: LiteralString
    total: LiteralString
    filters: Mapping[LiteralString, Filter] = field(default_factory=dict)

    def answer(self, meta: Mapping[str, Any]) -> Answer | None:
        """The answer to a request with these headers and so on (WSGI's); None where it is the view's to give."""
        if not _takes_json(meta):
            return None
        try:
            asked = self.asked(meta.get("QUERY_STRING", ""))
            bearer = bearer_of(meta) if asked else None
            return self._answer(bearer, asked) if asked and bearer and bearer.home else None
        except (HubError, SuspiciousOperation):
            return None

    @lru_cache(maxsize=128)  # noqa: B019 - a fast list lives as long as the process
    def asked(self, query_string: str) -> Asked | None:
        """What a query string asks for; None for what a fast list does not know. Raises InvalidInputError."""
        query = QueryDict(query_string)
        if not self._knows(query):
            return None
        window = Window(query)
        narrowing = {name: query[name] for name in self.filters if name in query}
        parameters = {"limit": window.limit, "offset": window.offset, **narrowing}
        return Asked(window, self.sql(frozenset(narrowing)), parameters)

    def _knows(self, query: QueryDict) -> bool:
        return all(
            len(values) == 1
            and (name in PARAMETERS or (name in self.filters and values[0] in self.filters[name].values))
            for name, values in query.lists()
        )

    def _answer(self, bearer: Bearer, asked: Asked) -> Answer:
        caller, (items, total) = bearer.caller_and_row(asked.sql, asked.parameters)
        scope.enter(caller.scope)
        acting.enter(caller.id)
        usage = limits.count_caller(self.rate_class, caller)
        if usage.is_exceeded:
            raise limits.excess(usage)
        body = dumps(asked.window.envelope(Fragment(f"[{items}]"), total))
        return Answer(body, {"Content-Type": JSONRenderer.media_type, **limits.headers(usage)})

    @cache  # noqa: B019 - a fast list lives as long as the process
    def sql(self, narrowing: frozenset[LiteralString]) -> LiteralString:
        """The statement that makes a page, narrowed by these filters."""
        narrowed: LiteralString = "".join(f" AND {self.filters[name].condition}" for name in sorted(narrowing))
        return (  # every part is a literal of the program: the types see to it
            f"SELECT coalesce(string_agg({_object(self.items)}, ',' ORDER BY {self.order}), ''), "  # noqa: S608
            f"({self.total.format(narrowed=narrowed)})::bigint FROM {self.rows.format(narrowed=narrowed)}"
        )


def public_id(name: LiteralString, kind: LiteralString, column: LiteralString) -> Item:
    """A UUID in its public form."""
    return Item(name, f"encode(uuid_send({column}), 'hex')", f'"{kind}-', '"')


def word(name: LiteralString, column: LiteralString) -> Item:
    """One of the hub's own words, which needs no escape."""
    return Item(name, column, '"', '"')


def text(name: LiteralString, column: LiteralString) -> Item:
    """Any text."""
    return Item(name, f"to_json({column})")


def money(name: LiteralString, column: LiteralString) -> Item:
    """An amount with two decimals, or three where it needs them."""
    return Item(name, f"CASE WHEN {column} = trunc({column}, 2) THEN trunc({column}, 2) ELSE {column} END")


def day(name: LiteralString, column: LiteralString) -> Item:
    """A day, or null."""
    return Item(name, f"""coalesce('"' || {column} || '"', 'null')""")


def instant(name: LiteralString, column: LiteralString) -> Item:
    """An instant, or null."""
    return Item(name, f"""coalesce('"' || to_char({column} AT TIME ZONE 'UTC', {_INSTANT}) || '"', 'null')""")


def _object(items: Sequence[Item]) -> LiteralString:
    """One call that writes a row's JSON from left to right: json_build_object takes half as long again."""
    written: LiteralString = ""
    before: LiteralString = "{"
    for item in items:
        written += f"""'{before}"{item.name}":{item.opening}', {item.sql}, """
        before = f"{item.closing},"
    return f"concat({written}'{before[:-1]}}}')"


def _takes_json(meta: Mapping[str, Any]) -> bool:
    accepted = meta.get("HTTP_ACCEPT", "*/*")
    return "*/*" in accepted or "application/json" in accepted


_offered: dict[str, FastList] = {}


def offer(path: str, fast_list: FastList) -> None:
    """Lets a fast list answer for the view at `path`, such as `/api/cases`, where it can."""
    _offered[path] = fast_list


def offered(method: object, path: object) -> FastList | None:
    """The fast list that may answer such a request."""
    return _offered.get(str(path)) if method == "GET" else None


# Set by what has asked a fast list already and had no answer.
ASKED = "hub.fast_list_asked"


class FastListMiddleware:
    """Asks the fast lists, before sessions and the like are looked at, which the API does not use.

    It serves where requests come in by another way than `operation.door`, such as Django's test client.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        fast_list = None if ASKED in request.META else offered(request.method, request.path_info)
        if fast_list is None:
            return self._get_response(request)
        request.get_host()  # CommonMiddleware, which refuses foreign hosts, comes later
        answer = fast_list.answer(request.META)
        if answer is None:
            return self._get_response(request)
        request.resolver_match = match(request.path_info)
        return HttpResponse(answer.body, headers=dict(answer.headers))


@cache
def match(path: str) -> ResolverMatch:
    """The match of a fast list's view, by which requests are counted."""
    return resolve(path)
