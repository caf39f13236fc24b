"""Webhooks and what was delivered to them. Secrets are never shown here."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.contrib.filters.admin import FieldTextFilter

from integrations_site.audit.columns import status_column
from integrations_site.audit.modeladmin import BY_TENANT, ReadOnlyAdmin, ReadOnlyInline, actor_of
from notifications.models import Delivery, DeliveryAttempt, WebhookEndpoint
from notifications.services.deliveries import replay
from notifications.services.endpoints import update_endpoint


@admin.register(WebhookEndpoint)
class WebhookEndpointAdmin(ReadOnlyAdmin):
    """Where tenants want to be told."""

    list_display = ("url", "tenant", "is_active", "failing_since", "disabled_reason")
    list_filter = (BY_TENANT, "is_active", ("failing_since", admin.EmptyFieldListFilter))
    list_select_related = ("tenant",)
    search_fields = ("url",)
    empty_hint = "Tenants subscribe with POST /api/webhooks."
    fields = (
        "tenant",
        "public_id",
        "url",
        "description",
        "events",
        "is_active",
        "failing_since",
        "disabled_reason",
        "created_at",
    )
    actions = ("enable", "disable")

    @admin.action(description="Enable the selected webhooks")
    def enable(self, request: HttpRequest, queryset: QuerySet[WebhookEndpoint]) -> None:
        """What waits for them is delivered."""
        self._switch(request, queryset, True, "Enabled")

    @admin.action(description="Disable the selected webhooks")
    def disable(self, request: HttpRequest, queryset: QuerySet[WebhookEndpoint]) -> None:
        """They are told nothing until they are enabled again."""
        self._switch(request, queryset, False, "Disabled")

    def _switch(self, request: HttpRequest, queryset: QuerySet[WebhookEndpoint], is_active: bool, done: str) -> None:
        actor = actor_of(request)
        self.carry_out(
            request,
            queryset,
            lambda row: update_endpoint(endpoint=row, changes={"is_active": is_active}, actor=actor),
            done,
        )


class DeliveryAttemptInline(ReadOnlyInline):
    """Each request that was sent, and the answer."""

    model = DeliveryAttempt
    fields = ("number", "at", "response_status", "error", "duration_ms", "response_body")
    ordering = ("number",)


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin):
    """What was sent to webhooks, newest first."""

    list_display = ("event_type", "endpoint", "tenant", "state", "attempts", "created_at", "delivered_at")
    list_filter = (BY_TENANT, "status", ("event_type", FieldTextFilter))
    list_select_related = ("tenant", "endpoint")
    ordering = ("-id",)
    search_fields = ("=event__subject", "endpoint__url")
    inlines = (DeliveryAttemptInline,)
    actions = ("send_again",)
    empty_hint = "There is one for each event and each webhook that has subscribed to it."
    state = status_column({"pending": "info", "delivered": "success", "failed": "danger"})

    @admin.action(description="Send the selected deliveries again")
    def send_again(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> None:
        """With the same message id, so that the receiver can tell."""
        actor = actor_of(request)
        again = queryset.select_related("endpoint", "event")
        self.carry_out(request, again, lambda row: replay(delivery=row, actor=actor), "Will be sent again")
