"""What vendors told, and what became of it."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.contrib.filters.admin import FieldTextFilter

from connections.models import InboundWebhook
from connections.services.webhooks import retry_webhook
from integrations_site.audit.columns import status_column
from integrations_site.audit.modeladmin import ReadOnlyAdmin, actor_of

_COLOURS = {"waiting": "info", "handled": "success", "failed": "danger"}


@admin.register(InboundWebhook)
class InboundWebhookAdmin(ReadOnlyAdmin):
    """Vendors' webhooks, newest first. What one said is not shown, for it may be any tenant's."""

    list_display = ("received_at", "provider", "event_type", "account_id", "state", "attempts", "outcome")
    list_filter = ("status", ("provider", FieldTextFilter))
    ordering = ("-id",)
    search_fields = ("=event_id", "=account_id")
    fields = (
        *("public_id", "provider", "event_id", "event_type", "account_id", "received_at", "state", "attempts"),
        *("next_attempt_at", "handled_at", "outcome", "last_error"),
    )
    actions = ("handle_again",)
    empty_hint = "Vendors send them to /api/connections/webhooks/{provider}."
    state = status_column(_COLOURS)

    @admin.action(description="Handle the selected webhooks again")
    def handle_again(self, request: HttpRequest, queryset: QuerySet[InboundWebhook]) -> None:
        """Those that were given up; what hindered them should be mended by now."""
        actor = actor_of(request)
        rows = queryset.defer("body")
        self.carry_out(request, rows, lambda row: retry_webhook(webhook=row, actor=actor), "Will be handled again")
