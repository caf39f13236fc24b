"""The outbox."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.contrib.filters.admin import FieldTextFilter

from integrations_site.audit.columns import status_column
from integrations_site.audit.modeladmin import BY_TENANT, ReadOnlyAdmin, actor_of
from notifications.models import Event
from notifications.services.events import retry_event


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    """What happened, newest first, and whether it was handled."""

    list_display = ("position", "type", "subject", "tenant", "state", "attempts", "created_at", "done_at")
    list_display_links = ("position", "type")
    list_filter = (BY_TENANT, "status", ("type", FieldTextFilter))
    list_select_related = ("tenant",)
    ordering = ("-position",)
    search_fields = ("=subject",)
    actions = ("handle_again",)
    empty_hint = "Postings, rollbacks and approvals leave events here, with the change that they tell of."
    state = status_column({"pending": "info", "done": "success", "dead": "danger"})

    @admin.action(description="Handle the selected events again")
    def handle_again(self, request: HttpRequest, queryset: QuerySet[Event]) -> None:
        """Those that were given up; what hindered them should be mended by now."""
        actor = actor_of(request)
        self.carry_out(request, queryset, lambda row: retry_event(event=row, actor=actor), "Will be handled again")
