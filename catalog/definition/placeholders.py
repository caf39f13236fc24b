"""`{settings.region}`, `{account.id}`, `{credential.host}` in the texts of a definition: which may stand there."""

import re
from collections.abc import Iterator, Mapping

from catalog.definition.connection import Connection
from catalog.definition.entities import Entity
from catalog.definition.hosts import PLACEHOLDER
from catalog.definition.problems import Problem
from catalog.definition.provider import ProviderDefinition

_SETTING = re.compile(r"settings\.[A-Za-z][A-Za-z0-9_]{0,59}")


def unknown_placeholders(definition: ProviderDefinition) -> Iterator[Problem]:
    """Each placeholder that would put a secret into an address or a header, or that nothing is known to fill."""
    public = {f"credential.{each.name}" for each in definition.fields_to_type_in if not each.secret}
    allowed = public | {"account.id"}
    for path, text in _texts(definition):
        for name in PLACEHOLDER.findall(text):
            if name not in allowed and not _SETTING.fullmatch(name):
                yield path, _why_not(name, definition, allowed)
        if "{" in PLACEHOLDER.sub("", text) or "}" in PLACEHOLDER.sub("", text):
            yield path, "A brace stands alone here; a placeholder has one at either end."


def _why_not(name: str, definition: ProviderDefinition, allowed: set[str]) -> str:
    if any(name == f"credential.{each.name}" for each in definition.fields_to_type_in):
        return f"{{{name}}} is a secret and must not stand here; it would be seen in logs on its way."
    listed = ", ".join(sorted(allowed))
    return f"Nothing is known to fill {{{name}}}; there are settings.… and {listed}."


def _texts(definition: ProviderDefinition) -> Iterator[Problem]:
    """Every text that may hold placeholders, with its path."""
    if oauth := definition.oauth_config:
        yield "oauthConfig.authorizationUrl", oauth.authorization_url
        yield "oauthConfig.tokenUrl", oauth.token_url
        yield "oauthConfig.revocationUrl", oauth.revocation_url or ""
        yield from _values("oauthConfig.authorizeParameters", oauth.authorize_parameters)
        yield from _values("oauthConfig.tokenParameters", oauth.token_parameters)
        if oauth.account and oauth.account.call:
            yield "oauthConfig.account.call.path", oauth.account.call.path
        if oauth.account and oauth.account.entries:
            ends = oauth.account.entries.end_path or ""
            yield "oauthConfig.account.entries.endPath", ends.replace("{link}", "")
    if definition.connection:
        yield from _of_connection(definition.connection)


def _of_connection(connection: Connection) -> Iterator[Problem]:
    yield "connection.baseUrl", connection.base_url
    yield "connection.auth.soapUsername", connection.auth.soap_username or ""
    yield from _values("connection.headers", connection.headers)
    for name, call in (("health", connection.health), ("account", connection.account)):
        if call:
            yield f"connection.{name}.path", call.path
            yield from _values(f"connection.{name}.query", call.query)
    for index, entity in enumerate(connection.entities):
        yield from _of_entity(entity, f"connection.entities[{index}]")


def _of_entity(entity: Entity, path: str) -> Iterator[Problem]:
    yield f"{path}.path", entity.path
    yield from _values(f"{path}.query", entity.query)
    yield from _values(f"{path}.headers", entity.headers)
    if entity.incremental and entity.incremental.template:
        yield f"{path}.incremental.template", entity.incremental.template.replace("{value}", "")
    if entity.search:
        yield f"{path}.search.path", entity.search.path
        yield from _values(f"{path}.search.query", entity.search.query)
        yield f"{path}.search.template", (entity.search.template or "").replace("{query}", "")


def _values(path: str, texts: Mapping[str, str]) -> Iterator[Problem]:
    for name, text in texts.items():
        yield f"{path}.{name}", text
