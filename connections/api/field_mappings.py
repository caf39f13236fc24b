"""`/api/integrations/{id}/field-mappings`: fields of a tenant's own, for its admins."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.urls import path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.api.pages import NamedPagination
from connections.api.bodies import ObjectField
from connections.api.callers import TenantAdminView
from connections.models import FieldMapping
from connections.services import field_mappings, visibility
from connections.services.field_mappings import TYPES, FieldInput, FieldMappingNotFoundError
from connections.services.previews import Preview, preview_field
from integrations_site.api.fields import BooleanField, ChoiceField, PublicIdField, TextField
from integrations_site.api.filters import FilterSet
from integrations_site.api.routing import route
from integrations_site.api.schema import documented
from integrations_site.api.serializers import StrictSerializer
from integrations_site.api.views import TenantViewSet
from integrations_site.kernel import ids

_PATH = "Where it stands in the record as the provider sends it, such as `metadata.branch` or `lines.0.sku`."

_CURRENCY_PATH = "For money: where the code of its currency stands, such as `currency`."
_FORMAT = (
    "For instants and dates: unix (seconds), unix_ms, iso, ms_date, ts, or a pattern such as `%d.%m.%Y`. Left out, a "
    "value is taken for what it looks like."
)
_CHOICES = 'For choices: each value of the provider\'s and its word here, `{"P": "paid"}`.'
_DEFAULT = "What it is where a record has none, or a value that is no choice: a text, a whole number, true or false."
_REQUIRED = "A record without a value is set aside."
_RULE: dict[str, Any] = {"required": False, "allow_null": True}


class _FieldSerializer(StrictSerializer):
    name = TextField(max_length=60, help_text="What it is called in records; no name of a field of the provider's.")
    path = TextField(max_length=200, help_text=_PATH)
    type = ChoiceField(choices=TYPES)
    currencyPath = TextField(max_length=200, source="rules.currencyPath", **_RULE, help_text=_CURRENCY_PATH)
    format = TextField(max_length=60, source="rules.format", **_RULE, help_text=_FORMAT)
    choices = ObjectField(source="rules.choices", **_RULE, help_text=_CHOICES)
    default = serializers.JSONField(source="rules.default", **_RULE, help_text=_DEFAULT)
    required = BooleanField(source="rules.required", **_RULE, help_text=_REQUIRED)  # type: ignore[assignment]


class FieldMappingSerializer(_FieldSerializer):
    """A field of the tenant's own. One that rests (`isActive` false) is kept and not read."""

    id = PublicIdField(FieldMapping.id_kind, read_only=True)
    dataType = TextField(source="entity", max_length=60)
    isActive = serializers.BooleanField(source="is_active", read_only=True)
    createdAt = serializers.DateTimeField(source="created_at", read_only=True)
    updatedAt = serializers.DateTimeField(source="updated_at", read_only=True)


class FieldMappingChangesSerializer(_FieldSerializer):
    """What may change about a field; its data type may not."""

    isActive = BooleanField(source="is_active", required=False)


class TriedFieldSerializer(_FieldSerializer):
    """A field to try."""

    dataType = TextField(source="entity", max_length=60)
    name = TextField(max_length=60, default="value", help_text="What it is to be called.")


class PreviewedRecordSerializer(serializers.Serializer[Any]):
    """What the field holds of one record, null where it has none; `problem` says why it would be set aside."""

    recordId = serializers.CharField(source="external_id")
    title = serializers.CharField()
    value = serializers.JSONField(allow_null=True)
    problem = serializers.CharField(allow_blank=True)


class PreviewSerializer(serializers.Serializer[Any]):
    """Up to ten stored records: how many have the field, lack it, and would be set aside because of it."""

    records = PreviewedRecordSerializer(many=True)
    filled = serializers.IntegerField()
    empty = serializers.IntegerField()
    misfits = serializers.IntegerField()


class FieldMappingPagination(NamedPagination):
    """Pages of field mappings."""

    items = "fieldMappings"


class FieldMappingFilters(FilterSet):
    """What narrows the list of field mappings."""

    dataType = django_filters.CharFilter(field_name="entity", max_length=60, help_text="Fields of this data type.")

    class Meta:
        model = FieldMapping
        fields = ("dataType",)


