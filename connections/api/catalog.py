"""`/api/integrations`: the catalog, for the people of a tenant. One answer holds what documents 002 and 003 state."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.urls import path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.api.filters import DEFAULT_SORTING, SEARCHED, SORTED, CatalogFilters
from catalog.api.pages import NamedPagination
from catalog.models import Provider
from catalog.services import gates
from catalog.services.providers import definition_of
from catalog.services.representation import provider_body
from connections.api import routing as _  # noqa: F401 - registers the category of addresses
from connections.api.callers import ConnectionsView
from connections.services.visibility import connected_providers
from integrations_site.api.fields import PublicIdField
from integrations_site.api.schema import documented
from integrations_site.api.views import TenantViewSet
from integrations_site.tenancy.models import Tenant


def _words() -> serializers.ListField:
    return serializers.ListField(child=serializers.CharField())


class CatalogItemSerializer(serializers.Serializer[Any]):
    """A provider in document 002's words. The tenant's plan decides `isAvailable`, the caller `isConnected`."""

    id = serializers.CharField(help_text="The provider's identifier, such as stripe.")
    name = serializers.CharField()
    description = serializers.CharField()
    category = serializers.CharField()
    icon = serializers.CharField()
    features = _words()
    isAvailable = serializers.BooleanField()
    isConnected = serializers.BooleanField()


class CatalogProviderSerializer(serializers.Serializer[Any]):
    """A provider in document 003's words. `credentialFields` is what a person types in, where it takes no consent."""

    id = PublicIdField(Provider.id_kind)
    category = serializers.CharField()
    provider = serializers.CharField()
    name = serializers.CharField()
    displayName = serializers.CharField()
    description = serializers.CharField()
    status = serializers.ChoiceField(choices=Provider.Status.choices)
    audience = serializers.ChoiceField(choices=Provider.Audience.choices)
    capabilities = _words()
    features = _words()
    supportedSyncDirections = _words()
    supportsRealtime = serializers.BooleanField()
    supportsWebhooks = serializers.BooleanField()
    supportsNotifications = serializers.BooleanField()
    supportsSearch = serializers.BooleanField()
    searchableEntities = _words()
    searchCapabilities = serializers.DictField(child=serializers.BooleanField())
    requiresUserScoping = serializers.BooleanField()
    authType = serializers.ChoiceField(choices=Provider.AuthType.choices)
    permissions = _words()
    credentialFields = serializers.ListField(child=serializers.DictField())
    availableEntities = serializers.ListField(child=serializers.DictField())
    entityMappings = serializers.ListField(child=serializers.DictField())
    coverage = serializers.DictField(child=serializers.DictField())
    icon = serializers.CharField()
    color = serializers.CharField()
    version = serializers.CharField()
    isPremium = serializers.BooleanField()
    requiredPlan = serializers.CharField(required=False)
    createdAt = serializers.DateTimeField()
    updatedAt = serializers.DateTimeField()


class CatalogPageSerializer(serializers.Serializer[Any]):
    """A page of the catalog: the same providers twice, in the words of two documents."""

    success = serializers.BooleanField()
    integrations = CatalogItemSerializer(many=True)
    providers = CatalogProviderSerializer(many=True)
    total = serializers.IntegerField()
    limit = serializers.IntegerField()
    offset = serializers.IntegerField()
    hasMore = serializers.BooleanField()
    nextOffset = serializers.IntegerField(allow_null=True)


class CatalogPagination(NamedPagination):
    """Pages of the catalog; their description is `CatalogPageSerializer`."""

    items = "providers"

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """The answer as it is: the serializer describes the page, not an item."""
        return schema


class CatalogList(ConnectionsView, TenantViewSet):
    """Providers that the tenant may connect."""

    model = Provider
    pagination_class = CatalogPagination
    filterset_class = CatalogFilters
    search_fields = SEARCHED
    sorting: ClassVar[dict[str, str]] = {name: SORTED[name] for name in ("name", "displayName", "category")}
    default_sorting = DEFAULT_SORTING

    def get_queryset(self) -> QuerySet[Any]:
        """Active providers for tenants."""
        return gates.visible_providers()

    @documented(responses=CatalogPageSerializer, errors=[400])
    def list(self, request: Request) -> Response:
        """Lists the integrations that there are, by name, and which of them the caller is connected with."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset())) or []
        tenant, connected = Tenant.objects.get(pk=self.tenant_id), connected_providers(self.user_id)
        answer = self.get_paginated_response([provider_body(each) for each in page])
        items = [_item(each, tenant, is_connected=each.pk in connected) for each in page]
        return Response({"success": True, "integrations": items, **answer.data})


class CatalogEntry(ConnectionsView):
    """GET: one provider of the catalog."""

    @documented(responses=CatalogProviderSerializer)
    def get(self, request: Request, category: str, id: str) -> Response:
        """Reads one provider of the catalog."""
        return Response(provider_body(gates.find_provider(gates.visible_providers(), public_id=id, category=category)))


def _item(provider: Provider, tenant: Tenant, *, is_connected: bool) -> dict[str, Any]:
    definition = definition_of(provider)
    return {
        "id": provider.provider,
        "name": provider.display_name,
        "description": provider.description,
        "category": provider.category,
        "icon": definition.icon,
        "features": definition.features,
        "isAvailable": gates.is_available(provider, tenant),
        "isConnected": is_connected,
    }


routes = [
    path("integrations", CatalogList.as_view({"get": "list"})),
    path("integrations/<category:category>/<str:id>", CatalogEntry.as_view()),
]
