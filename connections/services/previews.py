"""What a field mapping would make of records that are stored already."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import msgspec

from catalog.definition import Entity, Field
from connections.models import Connection, Integration, Record
from connections.services.field_mappings import FieldInput, checked_field
from connections.services.mapping import FieldError, compile_mapping
from connections.services.raw_records import StoredRaw, stored_raws

MOST_SHOWN = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewedRecord:
    """What the field would hold of one record; or, where `problem` says why, that the record would be set aside."""

    external_id: str
    title: str
    value: Any = None
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """Up to ten records: how many have the field, lack it, and do not fit."""

    records: list[PreviewedRecord]

    @property
    def filled(self) -> int:
        """Records with a value that fits."""
        return sum(1 for record in self.records if record.value is not None)

    @property
    def misfits(self) -> int:
        """Records that the field would set aside."""
        return sum(1 for record in self.records if record.problem)

    @property
    def empty(self) -> int:
        """Records without the field."""
        return len(self.records) - self.filled - self.misfits


def preview_field(*, integration: Integration, data: FieldInput, connections: Collection[Connection]) -> Preview:
    """Reads the field in stored records of these connections of the integration. Nothing is changed.

    Raises what `checked_field` raises.
    """
    entity, field = checked_field(integration, data)
    records = Record.objects.filter(
        connection__in=connections, integration=integration, entity=entity.name, deleted_at=None
    )
    read = compile_mapping(_alone(entity, field))
    shown = stored_raws(records.order_by("connection", "entity", "external_id")[:MOST_SHOWN])
    return Preview(records=[_previewed(each, read, field.name) for each in shown])


def _alone(entity: Entity, field: Field) -> Entity:
    """The data type with this field and no other, so that none but it is judged."""
    return msgspec.structs.replace(entity, fields=[field], title=[], searchable=[], date=None)


def _previewed(record: StoredRaw, read: Any, name: str) -> PreviewedRecord:
    told = {"external_id": record.external_id, "title": record.title}
    try:
        value = json.loads(read(record.raw).data)[name]
    except FieldError as error:
        return PreviewedRecord(**told, problem=error.reason)
    return PreviewedRecord(**told, value=value)