class FieldMappingViewSet(TenantAdminView, TenantViewSet):
    """Fields of the tenant's own in an integration's records."""

    model = FieldMapping
    serializer_class = FieldMappingSerializer
    pagination_class = FieldMappingPagination
    filterset_class = FieldMappingFilters
    default_sorting = ("entity", "name", "pk")

    def get_queryset(self) -> QuerySet[Any]:
        """The integration's. Raises IntegrationNotFoundError."""
        if getattr(self, "swagger_fake_view", False):
            return FieldMapping.objects.none()
        return field_mappings.field_mappings_of(self.integration(self.kwargs["id"])).select_related("integration")

    def get_object(self) -> FieldMapping:
        """The field that the address names. Raises IntegrationNotFoundError and FieldMappingNotFoundError."""
        rows, key = self.get_queryset(), ids.parse(FieldMapping.id_kind, self.kwargs["mappingId"])
        found: FieldMapping | None = rows.filter(pk=key).first() if key else None
        if found is None:
            raise FieldMappingNotFoundError
        return found

    @documented(responses=FieldMappingSerializer(many=True))
    def list(self, request: Request, id: str) -> Response:
        """Lists the fields that the tenant added to the integration's records."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(FieldMappingSerializer(page, many=True).data)

    @documented(request=FieldMappingSerializer, responses={201: FieldMappingSerializer}, errors=[409])
    def create(self, request: Request, id: str) -> Response:
        """Adds a field: new and changed records have it from the next sync on, all of them after the next full one.

        A value that does not fit the type sets its record aside, so try the field with `preview` first.
        """
        integration, body = self.integration(id), self.body(FieldMappingSerializer)
        made = field_mappings.add_field_mapping(integration=integration, data=FieldInput(**body), actor=self.actor)
        return Response(FieldMappingSerializer(made).data, status=201)

    @documented(responses=FieldMappingSerializer)
    def retrieve(self, request: Request, id: str, mappingId: str) -> Response:
        """Reads one field."""
        return Response(FieldMappingSerializer(self.get_object()).data)

    @documented(request=FieldMappingChangesSerializer, responses=FieldMappingSerializer, errors=[409])
    def partial_update(self, request: Request, id: str, mappingId: str) -> Response:
        """Changes what the body names; records follow as for a new field."""
        found, changes = self.get_object(), self.body(FieldMappingChangesSerializer, partial=True)
        changed = field_mappings.change_field_mapping(mapping=found, changes=changes, actor=self.actor)
        return Response(FieldMappingSerializer(changed).data)

    @documented()
    def destroy(self, request: Request, id: str, mappingId: str) -> Response:
        """Removes a field; records lose it as they are read again."""
        field_mappings.remove_field_mapping(mapping=self.get_object(), actor=self.actor)
        return Response(status=204)


class PreviewFieldMapping(TenantAdminView):
    """POST: tries a field."""

    @documented(request=TriedFieldSerializer, responses=PreviewSerializer, errors=[409])
    def post(self, request: Request, id: str) -> Response:
        """Tells what a field would hold of up to ten stored records, and which do not fit. Nothing is changed."""
        integration, body = self.integration(id), self.body(TriedFieldSerializer)
        return Response(PreviewSerializer(self._preview(integration, FieldInput(**body))).data)

    def _preview(self, integration: Any, data: FieldInput) -> Preview:
        seen = visibility.connections_open_to(user_id=self.user_id, is_admin=self.is_admin)
        return preview_field(integration=integration, data=data, connections=list(seen.filter(integration=integration)))


_BASE = "integrations/<str:id>/field-mappings"
_ONE: dict[str, Any] = {"get": "retrieve", "patch": "partial_update", "delete": "destroy"}
routes = [
    path(_BASE, FieldMappingViewSet.as_view({"get": "list", "post": "create"})),
    route(f"{_BASE}/preview", PreviewFieldMapping),
    path(f"{_BASE}/<str:mappingId>", FieldMappingViewSet.as_view(_ONE)),
]
