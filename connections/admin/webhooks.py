"""What vendors told, and what became of it."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from unfold.contrib.filters.admin import FieldTextFilter
from unfold.decorators import display

from connections.models import InboundWebhook
from connections.services.webhooks import retry_webhook
from integrations_site.audit.columns import status_column
from integrations_site.audit.modeladmin import ReadOnlyAdmin, actor_of
from integrations_site.kernel.redaction import redact

_COLOURS = {"waiting": "info", "handled": "success", "failed": "danger"}


@admin.register(InboundWebhook)
class InboundWebhookAdmin(ReadOnlyAdmin):
    """Vendors' webhooks, newest first. What one said stands on its page."""

    list_display = ("received_at", "provider", "event_type", "account_ids", "state", "attempts", "outcome")
    list_filter = ("status", ("provider", FieldTextFilter))
    ordering = ("-id",)
    search_fields = ("=event_id",)
    search_help_text = "An event's id, or an account's."
    fields = (
        *("public_id", "provider", "event_id", "event_type", "account_ids", "received_at", "state", "attempts"),
        *("next_attempt_at", "handled_at", "outcome", "last_error", "headers", "said"),
    )
    actions = ("handle_again",)
    empty_hint = "Vendors send them to /api/connections/webhooks/{provider}."
    state = status_column(_COLOURS)

    def get_queryset(self, request: HttpRequest) -> QuerySet[InboundWebhook]:
        """Without bodies, for a list has fifty."""
        found: QuerySet[InboundWebhook] = super().get_queryset(request).defer("body")
        return found

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[InboundWebhook], search_term: str
    ) -> tuple[QuerySet[InboundWebhook], bool]:
        """Those of the event, or about the account."""
        found, may_repeat = super().get_search_results(request, queryset, search_term)
        return (found | queryset.filter(account_ids__contains=[search_term]) if search_term else found), may_repeat

    @display(description="what it said")
    def said(self, webhook: InboundWebhook) -> str:
        """The body as it came; what looks like a secret is left out."""
        body = bytes(webhook.body).decode(errors="replace")
        return format_html('<pre class="whitespace-pre-wrap">{}</pre>', redact(body)) if body else "Forgotten"

    @admin.action(description="Handle the selected webhooks again")
    def handle_again(self, request: HttpRequest, queryset: QuerySet[InboundWebhook]) -> None:
        """Those that were given up; what hindered them should be mended by now."""
        actor = actor_of(request)
        self.carry_out(request, queryset, lambda row: retry_webhook(webhook=row, actor=actor), "Will be handled again")
