"""A tenant's own fields: where they stand in a provider's records, and of which type they are.

A field becomes part of each record that is read from then on: from the next sync for what is new or changed, and for
all with the next full one (the hash of a record holds the version of its mapping). A value that does not fit sets the
whole record aside, as with the provider's own fields; `previews.preview_field` tells beforehand.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, get_args

import msgspec
from django.db import transaction
from django.db.models import QuerySet

from catalog.definition import Entity, Field
from catalog.definition.contradictions import of_field
from catalog.definition.entities import FieldType
from catalog.definition.problems import Problem, problems
from catalog.services.providers import definition_of
from connections.models import FieldMapping, Integration
from connections.services.entities import fields_of
from connections.services.integrations import locked
from integrations_site.audit.services import announce
from integrations_site.audit.types import Actor
from integrations_site.kernel.errors import ConflictError, InvalidInputError, NotFoundError

TYPES: tuple[str, ...] = get_args(FieldType)
MAX_FIELDS = 50
_FORM = msgspec.inspect.type_info(Field)


class FieldMappingNotFoundError(NotFoundError):
    """The integration has no such field mapping."""

    code = "FIELD_MAPPING_NOT_FOUND"

    def __init__(self, message: str = "There is no such field mapping") -> None:
        super().__init__(message)


class FieldNameTakenError(ConflictError):
    """The data type has a field of this name already: the provider's own, or one that was added."""

    code = "FIELD_NAME_TAKEN"


class TooManyFieldsError(ConflictError):
    """The data type has as many fields of the tenant's own as it may have."""

    code = "TOO_MANY_FIELD_MAPPINGS"


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldInput:
    """A field: of which data type, under what name, and the dotted path in the record that the provider sends.

    `rules` are the other members that a field of a provider's definition may have: currencyPath, format, choices,
    default, required. One that is None is not there.
    """

    entity: str
    name: str
    path: str
    type: str
    rules: Mapping[str, Any] = field(default_factory=dict)


def field_mappings_of(integration: Integration) -> QuerySet[FieldMapping]:
    """The integration's own fields, by data type and name."""
    return FieldMapping.objects.filter(integration=integration).order_by("entity", "name", "pk")


@transaction.atomic
def add_field_mapping(*, integration: Integration, data: FieldInput, actor: Actor) -> FieldMapping:
    """Adds a field to a data type's records, from the next sync on.

    Raises InvalidInputError for what is no field (`details` name all that is wrong), FieldNameTakenError and
    TooManyFieldsError.
    """
    integration = locked(integration)
    entity, found = checked_field(integration, data)
    own = FieldMapping.objects.filter(integration=integration, entity=entity.name)
    if own.count() >= MAX_FIELDS:
        raise TooManyFieldsError(f"{entity.name} has {MAX_FIELDS} fields of your own already; remove one first")
    mapping = FieldMapping(integration=integration, entity=entity.name, **_columns(found))
    _require_free_name(mapping)
    announce(action="field_mapping.added", actor=actor, subject=integration.public_id, data=_told(mapping))
    mapping.save(force_insert=True)
    return mapping


@transaction.atomic
def change_field_mapping(*, mapping: FieldMapping, changes: Mapping[str, Any], actor: Actor) -> FieldMapping:
    """Changes `name`, `path`, `type`, members of `rules`, or `is_active` (a field that rests is kept and not read).

    Raises as add_field_mapping does, and FieldMappingNotFoundError where another request has removed it.
    """
    integration = locked(mapping.integration)
    mapping = _current(mapping)
    _apply(mapping, integration, changes)
    told = _told(mapping) | {"changed": sorted(changes)}
    announce(action="field_mapping.changed", actor=actor, subject=integration.public_id, data=told)
    mapping.save(update_fields=["name", "path", "type", "rules", "is_active", "updated_at"])
    return mapping


def _apply(mapping: FieldMapping, integration: Integration, changes: Mapping[str, Any]) -> None:
    mapping.is_active = changes.get("is_active", mapping.is_active)
    if changes == {"is_active": False}:
        return  # whatever the field is, it may rest
    stated = {name: changes.get(name, getattr(mapping, name)) for name in ("name", "path", "type")}
    rules = {**mapping.rules, **changes.get("rules", {})}
    _, found = checked_field(integration, FieldInput(entity=mapping.entity, **stated, rules=rules))
    for name, value in _columns(found).items():
        setattr(mapping, name, value)
    _require_free_name(mapping)


@transaction.atomic
def remove_field_mapping(*, mapping: FieldMapping, actor: Actor) -> None:
    """Removes a field. Records lose it as they are read again. Raises FieldMappingNotFoundError where it is gone."""
    integration = locked(mapping.integration)
    mapping = _current(mapping)
    announce(action="field_mapping.removed", actor=actor, subject=integration.public_id, data=_told(mapping))
    mapping.delete()


def checked_field(integration: Integration, data: FieldInput) -> tuple[Entity, Field]:
    """The data type and the field, as the mapping takes them. Raises InvalidInputError and FieldNameTakenError."""
    definition = definition_of(integration.provider)
    entity = definition.entity(data.entity)
    if entity is None:
        listed = ", ".join(each.name for each in definition.entities) or "none"
        raise _invalid({"dataType": [f"There is no data type {data.entity[:60]} to map; there are {listed}."]})
    rules = {name: value for name, value in data.rules.items() if value is not None}
    given = {"name": data.name, "path": data.path, "type": data.type, **rules}
    _refuse(problems(given, _FORM))
    found = msgspec.convert(given, Field)
    _refuse(of_field(found))
    if data.name in fields_of(definition, entity.name):
        raise FieldNameTakenError(
            f"{entity.name} has a field {data.name} of the provider's; choose another name",
            details={"fields": {"name": ["The provider has a field of this name; choose another."]}},
        )
    return entity, found


def _require_free_name(mapping: FieldMapping) -> None:
    alike = FieldMapping.objects.filter(
        integration=mapping.integration_id, entity=mapping.entity, name=mapping.name
    ).exclude(pk=mapping.pk)
    if alike.exists():
        raise FieldNameTakenError(
            f"{mapping.entity} has a field {mapping.name} of your own already; change that one",
            details={"fields": {"name": ["Another field of yours has this name; choose another, or change that one."]}},
        )


def _current(mapping: FieldMapping) -> FieldMapping:
    """The row as it is now; its integration is locked."""
    found = FieldMapping.objects.select_related("integration__provider").filter(pk=mapping.pk).first()
    if found is None:
        raise FieldMappingNotFoundError
    return found


def _refuse(found: Iterable[Problem]) -> None:
    fields: dict[str, list[str]] = {}
    for where, problem in found:
        fields.setdefault(where, []).append(problem)
    if fields:
        raise _invalid(fields)


def _invalid(fields: dict[str, list[str]]) -> InvalidInputError:
    where, (problem, *_) = next(iter(fields.items()))
    return InvalidInputError(f"{where}: {problem}".removesuffix("."), details={"fields": fields})


def _columns(found: Field) -> dict[str, Any]:
    """The field as its row has it; of its rules what is not as always."""
    rules: dict[str, Any] = msgspec.to_builtins(found)
    columns = {name: rules.pop(name) for name in ("name", "path", "type")}
    return columns | {"rules": rules}


def _told(mapping: FieldMapping) -> dict[str, Any]:
    stated = {"entity": mapping.entity, "name": mapping.name, "path": mapping.path, "type": mapping.type}
    return {**stated, **mapping.rules}
