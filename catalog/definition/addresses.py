"""The addresses in a definition: public and over https, unless the allow-list names the host.

Nobody is asked what a name resolves to; the HTTP door judges that whenever it calls.
"""

from collections.abc import Iterator
from urllib.parse import urlsplit

from django.conf import settings

from catalog.definition.hosts import PLACEHOLDER, misplaced
from catalog.definition.problems import Problem
from catalog.definition.provider import ProviderDefinition
from integrations_site.kernel.http import AddressRefusedError
from integrations_site.kernel.http.addresses import AddressPolicy

_BASE_URL = "connection.baseUrl"


def refused_addresses(definition: ProviderDefinition) -> Iterator[Problem]:
    """Each address that the hub would not call, that somebody else could lead elsewhere, and each path that would take
    a credential to another host.
    """
    policy = AddressPolicy(settings.OUTGOING_ALLOWED_HOSTS)
    for path, url in _addresses(definition):
        takes_host = path == _BASE_URL and definition.auth_type != "oauth2"
        if problem := misplaced(url, takes_host=takes_host):
            yield path, problem
            continue
        try:
            policy.target(_filled(url))
        except AddressRefusedError as error:
            yield path, f"{error.message}."
    yield from _strange_hosts(definition)


def _filled(url: str) -> str:
    """With something in the place of each placeholder, so that the rest can be judged."""
    return PLACEHOLDER.sub("x", url)


def _addresses(definition: ProviderDefinition) -> Iterator[Problem]:
    if oauth := definition.oauth_config:
        yield "oauthConfig.authorizationUrl", oauth.authorization_url
        yield "oauthConfig.tokenUrl", oauth.token_url
        if oauth.revocation_url:
            yield "oauthConfig.revocationUrl", oauth.revocation_url
    if definition.connection:
        yield _BASE_URL, definition.connection.base_url


def _strange_hosts(definition: ProviderDefinition) -> Iterator[Problem]:
    connection = definition.connection
    if connection is None:
        return
    home = urlsplit(connection.base_url).netloc
    locations = [(f"connection.entities[{index}].path", each.path) for index, each in enumerate(connection.entities)]
    locations += [
        (f"connection.entities[{index}].search.path", each.search.path)
        for index, each in enumerate(connection.entities)
        if each.search
    ]
    locations += [("connection.health.path", connection.health.path)] if connection.health else []
    locations += [("connection.account.path", connection.account.path)] if connection.account else []
    source = definition.oauth_config.account if definition.oauth_config else None
    locations += [("oauthConfig.account.call.path", source.call.path)] if source and source.call else []
    ends = source.entries.end_path if source and source.entries else None
    locations += [("oauthConfig.account.entries.endPath", ends)] if ends else []
    for path, location in locations:
        if not location.startswith("/") and not _is_at(location, home, connection.base_url):
            yield path, f"This must begin with / or lead to {home}: the credential goes nowhere else."
        elif location.startswith("//"):
            yield path, "This must not begin with two slashes."


def _is_at(location: str, home: str, base_url: str) -> bool:
    parts = urlsplit(location)
    return parts.netloc == home and parts.scheme == urlsplit(base_url).scheme
