"""Syncs, and what did not fit."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.decorators import display

from connections.models import QuarantinedRecord, SyncRun, SyncStep
from connections.services.syncs import cancel_sync
from integrations_site.audit.columns import status_column
from integrations_site.audit.modeladmin import BY_TENANT, ReadOnlyAdmin, ReadOnlyInline, actor_of

_COLOURS = {
    "completed": "success",
    "partial": "warning",
    "failed": "danger",
    "running": "info",
    "queued": "info",
}


class SyncStepInline(ReadOnlyInline):
    """The data types of a run, and how far each came."""

    model = SyncStep
    fields = (
        *("entity", "status", "is_full", "page", "processed", "synced", "unchanged", "errors", "deleted"),
        *("estimate", "told", "reason"),
    )
    ordering = ("position",)

    @display(description="notices")
    def told(self, step: SyncStep) -> str:
        """What people should know of how it was read."""
        return "; ".join(step.notices)

    @display(description="error")
    def reason(self, step: SyncStep) -> str:
        """Why it did not end well."""
        return str((step.error or {}).get("message", ""))


@admin.register(SyncRun)
class SyncRunAdmin(ReadOnlyAdmin):
    """Synchronizations, newest first."""

    list_display = ("started_at", "connection", "tenant", "sync_type", "trigger", "state", "completed_at", "resume_at")
    list_filter = (BY_TENANT, "status", "sync_type", "trigger")
    list_select_related = ("tenant", "connection")
    ordering = ("-id",)
    search_fields = ("=connection__account_id", "connection__account_name")
    inlines = (SyncStepInline,)
    actions = ("cancel",)
    empty_hint = "POST /api/integrations/connections/{id}/sync begins one, or a connection's schedule."
    state = status_column(_COLOURS)

    @admin.action(description="Cancel the selected syncs")
    def cancel(self, request: HttpRequest, queryset: QuerySet[SyncRun]) -> None:
        """One that waits ends at once, one that is at work after its page."""
        actor = actor_of(request)
        self.carry_out(request, queryset, lambda row: cancel_sync(run=row, actor=actor), "Will end")


@admin.register(QuarantinedRecord)
class QuarantinedRecordAdmin(ReadOnlyAdmin):
    """Records that could not be taken in, and why."""

    list_display = ("entity", "external_id", "field", "reason", "connection", "tenant", "created_at")
    list_filter = (BY_TENANT, "entity")
    list_select_related = ("tenant", "connection")
    ordering = ("-id",)
    search_fields = ("=external_id", "reason")
    empty_hint = "A record that does not fit its mapping is put here, and the sync goes on."
