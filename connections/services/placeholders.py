"""Filling `{settings.region}`, `{account.id}` and `{credential.host}` into the texts of a definition."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

from catalog.definition import PLACEHOLDER, ProviderDefinition, misplaced, whole_host
from connections.sdk.errors import ProviderRejected

# A label of a host name (RFC 1123, section 2.1), or a part of one.
_LABEL = re.compile(r"[A-Za-z0-9-]{1,63}")
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?")


def values_for(
    definition: ProviderDefinition, *, settings: Mapping[str, Any], account_id: str, secret: Mapping[str, Any]
) -> dict[str, str]:
    """What may be filled in: settings, the account's id, and what of the credential is no secret."""
    values = {f"settings.{name}": str(value) for name, value in settings.items() if isinstance(value, str | int)}
    for each in definition.fields_to_type_in:
        if not each.secret and each.name in secret:
            values[f"credential.{each.name}"] = str(secret[each.name])
    return values | ({"account.id": account_id} if account_id else {})


def filled(text: str, values: Mapping[str, str]) -> str:
    """The text with its placeholders replaced. Raises ProviderRejected where a value is missing."""
    return PLACEHOLDER.sub(lambda found: _value(found[1], values), text)


def filled_url(url: str, values: Mapping[str, str]) -> str:
    """The same for an address; no value can lead to another host or path than the definition means.

    A value is one label of the host, or a part of one; a field of the credential may be the whole host where nothing
    else stands there. Definitions were checked when they were entered; those from before the rule are refused here.
    Raises ProviderRejected.
    """
    if "{" not in url:
        return url
    if problem := misplaced(url, takes_host=True):
        raise ProviderRejected(f"The provider's definition cannot be used. {problem}", code="DEFINITION_INVALID")
    parts = urlsplit(url)
    form = _LABEL if whole_host(url) is None else _HOST
    host = PLACEHOLDER.sub(lambda found: _host_part(found[1], values, form), parts.netloc)
    path, query = (
        PLACEHOLDER.sub(lambda found: _segment(found[1], values), part) for part in (parts.path, parts.query)
    )
    return urlunsplit((parts.scheme, host, path, query, ""))


def _value(name: str, values: Mapping[str, str]) -> str:
    if name not in values:
        raise ProviderRejected(
            f"This connection needs a value for {name}; set it and try again", code="SETTING_MISSING"
        )
    return values[name]


def _host_part(name: str, values: Mapping[str, str], form: re.Pattern[str]) -> str:
    value = _value(name, values)
    if not form.fullmatch(value):
        dots = ", - and ." if form is _HOST else " and -"
        raise ProviderRejected(
            f"The value of {name} cannot be part of a host name: it may hold letters, digits{dots}",
            code="SETTING_INVALID",
        )
    return value


def _segment(name: str, values: Mapping[str, str]) -> str:
    value = quote(_value(name, values), safe="")
    if value in {".", ".."}:
        raise ProviderRejected(f"The value of {name} cannot be part of an address", code="SETTING_INVALID")
    return value
