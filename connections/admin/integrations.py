"""Integrations, connections, and what happened to them."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from connections.models import Activity, Connection, Integration
from connections.services.connections import disconnect
from connections.services.integrations import activate_integration, deactivate_integration
from connections.services.testing import test_connection
from integrations_site.audit.columns import status_column
from integrations_site.audit.modeladmin import BY_TENANT, ReadOnlyAdmin, ReadOnlyInline, actor_of
from integrations_site.kernel.errors import ConflictError

_COLOURS = {
    "connected": "success",
    "active": "success",
    "success": "success",
    "completed": "success",
    "error": "danger",
    "failed": "danger",
    "expired": "danger",
    "pending": "info",
    "running": "info",
}


class ConnectionInline(ReadOnlyInline):
    """The accounts that are connected."""

    model = Connection
    fields = ("display_name", "account_name", "user", "status", "connected_at", "last_sync_at", "validation_error")


@admin.register(Integration)
class IntegrationAdmin(ReadOnlyAdmin):
    """Providers as tenants use them."""

    list_display = ("name", "provider", "tenant", "state", "user_scoped", "enabled_at", "removed_at")
    list_filter = (BY_TENANT, "status", "provider", ("removed_at", admin.EmptyFieldListFilter))
    list_select_related = ("tenant", "provider")
    ordering = ("-id",)
    search_fields = ("name",)
    inlines = (ConnectionInline,)
    actions = ("activate", "deactivate")
    empty_hint = "Tenants make them with POST /api/tenant/integrations, or on their page Integrations."
    state = status_column(_COLOURS)

    @admin.action(description="Activate the selected integrations")
    def activate(self, request: HttpRequest, queryset: QuerySet[Integration]) -> None:
        """They may be connected and synced again."""
        actor = actor_of(request)
        rows = queryset.select_related("provider")
        self.carry_out(request, rows, lambda row: activate_integration(integration=row, actor=actor), "Activated")

    @admin.action(description="Deactivate the selected integrations")
    def deactivate(self, request: HttpRequest, queryset: QuerySet[Integration]) -> None:
        """Nothing is synced or connected until they are activated."""
        actor = actor_of(request)
        rows = queryset.select_related("provider")
        self.carry_out(request, rows, lambda row: deactivate_integration(integration=row, actor=actor), "Deactivated")


@admin.register(Connection)
class ConnectionAdmin(ReadOnlyAdmin):
    """Links with accounts at providers; what they authenticate with is not shown."""

    list_display = ("__str__", "integration", "tenant", "state", "user", "last_sync_at", "sync_status")
    list_filter = (BY_TENANT, "status", "integration__provider", "credential_kind")
    list_select_related = ("tenant", "integration", "user")
    ordering = ("-id",)
    search_fields = ("display_name", "account_name", "=account_id")
    actions = ("test", "disconnect")
    empty_hint = "A connection appears when somebody connects an account."
    state = status_column(_COLOURS)

    @admin.action(description="Test the selected connections")
    def test(self, request: HttpRequest, queryset: QuerySet[Connection]) -> None:
        """Asks each provider whether it accepts the credential."""
        actor = actor_of(request)

        def run(row: Connection) -> None:
            result = test_connection(connection=row, actor=actor)
            if not result.success:
                raise ConflictError(result.message)

        self.carry_out(request, queryset.select_related("integration__provider"), run, "Tested well")

    @admin.action(description="Disconnect the selected connections")
    def disconnect(self, request: HttpRequest, queryset: QuerySet[Connection]) -> None:
        """The hub forgets the credential; records stay."""
        actor = actor_of(request)
        rows = queryset.select_related("integration__provider")
        self.carry_out(request, rows, lambda row: disconnect(connection=row, actor=actor), "Disconnected")


@admin.register(Activity)
class ActivityAdmin(ReadOnlyAdmin):
    """What happened to integrations, newest first."""

    list_display = ("at", "type", "state", "integration", "connection", "tenant")
    list_filter = (BY_TENANT, "type", "status")
    list_select_related = ("tenant", "integration", "connection")
    ordering = ("-id",)
    search_fields = ("integration__name",)
    empty_hint = "Connecting, testing, syncing and disconnecting leave an activity."
    state = status_column(_COLOURS)
