"""Serializers that refuse what they do not know."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.db import models
from rest_framework import serializers

from integrations_site.api import fields

UNKNOWN = "There is no such field."


class _Strict:
    """Unknown fields are refused, by name. `tenant_id` is known everywhere: the view has checked it."""

    def to_internal_value(self, data: Any) -> Any:
        """The values. Raises ValidationError."""
        if isinstance(data, Mapping):
            known = {name for name, field in self.fields.items() if not field.read_only}  # type: ignore[attr-defined]
            ignored = {"tenant_id"} if self.parent is None else set()  # type: ignore[attr-defined]
            unknown = [str(name) for name in data if name not in known | ignored]
            if unknown:
                raise serializers.ValidationError({name: [UNKNOWN] for name in unknown})
        return super().to_internal_value(data)  # type: ignore[misc]


class StrictSerializer(_Strict, serializers.Serializer[Any]):
    """A body or an answer without a model."""


class StrictModelSerializer(_Strict, serializers.ModelSerializer[Any]):
    """A model's body and answer: exact numbers, strict dates, and public ids.

    `id` is the model's public id; name references as `fields.ReferenceField(Vendor, source="vendor")`.
    """

    serializer_field_mapping: ClassVar[dict[type, type]] = {
        **serializers.ModelSerializer.serializer_field_mapping,
        models.CharField: fields.TextField,
        models.TextField: fields.TextField,
        models.DateField: fields.DateField,
        models.DecimalField: fields.ExactField,
    }

    def build_standard_field(self, field_name: str, model_field: Any) -> Any:
        """As DRF does it, and the key in its public form."""
        if model_field.primary_key and hasattr(model_field.model, "id_kind"):
            return fields.PublicIdField, {"kind": model_field.model.id_kind, "read_only": True}
        return super().build_standard_field(field_name, model_field)
