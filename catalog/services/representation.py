"""Providers as callers see them."""

import json
from typing import Any

import msgspec

from catalog.definition import AvailableEntity, Entity, ProviderDefinition, to_json
from catalog.models import Provider
from catalog.services.providers import definition_of

# How the hub calls a provider is for super admins.
_INSIDE = ("oauthConfig", "connection", "webhooks", "connector")
_LONGEST = 200


def provider_document(provider: Provider) -> dict[str, Any]:
    """Everything about a provider, for super admins; of secrets only whether there are any.

    `changed` is what differs from the definition that came with the hub.
    """
    body = _whole(provider, definition_of(provider))
    if "oauthConfig" in body:
        body["oauthConfig"]["hasClientSecret"] = bool(provider.sealed_client_secret)
    if "webhooks" in body:
        body["webhooks"]["hasSecret"] = bool(provider.sealed_webhook_secret)
    return body | {"isShipped": provider.is_shipped, "changed": provider.changed}


def provider_body(provider: Provider) -> dict[str, Any]:
    """Document 003's IntegrationProviderDocument, for people of tenants: what they need in order to choose and connect.

    In the place of `oauthConfig` stand the permissions that may be asked for.
    """
    definition = definition_of(provider)
    body = _whole(provider, definition)
    oauth = definition.oauth_config
    body["permissions"] = list(oauth.permissions) if oauth else []
    body["credentialFields"] = [_credential_field(each) for each in definition.fields_to_type_in]
    return {name: value for name, value in body.items() if name not in _INSIDE}


def value_in_short(value: Any) -> str:
    """A value of a definition in one line, cut off where it is long; `nothing` for null."""
    text = "nothing" if value is None else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _whole(provider: Provider, definition: ProviderDefinition) -> dict[str, Any]:
    body = to_json(definition)
    body["availableEntities"] = [
        _available(each, definition.entity(each.name)) for each in definition.available_entities
    ]
    return {
        "id": provider.public_id,
        **body,
        "createdAt": provider.created_at,
        "updatedAt": provider.updated_at,
    }


def _available(available: AvailableEntity, entity: Entity | None) -> dict[str, Any]:
    """A data type as it was told; its fields are those of its mapping where none were."""
    body: dict[str, Any] = {"name": available.name, "displayName": available.display_name or available.name}
    if available.description:
        body["description"] = available.description
    body["fields"] = _fields(available, entity)
    return body


def _fields(available: AvailableEntity, entity: Entity | None) -> list[Any]:
    if not available.fields and entity:
        return [{"name": each.name, "type": each.type} for each in entity.fields]
    return [each if isinstance(each, str) else _told(each) for each in available.fields]


def _told(part: Any) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.to_builtins(part)
    return found


def _credential_field(field: Any) -> dict[str, Any]:
    return {
        "name": field.name,
        "label": field.label,
        "secret": field.secret,
        "required": field.required,
        "help": field.help,
    }
