"""The outbox."""

from django.contrib import admin
from unfold.contrib.filters.admin import FieldTextFilter
from unfold.decorators import display

from integrations_site.audit.modeladmin import BY_TENANT, ReadOnlyAdmin
from notifications.models import Event


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    """What happened, newest first, and whether it was handled."""

    list_display = ("position", "type", "subject", "tenant", "state", "attempts", "created_at", "done_at")
    list_display_links = ("position", "type")
    list_filter = (BY_TENANT, "status", ("type", FieldTextFilter))
    list_select_related = ("tenant",)
    ordering = ("-position",)
    search_fields = ("=subject",)

    @display(description="status", ordering="status", label={"pending": "info", "done": "success", "dead": "danger"})
    def state(self, event: Event) -> tuple[str, str]:
        """As a coloured word."""
        return event.status, event.get_status_display()
