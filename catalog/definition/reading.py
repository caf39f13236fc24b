"""From JSON or YAML to a definition, and back."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from catalog.definition.addresses import refused_addresses
from catalog.definition.contradictions import contradictions
from catalog.definition.placeholders import unknown_placeholders
from catalog.definition.problems import Problem, problems
from catalog.definition.provider import ProviderDefinition
from integrations_site.kernel.errors import InvalidInputError

_KIND = msgspec.inspect.type_info(ProviderDefinition)
_MOST_TOLD = 50
_LARGEST = 512 * 1024


class DefinitionInvalidError(InvalidInputError):
    """A definition cannot be used. `details` has `field` and `message` of the first problem, and all as `fields`."""


def parse(data: Any) -> ProviderDefinition:
    """The definition that `data` (a mapping, as JSON or YAML gives it) holds. Raises DefinitionInvalidError.

    All that is wrong with its form is told at once; where the form is right, all that its parts say against each other.
    """
    _refuse(problems(data, _KIND))
    definition = msgspec.convert(data, ProviderDefinition)
    _refuse(
        [*contradictions(definition), *unknown_placeholders(definition), *refused_addresses(definition)],
    )
    if len(msgspec.json.encode(definition)) > _LARGEST:
        _refuse([("", f"A definition has at most {_LARGEST // 1024} kB.")])
    return definition


def trusted(data: Mapping[str, Any]) -> ProviderDefinition:
    """A definition that `parse` accepted before, read again without the checks: they cost more than the reading."""
    return msgspec.convert(data, ProviderDefinition)


def to_json(definition: ProviderDefinition) -> dict[str, Any]:
    """The definition as JSON values; what is not set is left out. Raises ValueError where it still holds a secret."""
    if take_secrets(definition)[1]:
        raise ValueError("A definition with secrets must not be written down")
    found: dict[str, Any] = msgspec.to_builtins(definition)
    return {name: value for name, value in found.items() if value is not None}


def take_secrets(definition: ProviderDefinition) -> tuple[ProviderDefinition, dict[str, str]]:
    """The definition without its secrets, and those it had: `client_secret`, `webhook_secret`."""
    secrets = {}
    oauth, webhooks = definition.oauth_config, definition.webhooks
    if oauth and oauth.client_secret is not None:
        secrets["client_secret"] = oauth.client_secret
        definition = msgspec.structs.replace(
            definition, oauth_config=msgspec.structs.replace(oauth, client_secret=None)
        )
    if webhooks and webhooks.secret is not None:
        secrets["webhook_secret"] = webhooks.secret
        definition = msgspec.structs.replace(definition, webhooks=msgspec.structs.replace(webhooks, secret=None))
    return definition, secrets


def _refuse(found: Iterable[Problem]) -> None:
    fields: dict[str, list[str]] = {}
    for path, message in found:
        fields.setdefault(path or "non_field", []).append(message)
    if not fields:
        return
    field, (message, *_) = next(iter(fields.items()))
    told = dict(list(fields.items())[:_MOST_TOLD])
    raise DefinitionInvalidError(
        f"The provider's definition is not valid: {field}: {message}".removesuffix("."),
        details={"field": field, "message": message, "fields": told},
    )
