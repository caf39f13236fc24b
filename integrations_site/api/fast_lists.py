"""Lists that are asked for all the time, answered from one statement that makes their JSON in PostgreSQL.

A fast list answers what its view answers, for the plain case: a tenant's caller, a page, and the filters that it knows.
Whatever else is asked, and whatever is wrong, it leaves to the view. The caller is looked up in the same round trip, in
the scope of the tenant that the token's signature vouches for; nothing is sent to one who does not count (any more).
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, LiteralString

from django.http import HttpRequest, HttpResponse, HttpResponseBase

from integrations_site.api import limits
from integrations_site.api.authentication import token_of
from integrations_site.api.pagination import PARAMETERS, Window
from integrations_site.kernel import acting
from integrations_site.kernel.errors import HubError
from integrations_site.tenancy import scope
from integrations_site.tenancy.database import statements
from integrations_site.tenancy.tokens.callers import Bearer, Caller, read

_MEDIA_TYPES = ("application/json", "application/*", "*/*", "")


@dataclass(frozen=True)
class Item:
    """A part of a row's JSON: its name, and an expression that gives its JSON text."""

    name: LiteralString
    sql: LiteralString


def public_id(name: LiteralString, kind: LiteralString, column: LiteralString) -> Item:
    """A UUID in its public form."""
    return Item(name, f"""'"{kind}-' || encode(uuid_send({column}), 'hex') || '"'""")


def word(name: LiteralString, column: LiteralString) -> Item:
    """One of our own words, which never needs an escape."""
    return Item(name, f"""'"' || {column} || '"'""")


def text(name: LiteralString, column: LiteralString) -> Item:
    """Any text."""
    return Item(name, f"to_json({column})")


def money(name: LiteralString, column: LiteralString) -> Item:
    """An amount with two decimals, or three where it needs them."""
    return Item(name, f"CASE WHEN {column} = trunc({column}, 2) THEN trunc({column}, 2) ELSE {column} END")


def day(name: LiteralString, column: LiteralString) -> Item:
    """A day or null."""
    return Item(name, f"""coalesce('"' || {column} || '"', 'null')""")


def instant(name: LiteralString, column: LiteralString) -> Item:
    """An instant or null."""
    form = """'"YYYY-MM-DD"T"HH24:MI:SS"Z"'"""
    return Item(name, f"coalesce(to_char({column} AT TIME ZONE 'UTC', '\"\"\"\"YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'), 'null')")
