"""Serializers that refuse what they do not know."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.db import models
from rest_framework import serializers

from integrations_site.api import fields

OBJECT_EXPECTED = "An object is expected, in braces."
_SET_BY_HUB = "The hub sets this field; leave it out."


class _Strict:
    """Unknown fields are refused, by name. `tenant_id` is known everywhere: the view has checked it."""

    default_error_messages: ClassVar[dict[str, Any]] = {"invalid": OBJECT_EXPECTED}

    @classmethod
    def many_init(cls, *args: Any, **kwargs: Any) -> Any:
        """The serializer of a list of such objects."""
        messages = {"error_messages": {"not_a_list": fields.LIST_EXPECTED}}
        return super().many_init(*args, **(messages | kwargs))  # type: ignore[misc]

    def to_internal_value(self, data: Any) -> Any:
        """The values. Raises ValidationError."""
        if isinstance(data, Mapping):
            known = {name for name, field in self.fields.items() if not field.read_only}  # type: ignore[attr-defined]
            ignored = {"tenant_id"} if self.parent is None else set()  # type: ignore[attr-defined]
            unknown = [name for name in data if name not in known | ignored]
            if unknown:
                raise serializers.ValidationError({str(name): [self._why_not(name, known)] for name in unknown})
        return super().to_internal_value(data)  # type: ignore[misc]

    def _why_not(self, name: object, known: set[str]) -> str:
        if name in self.fields:  # type: ignore[attr-defined]
            return _SET_BY_HUB
        return f"There is no such field; there are {', '.join(sorted(known))}."


class StrictSerializer(_Strict, serializers.Serializer[Any]):
    """A body or an answer without a model."""


class StrictModelSerializer(_Strict, serializers.ModelSerializer[Any]):
    """A model's body and answer: exact numbers, strict dates, and public ids.

    `id` is the model's public id; name references as `fields.ReferenceField(Vendor, source="vendor")`.
    """

    serializer_choice_field = fields.ChoiceField
    serializer_field_mapping: ClassVar[dict[type, type]] = {
        **serializers.ModelSerializer.serializer_field_mapping,
        models.BooleanField: fields.BooleanField,
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
