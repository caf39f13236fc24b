"""`/api/webhooks/{id}/deliveries`: what became of each event for a webhook."""

from typing import Any

from django.db.models import Prefetch, QuerySet
from django.urls import path
from rest_framework.request import Request
from rest_framework.response import Response

from integrations_site.api.fields import PublicIdField, TextField
from integrations_site.api.filters import ChoiceFilter, FilterSet
from integrations_site.api.permissions import TENANT_ADMINS
from integrations_site.api.routing import route
from integrations_site.api.schema import documented
from integrations_site.api.serializers import StrictModelSerializer
from integrations_site.api.views import HubView, Lists, Retrieves, TenantViewSet, found_in
from notifications.models import Delivery, DeliveryAttempt, Event, WebhookEndpoint
from notifications.sdk.catalog import DESCRIPTIONS
from notifications.services import deliveries


class AttemptSerializer(StrictModelSerializer):
    """One request that was sent, and the answer: its status and the beginning of its body; or why there is none."""

    class Meta:
        model = DeliveryAttempt
        fields = (
            *("number", "at", "request_headers", "request_body", "response_status", "response_body"),
            *("error", "duration_ms"),
        )
        read_only_fields = fields


class DeliverySerializer(StrictModelSerializer):
    """One event for one webhook. `message_id` is the header `webhook-id`: the same at every attempt and replay."""

    event = TextField(source="event_type", read_only=True)
    message_id = PublicIdField(Event.id_kind, source="event_id", read_only=True)
    replay_of = PublicIdField(Delivery.id_kind, source="replay_of_id", read_only=True)
    attempt_log = AttemptSerializer(many=True, read_only=True)

    class Meta:
        model = Delivery
        fields = (
            *("id", "event", "message_id", "payload", "status", "attempts", "next_attempt_at", "delivered_at"),
            *("replay_of", "attempt_log", "created_at"),
        )
        read_only_fields = fields


class DeliveryFilters(FilterSet):
    """What narrows the list of deliveries."""

    status = ChoiceFilter(choices=Delivery.Status.choices)
    event = ChoiceFilter(choices=[(event, event) for event in DESCRIPTIONS], field_name="event_type")

    class Meta:
        model = Delivery
        fields: tuple[str, ...] = ()


class DeliveryViewSet(Lists, Retrieves, TenantViewSet):
    """Deliveries of a webhook, the newest first, with every attempt."""

    model = Delivery
    serializer_class = DeliverySerializer
    filterset_class = DeliveryFilters
    roles = TENANT_ADMINS
    sorting = {"createdAt": "created_at"}

    def get_queryset(self) -> QuerySet[Any]:
        """The webhook's deliveries. Raises NotFoundError for a webhook that is not the tenant's."""
        found = super().get_queryset()
        if getattr(self, "swagger_fake_view", False):
            return found
        return _deliveries_of(self.find(WebhookEndpoint, self.kwargs["webhook_id"]))

    @documented(responses=DeliverySerializer(many=True))
    def list(self, request: Request, webhook_id: str = "") -> Response:
        """A page of the deliveries."""
        return super().list(request)

    @documented(responses=DeliverySerializer)
    def retrieve(self, request: Request, id: str, webhook_id: str = "") -> Response:
        """One delivery."""
        return super().retrieve(request, id)


class TestWebhook(HubView):
    """POST: tries a webhook."""

    roles = TENANT_ADMINS

    @documented(request=None, responses={202: DeliverySerializer})
    def post(self, request: Request, id: str) -> Response:
        """Sends a `webhook.test` event to the webhook, whatever it has subscribed to."""
        delivery = deliveries.send_test(endpoint=self.find(WebhookEndpoint, id), actor=self.actor)
        return Response(DeliverySerializer(delivery).data, status=202)


class ReplayDelivery(HubView):
    """POST: delivers once more."""

    roles = TENANT_ADMINS

    @documented(request=None, responses={202: DeliverySerializer})
    def post(self, request: Request, webhook_id: str, id: str) -> Response:
        """Sends what was delivered or given up once more, as a delivery of its own with the same message id."""
        endpoint = self.find(WebhookEndpoint, webhook_id)
        delivery = deliveries.replay(delivery=found_in(_deliveries_of(endpoint), id), actor=self.actor)
        return Response(DeliverySerializer(delivery).data, status=202)


def _deliveries_of(endpoint: WebhookEndpoint) -> QuerySet[Delivery]:
    attempts = Prefetch("attempt_log", DeliveryAttempt.objects.order_by("number"))
    return Delivery.objects.filter(endpoint=endpoint).select_related("endpoint").prefetch_related(attempts)


routes = [
    path("webhooks/<str:webhook_id>/deliveries", DeliveryViewSet.as_view({"get": "list"})),
    path("webhooks/<str:webhook_id>/deliveries/<str:id>", DeliveryViewSet.as_view({"get": "retrieve"})),
    route("webhooks/<str:webhook_id>/deliveries/<str:id>/replay", ReplayDelivery),
    route("webhooks/<str:id>/test", TestWebhook),
]
