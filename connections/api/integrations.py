"""`/api/tenant/integrations`: the tenant's integrations, for its admins (document 003)."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.api.pages import NamedPagination
from catalog.models import Provider
from catalog.services import gates
from connections.api.bodies import (
    ActivatedSerializer,
    DeactivatedSerializer,
    TenantIntegrationChangesSerializer,
    TenantIntegrationSerializer,
)
from connections.api.callers import TenantAdminView
from connections.models import Integration
from connections.services import integrations, visibility
from connections.services.integrations import IntegrationInput
from integrations_site.api.filters import ChoiceFilter, FilterSet
from integrations_site.api.routing import Router, route
from integrations_site.api.schema import documented
from integrations_site.api.views import Creates, Deletes, Lists, TenantViewSet, Updates
from integrations_site.kernel import ids


class IntegrationPagination(NamedPagination):
    """Pages of integrations."""

    items = "integrations"


class IntegrationFilters(FilterSet):
    """What narrows the list of integrations."""

    status = ChoiceFilter(choices=Integration.Status.choices, help_text="Integrations with this status.")
    providerName = django_filters.CharFilter(
        field_name="provider__provider", max_length=60, help_text="Integrations of this provider, such as stripe."
    )

    class Meta:
        model = Integration
        fields = ("status", "providerName")


class IntegrationViewSet(Lists, Creates, Updates, Deletes, TenantAdminView, TenantViewSet):
    """Integrations of the tenant."""

    model = Integration
    serializer_class = TenantIntegrationSerializer
    pagination_class = IntegrationPagination
    filterset_class = IntegrationFilters
    search_fields = ("name", "description", "provider__display_name")
    sorting = {"name": "name", "status": "status", "createdAt": "created_at", "updatedAt": "updated_at"}
    http_method_names = ["get", "head", "post", "patch", "delete"]

    def get_queryset(self) -> QuerySet[Any]:
        """Those that were not removed."""
        if getattr(self, "swagger_fake_view", False):
            return Integration.objects.none()
        return visibility.integrations()

    def get_object(self) -> Integration:
        """The integration that the address names. Raises IntegrationNotFoundError."""
        return visibility.find_integration(self.kwargs["id"])

    @documented(responses=TenantIntegrationSerializer(many=True))
    def list(self, request: Request) -> Response:
        """Lists the tenant's integrations, the newest first."""
        return super().list(request)

    @documented(request=TenantIntegrationSerializer, responses={201: TenantIntegrationSerializer}, errors=[404])
    def create(self, request: Request) -> Response:
        """Makes an integration of a provider of the catalog. It is pending until somebody connects."""
        return super().create(request)

    @documented(responses=TenantIntegrationSerializer)
    def retrieve(self, request: Request, id: str) -> Response:
        """Reads one integration."""
        return Response(TenantIntegrationSerializer(self.get_object()).data)

    @documented(request=TenantIntegrationChangesSerializer, responses=TenantIntegrationSerializer, errors=[409])
    def partial_update(self, request: Request, id: str) -> Response:
        """Changes what the body names of an integration."""
        found = self.get_object()
        changes = self.body(TenantIntegrationChangesSerializer, partial=True)
        changed = integrations.update_integration(integration=found, changes=changes, actor=self.actor)
        return Response(TenantIntegrationSerializer(changed).data)

    @documented()
    def destroy(self, request: Request, id: str) -> Response:
        """Removes an integration: its accounts are disconnected, its credentials and records deleted."""
        return super().destroy(request, id)

    def create_object(self, data: dict[str, Any]) -> Integration:
        """Makes an integration. Raises ProviderNotFoundError where the tenant has no such provider."""
        public_id = ids.public(Provider.id_kind, data.pop("provider_id"))
        provider = gates.find_provider(gates.visible_providers(), public_id=public_id)
        return integrations.create_integration(provider=provider, data=IntegrationInput(**data), actor=self.actor)

    def delete_object(self, thing: Integration) -> None:
        """Removes an integration."""
        integrations.remove_integration(integration=thing, actor=self.actor)


class ActivateIntegration(TenantAdminView):
    """POST: lets an integration work."""

    @documented(request=None, responses=ActivatedSerializer)
    def post(self, request: Request, id: str) -> Response:
        """Activates an integration. It is connected as soon as an account is, and pending until then."""
        found = integrations.activate_integration(integration=self.integration(id), actor=self.actor)
        return Response(ActivatedSerializer(found).data)


class DeactivateIntegration(TenantAdminView):
    """POST: stops an integration."""

    @documented(request=None, responses=DeactivatedSerializer)
    def post(self, request: Request, id: str) -> Response:
        """Deactivates an integration: nothing is synced or connected. Credentials and records stay."""
        found = integrations.deactivate_integration(integration=self.integration(id), actor=self.actor)
        return Response(DeactivatedSerializer(found).data)


router = Router()
router.register("tenant/integrations", IntegrationViewSet, basename="integration")
routes = [
    route("tenant/integrations/<str:id>/activate", ActivateIntegration),
    route("tenant/integrations/<str:id>/deactivate", DeactivateIntegration),
    *router.urls,
]
