"""`/api/webhooks`: where the tenant wants to be told of what happens."""

from typing import Any

from django.db import models
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from integrations_site.api.fields import ListField, TextField
from integrations_site.api.permissions import TENANT_ADMINS
from integrations_site.api.routing import Router, route
from integrations_site.api.schema import documented
from integrations_site.api.serializers import StrictModelSerializer
from integrations_site.api.views import Creates, Deletes, HubView, Lists, Retrieves, TenantViewSet, Updates
from notifications.models import WebhookEndpoint
from notifications.sdk.catalog import DESCRIPTIONS, SUBSCRIBABLE
from notifications.services import endpoints

_EVENTS = "Types of events; empty means all. " + " ".join(
    f"`{event}`: {text}" for event, text in DESCRIPTIONS.items() if event in SUBSCRIBABLE
)
_FIELDS = (
    *("id", "url", "description", "events", "subject", "is_active", "failing_since", "disabled_reason"),
    *("previous_secret_until", "created_at", "updated_at"),
)


class WebhookSerializer(StrictModelSerializer):
    """A webhook. `failing_since` is when a delivery was first given up, nothing having got through since.

    One with a `subject` is told of that connection alone; its address is the connection's `settings.webhookUrl`.
    """

    url = TextField(max_length=2000, help_text="A public https:// address on port 443.")
    events = ListField(
        child=TextField(max_length=100), max_length=100, required=False, allow_empty=True, help_text=_EVENTS
    )

    class Meta:
        model = WebhookEndpoint
        fields: tuple[str, ...] = _FIELDS
        read_only_fields = ("subject", "failing_since", "disabled_reason", "previous_secret_until")


class WebhookWithSecretSerializer(WebhookSerializer):
    """A webhook with its secret, which is shown this once: `whsec_` and base64 (Standard Webhooks)."""

    secret = serializers.SerializerMethodField()

    class Meta(WebhookSerializer.Meta):
        fields = (*_FIELDS, "secret")

    def get_secret(self, endpoint: WebhookEndpoint) -> str:
        """The secret, which the view hands over."""
        return str(self.context["secret"])


class WebhookViewSet(Lists, Retrieves, Creates, Updates, Deletes, TenantViewSet):
    """Addresses that are told of events; every delivery is signed after Standard Webhooks."""

    model = WebhookEndpoint
    serializer_class = WebhookSerializer
    roles = TENANT_ADMINS
    search_fields = ("url", "description")
    sorting = {"createdAt": "created_at", "url": "url"}
    http_method_names = ["get", "post", "patch", "delete", "head", "options"]

    @documented(responses={201: WebhookWithSecretSerializer}, errors=[422])
    def create(self, request: Request) -> Response:
        """Subscribes an address to events. The secret is shown in this answer alone."""
        body = self.get_serializer(data=request.data)
        body.is_valid(raise_exception=True)
        endpoint, secret = endpoints.create_endpoint(actor=self.actor, **body.validated_data)
        return Response(_with_secret(endpoint, secret), status=201)

    @documented(responses=WebhookSerializer, errors=[422])
    def partial_update(self, request: Request, id: str) -> Response:
        """Changes what the body names. `is_active: false` stops deliveries and keeps them, `true` goes on with them."""
        return super().partial_update(request, id)

    def update_object(self, thing: WebhookEndpoint, data: Any) -> WebhookEndpoint:
        """Changes a webhook."""
        return endpoints.update_endpoint(endpoint=thing, changes=data, actor=self.actor)

    def delete_object(self, thing: WebhookEndpoint) -> None:
        """Removes a webhook with its deliveries."""
        endpoints.delete_endpoint(endpoint=thing, actor=self.actor)


class RotateWebhookSecret(HubView):
    """POST: a new secret."""

    roles = TENANT_ADMINS

    @documented(request=None, responses=WebhookWithSecretSerializer)
    def post(self, request: Request, id: str) -> Response:
        """Makes a new secret and shows it this once. For a day, the one before it signs deliveries as well."""
        endpoint = self.find(WebhookEndpoint, id)
        return Response(_with_secret(endpoint, endpoints.rotate_secret(endpoint=endpoint, actor=self.actor)))


def _with_secret(endpoint: models.Model, secret: str) -> Any:
    return WebhookWithSecretSerializer(endpoint, context={"secret": secret}).data


router = Router()
router.register("webhooks", WebhookViewSet, basename="webhook")
routes = [*router.urls, route("webhooks/<str:id>/rotate-secret", RotateWebhookSecret)]
