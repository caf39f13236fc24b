"""Which data types an integration has, and which fields their mapped records."""

import uuid
from collections.abc import Collection

from catalog.definition import ProviderDefinition
from connections.models import FieldMapping


def entity_names(definition: ProviderDefinition) -> list[str]:
    """The data types that the provider has, in the order of its definition."""
    synced = [entity.name for entity in definition.entities]
    return list(dict.fromkeys([*synced, *(entity.name for entity in definition.available_entities)]))


def fields_of(definition: ProviderDefinition, entity: str) -> set[str]:
    """The fields of the data type's mapped records; every record has an `id`."""
    found = definition.entity(entity)
    return {"id"} | ({field.name for field in found.fields} if found else set())


def own_fields(integrations: Collection[uuid.UUID]) -> set[tuple[uuid.UUID, str, str]]:
    """The fields that the tenant added itself: (integration, data type, name)."""
    added = FieldMapping.objects.filter(integration__in=integrations, is_active=True)
    return set(added.values_list("integration_id", "entity", "name"))
