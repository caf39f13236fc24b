"""The columns of a provider that repeat parts of its definition, so that lists can be narrowed and sorted by them."""

from typing import Any

from catalog.definition import ProviderDefinition, to_json
from catalog.definition.merging import patch_between
from catalog.models import Provider

WRITTEN = (
    *("provider", "name", "display_name", "description", "category", "status", "audience", "auth_type", "is_premium"),
    *("required_plan", "client_id", "definition", "shipped", "changed", "updated_at"),
)


def fill(provider: Provider, definition: ProviderDefinition) -> None:
    """Makes a row say what a definition without secrets says; `changed` becomes what differs from the shipped one."""
    for name in ("provider", "name", "display_name", "description", "category", "status", "audience", "auth_type"):
        setattr(provider, name, getattr(definition, name))
    provider.is_premium = definition.is_premium
    provider.required_plan = definition.required_plan or ""
    provider.client_id = (definition.oauth_config and definition.oauth_config.client_id) or ""
    _define(provider, to_json(definition))


def fill_word(provider: Provider, name: str, word: str) -> None:
    """Makes a row say this word under a name that its definition has too; nothing else is read, nor judged."""
    setattr(provider, name, word)
    _define(provider, provider.definition | {name: word})


def _define(provider: Provider, definition: dict[str, Any]) -> None:
    provider.definition = definition
    provider.changed = patch_between(provider.shipped, definition) if provider.shipped is not None else {}
