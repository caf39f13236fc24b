"""`/api/admin/integrations`: the providers that there are, for super admins (document 003)."""

from collections.abc import Mapping
from typing import Any

from django.urls import path
from rest_framework.fields import DateTimeField
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.api.filters import DEFAULT_SORTING, SEARCHED, SORTED, ProviderFilters
from catalog.api.pages import ProviderPagination
from catalog.api.shapes import ProviderDocument, ProviderInput, ProviderPatch
from catalog.models import Provider
from catalog.services import gates, providers
from catalog.services.representation import provider_document
from integrations_site.api.fields import ChoiceField
from integrations_site.api.permissions import SUPER_ADMINS
from integrations_site.api.routing import route
from integrations_site.api.schema import documented
from integrations_site.api.serializers import StrictModelSerializer, StrictSerializer
from integrations_site.api.views import HubView, TenantViewSet


class StatusSerializer(StrictSerializer):
    """The status to be."""

    status = ChoiceField(choices=Provider.Status.choices)


class AudienceSerializer(StrictSerializer):
    """The audience to be."""

    audience = ChoiceField(choices=Provider.Audience.choices)


class ProviderStatusSerializer(StrictModelSerializer):
    """The status as it is now."""

    updatedAt = DateTimeField(source="updated_at", read_only=True)

    class Meta:
        model = Provider
        fields = ("id", "status", "updatedAt")


class ProviderAudienceSerializer(StrictModelSerializer):
    """The audience as it is now."""

    updatedAt = DateTimeField(source="updated_at", read_only=True)

    class Meta:
        model = Provider
        fields = ("id", "audience", "updatedAt")


class ProviderViewSet(TenantViewSet):
    """Third parties that the hub can work with."""

    model = Provider
    roles = SUPER_ADMINS
    rate_class = "provider"
    needs_tenant = False
    serializer_class = ProviderDocument
    pagination_class = ProviderPagination
    filterset_class = ProviderFilters
    search_fields = SEARCHED
    sorting = SORTED
    default_sorting = DEFAULT_SORTING

    @documented(responses=ProviderDocument(many=True))
    def list(self, request: Request) -> Response:
        """Lists the providers, whatever their status and audience."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response([provider_document(each) for each in page or ()])

    @documented(request=ProviderInput, responses={201: ProviderDocument})
    def create(self, request: Request) -> Response:
        """Enters a provider. With a declarative connection it works like those that came with the hub."""
        made = providers.create_provider(data=_own_fields(request.data), actor=self.actor)
        return Response(provider_document(made), status=201)

    @documented(responses=ProviderDocument)
    def retrieve(self, request: Request, category: str, id: str) -> Response:
        """Reads one provider, with how it is called."""
        return Response(provider_document(_find(category, id)))

    @documented(request=ProviderPatch, responses=ProviderDocument)
    def partial_update(self, request: Request, category: str, id: str) -> Response:
        """Changes what the body names of a provider. Objects are merged, lists replaced, and null removes."""
        found = _find(category, id)
        patch = _own_fields(request.data)
        changed = providers.update_provider(provider_id=found.id, patch=patch, actor=self.actor)
        return Response(provider_document(changed))

    @documented(errors=[409])
    def destroy(self, request: Request, category: str, id: str) -> Response:
        """Removes a provider that nobody uses. One that came with the hub is disabled instead."""
        providers.delete_provider(provider_id=_find(category, id).id, actor=self.actor)
        return Response(status=204)


class _ProviderView(HubView):
    roles = SUPER_ADMINS
    rate_class = "provider"
    needs_tenant = False


class SetProviderStatus(_ProviderView):
    """PATCH: the status."""

    @documented(request=StatusSerializer, responses=ProviderStatusSerializer)
    def patch(self, request: Request, category: str, id: str) -> Response:
        """Sets the status of a provider. Tenants see active ones only; what is connected stays connected."""
        found = _find(category, id)
        body = StatusSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        changed = providers.set_status(provider_id=found.id, actor=self.actor, **body.validated_data)
        return Response(ProviderStatusSerializer(changed).data)


class SetProviderAudience(_ProviderView):
    """PATCH: the audience."""

    @documented(request=AudienceSerializer, responses=ProviderAudienceSerializer)
    def patch(self, request: Request, category: str, id: str) -> Response:
        """Sets whom a provider is for: tenants, or the hub itself."""
        found = _find(category, id)
        body = AudienceSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        changed = providers.set_audience(provider_id=found.id, actor=self.actor, **body.validated_data)
        return Response(ProviderAudienceSerializer(changed).data)


def _find(category: str, id: str) -> Provider:
    return gates.find_provider(Provider.objects.all(), public_id=id, category=category)


def _own_fields(body: Any) -> Any:
    """The body without the tenant that every body may name; the view has checked it."""
    return {name: value for name, value in body.items() if name != "tenant_id"} if isinstance(body, Mapping) else body


_ONE = "admin/integrations/<str:category>/<str:id>"
routes = [
    path("admin/integrations", ProviderViewSet.as_view({"get": "list", "post": "create"})),
    path(
        _ONE,
        ProviderViewSet.as_view({"get": "retrieve", "patch": "partial_update", "delete": "destroy"}),
    ),
    route(f"{_ONE}/status", SetProviderStatus),
    route(f"{_ONE}/audience", SetProviderAudience),
]
