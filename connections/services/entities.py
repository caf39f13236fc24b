"""Which data types an integration has, and which fields their mapped records."""

import uuid
from collections.abc import Collection

from catalog.definition import ProviderDefinition
from catalog.services.providers import definition_of
from connections.models import FieldMapping, Integration
from integrations_site.kernel.errors import InvalidInputError


class DataTypeNotAllowedError(InvalidInputError):
    """The integration does not allow what the data type becomes; `details` name those that it allows."""

    code = "DATA_TYPE_NOT_ALLOWED"


def entity_names(definition: ProviderDefinition) -> list[str]:
    """The data types that the provider has, in the order of its definition."""
    synced = [entity.name for entity in definition.entities]
    return list(dict.fromkeys([*synced, *(entity.name for entity in definition.available_entities)]))


def not_allowed(integration: Integration) -> frozenset[str]:
    """The data types that become other shard types than the integration allows; none where it names none.

    A data type that the provider maps to no shard type is not concerned.
    """
    allowed, becomes = set(integration.allowed_shard_types), dict[str, set[str]]()
    for mapping in definition_of(integration.provider).entity_mappings if allowed else ():
        becomes.setdefault(mapping.entity, set()).add(mapping.shard_type)
    return frozenset(entity for entity, shards in becomes.items() if not shards & allowed)


def require_allowed(integration: Integration, names: Collection[str], has: Collection[str], field: str) -> None:
    """Raises DataTypeNotAllowedError for the first of these data types that is not allowed; `has` are all there are."""
    kept = not_allowed(integration)
    if wrong := [name for name in names if name in kept]:
        left = [name for name in has if name not in kept]
        message = f"{integration} does not allow {wrong[0]} (allowedShardTypes); there are {', '.join(left) or 'none'}"
        raise DataTypeNotAllowedError(message, details={"fields": {field: [message]}, "available": left})


def fields_of(definition: ProviderDefinition, entity: str) -> set[str]:
    """The fields of the data type's mapped records; every record has an `id`."""
    found = definition.entity(entity)
    return {"id"} | ({field.name for field in found.fields} if found else set())


def own_fields(integrations: Collection[uuid.UUID]) -> set[tuple[uuid.UUID, str, str]]:
    """The fields that the tenant added itself: (integration, data type, name)."""
    added = FieldMapping.objects.filter(integration__in=integrations, is_active=True)
    return set(added.values_list("integration_id", "entity", "name"))
