"""What the parts of a definition, each well-formed, say against each other."""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator

from catalog.definition.connection import Connection
from catalog.definition.entities import CursorPaging, Entity, Field, PagePaging
from catalog.definition.oauth import AccountSource, OAuthConfig
from catalog.definition.problems import Problem
from catalog.definition.provider import CredentialField, ProviderDefinition

_MONEY = {"money_minor", "money_major"}
_DAYS = {"instant", "date"}
_WHOLE = "a whole number"
# What a default has to be in order to stand among the field's other values, by type; of texts it is a text.
_DEFAULTS: dict[str, tuple[type | None, str]] = {
    **dict.fromkeys(("integer", "decimal", *_MONEY), (int, _WHOLE)),
    "boolean": (bool, "true or false"),
    **dict.fromkeys((*_DAYS, "list", "object"), (None, "nothing: leave it out")),
}


def contradictions(definition: ProviderDefinition) -> Iterator[Problem]:
    """Each of them, and where it stands."""
    if definition.auth_type == "oauth2" and definition.oauth_config is None:
        yield "oauthConfig", "A provider with OAuth 2 needs its authorizationUrl and tokenUrl."
    if definition.oauth_config:
        yield from _of_oauth(definition.oauth_config)
    yield from _of_names(definition)
    yield from _of_credential_fields(definition.credential_fields)
    if definition.connection:
        yield from _of_connection(definition.connection)


def of_field(field: Field) -> Iterator[Problem]:
    """Where the type of a field and what else is said of it do not go together: the member, and what to do."""
    if field.type in _MONEY and field.currency_path is None:
        yield "currencyPath", "An amount of money needs to know its currency: say where its code stands in the record."
    if field.choices and field.type != "choice":
        yield "choices", "Only a field of the type choice has choices; leave them out, or change the type."
    if field.type == "choice" and not field.choices:
        yield (
            "choices",
            "A field of the type choice needs its choices: each value of the provider's, and its word here.",
        )
    if field.format and field.type not in _DAYS:
        yield "format", "Only instants and dates have a format; leave it out, or change the type."
    kind, expected = _DEFAULTS.get(field.type, (str, "a text"))
    if field.default is not None and type(field.default) is not kind:
        yield "default", f"The default of a field of the type {field.type} is {expected}."


def _of_oauth(config: OAuthConfig) -> Iterator[Problem]:
    usual = (("oauthConfig.defaultPermissions", name) for name in config.default_permissions)
    yield from _unknown(config.permissions, usual, "permission of it")
    if config.account:
        yield from _of_account(config.account)


def _of_account(source: AccountSource) -> Iterator[Problem]:
    needed = {"token": source.id_path, "redirect": source.parameter, "call": source.call and source.id_path}
    names = {"token": "idPath", "redirect": "parameter", "call": "call and idPath"}
    if not needed[source.from_]:
        yield "oauthConfig.account", f"An account that is known from the {source.from_} needs {names[source.from_]}."
    if entries := source.entries:
        if source.from_ != "call":
            yield "oauthConfig.account.entries", "Only the answer to a call has entries; leave them out."
        if (entries.link_path is None) != (entries.end_path is None) or "{link}" not in (entries.end_path or "{link}"):
            yield "oauthConfig.account.entries", "linkPath and endPath go together, and endPath holds {link}."


def _of_names(definition: ProviderDefinition) -> Iterator[Problem]:
    """Whatever names a data type names one that there is."""
    known = [entity.name for entity in definition.available_entities]
    yield from _repeated("availableEntities", known)
    yield from _unknown(known, (("searchableEntities", name) for name in definition.searchable_entities))
    yield from _unknown(known, (("entityMappings", mapping.entity) for mapping in definition.entity_mappings))
    yield from _unknown(known, ((f"coverage.{name}", name) for name in definition.coverage))
    yield from _unknown(known, (("connection.entities", entity.name) for entity in definition.entities))
    webhooks = definition.webhooks.entities if definition.webhooks else {}
    yield from _unknown(known, ((f"webhooks.entities.{prefix}", name) for prefix, name in webhooks.items()))


def _of_credential_fields(fields: list[CredentialField]) -> Iterator[Problem]:
    yield from _repeated("credentialFields", [each.name for each in fields])
    for index, each in enumerate(fields):
        try:
            re.compile(each.pattern or "")
        except re.error as error:
            yield f"credentialFields[{index}].pattern", f"This is no regular expression: {error}."


def _of_connection(connection: Connection) -> Iterator[Problem]:
    yield from _repeated("connection.entities", [entity.name for entity in connection.entities])
    for index, rule in enumerate(connection.errors.rules):
        if rule.status is None and rule.code is None:
            yield f"connection.errors.rules[{index}]", "A rule needs a status or a code to go by."
    for index, entity in enumerate(connection.entities):
        path = f"connection.entities[{index}]"
        yield from _of_paging(entity, f"{path}.paging")
        yield from _of_fields(entity, path)
        yield from _of_roles(entity, path)


def _of_paging(entity: Entity, path: str) -> Iterator[Problem]:
    paging = entity.paging
    if isinstance(paging, CursorPaging) and (paging.cursor_path is None) == (paging.last_record_path is None):
        yield path, "A cursor is told by the answer (cursorPath) or by its last record (lastRecordPath): name one."
    if isinstance(paging, CursorPaging | PagePaging) and (paging.size is None) != (paging.size_parameter is None):
        yield path, "size and sizeParameter go together."


def _of_fields(entity: Entity, path: str) -> Iterator[Problem]:
    yield from _repeated(f"{path}.fields", [each.name for each in entity.fields])
    for index, each in enumerate(entity.fields):
        for member, problem in of_field(each):
            yield f"{path}.fields[{index}].{member}", problem


def _of_roles(entity: Entity, path: str) -> Iterator[Problem]:
    """Fields that are named as title, searchable or date exist."""
    types = {each.name: each.type for each in entity.fields}
    yield from _unknown(types, ((f"{path}.title", name) for name in entity.title), "field of it")
    yield from _unknown(types, ((f"{path}.searchable", name) for name in entity.searchable), "field of it")
    if entity.date is not None and types.get(entity.date) not in _DAYS:
        yield f"{path}.date", f'"{entity.date}" is no field of the type instant or date.'


def _repeated(path: str, names: Iterable[str]) -> Iterator[Problem]:
    for name, times in Counter(names).items():
        if times > 1:
            yield path, f'"{name}" stands here {times} times.'


def _unknown(
    known: Collection[str], named: Iterable[Problem], what: str = "data type of availableEntities"
) -> Iterator[Problem]:
    listed = ", ".join(sorted(known)) or "none"
    for path, name in named:
        if name not in known:
            yield path, f'"{name}" is no {what}; there are {listed}.'
