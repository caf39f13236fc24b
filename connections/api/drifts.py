"""`/api/integrations/connections/{id}/drift`: what changed in the form of a vendor's records."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.urls import path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.api.pages import NamedPagination
from connections.api.callers import Document002View
from connections.models import SchemaDrift
from connections.services.drifts import ACKNOWLEDGED, DriftNotFoundError, acknowledge_drift, drifts_of
from integrations_site.api.fields import PublicIdField
from integrations_site.api.filters import ChoiceFilter, FilterSet, FlagFilter
from integrations_site.api.routing import route
from integrations_site.api.schema import documented
from integrations_site.api.views import TenantViewSet
from integrations_site.kernel import ids


class DriftSerializer(serializers.Serializer[Any]):
    """A field that is new, is missing from every record of a full sync, or has another type than before.

    `acknowledgedAt` is before `lastSeenAt` where it was seen again since.
    """

    id = PublicIdField(SchemaDrift.id_kind)
    dataType = serializers.CharField(source="entity")
    field = serializers.CharField()
    change = serializers.ChoiceField(choices=SchemaDrift.Change.choices)
    typeBefore = serializers.CharField(source="before")
    typeAfter = serializers.CharField(source="after")
    firstSeenAt = serializers.DateTimeField(source="created_at")
    lastSeenAt = serializers.DateTimeField(source="last_seen_at")
    acknowledgedAt = serializers.DateTimeField(source="acknowledged_at", allow_null=True)
    acknowledgedBy = serializers.CharField(source="acknowledged_by")


class DriftAnswerSerializer(serializers.Serializer[Any]):
    """A drift, as an answer."""

    success = serializers.BooleanField()
    drift = DriftSerializer()


class DriftPagination(NamedPagination):
    """Pages of drifts."""

    items = "drifts"


class DriftFilters(FilterSet):
    """What narrows the list of drifts."""

    dataType = django_filters.CharFilter(field_name="entity", max_length=100, help_text="Drifts of this data type.")
    change = ChoiceFilter(choices=SchemaDrift.Change.choices, help_text="Drifts of this kind.")
    acknowledged = FlagFilter(method="by_acknowledgement", help_text="Whether somebody has seen it since it was seen.")

    class Meta:
        model = SchemaDrift
        fields = ("dataType", "change", "acknowledged")

    def by_acknowledgement(self, found: QuerySet[SchemaDrift], name: str, value: bool) -> QuerySet[SchemaDrift]:
        """Those that were acknowledged, or those that were not."""
        return found.filter(ACKNOWLEDGED) if value else found.exclude(ACKNOWLEDGED)


class DriftViewSet(Document002View, TenantViewSet):
    """What changed in a connection's records."""

    model = SchemaDrift
    serializer_class = DriftSerializer
    pagination_class = DriftPagination
    filterset_class = DriftFilters
    default_sorting = ("-last_seen_at", "-pk")

    def get_queryset(self) -> QuerySet[Any]:
        """The connection's. Raises ConnectionNotFoundError."""
        if getattr(self, "swagger_fake_view", False):
            return SchemaDrift.objects.none()
        return drifts_of(self.connection(self.kwargs["id"]))

    @documented(responses=DriftSerializer(many=True), errors=[400])
    def list(self, request: Request, id: str) -> Response:
        """Lists the fields that appeared, disappeared or changed their type, the latest first."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        answer = self.get_paginated_response(DriftSerializer(page, many=True).data)
        return Response({"success": True, **answer.data})


class AcknowledgeDrift(Document002View):
    """POST: a drift was seen."""

    @documented(request=None, responses=DriftAnswerSerializer)
    def post(self, request: Request, id: str, driftId: str) -> Response:
        """Notes that the caller has seen a drift. It is open again once the vendor changes the field again."""
        rows, key = drifts_of(self.connection(id)), ids.parse(SchemaDrift.id_kind, driftId)
        found = rows.select_related("connection").filter(pk=key).first() if key else None
        if found is None:
            raise DriftNotFoundError
        drift = acknowledge_drift(drift=found, actor=self.actor)
        return Response({"success": True, "drift": DriftSerializer(drift).data})


routes = [
    path("integrations/connections/<str:id>/drift", DriftViewSet.as_view({"get": "list"})),
    route("integrations/connections/<str:id>/drift/<str:driftId>/acknowledge", AcknowledgeDrift),
]
