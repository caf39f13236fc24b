"""The audit trail in the admin: to read, and to verify."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.contrib.filters.admin import FieldTextFilter, RangeDateTimeFilter
from unfold.decorators import display

from integrations_site.audit.modeladmin import BY_TENANT, ReadOnlyAdmin
from integrations_site.audit.models import AuditEntry, AuditHead
from integrations_site.audit.verification import verify

_FINDINGS_SHOWN = 20


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    """Who did what, in the order of the chain."""

    list_display = ("number", "at", "action", "actor_label", "subject", "tenant", "short_hash")
    list_display_links = ("number", "action")
    list_filter = (BY_TENANT, ("action", FieldTextFilter), ("actor", FieldTextFilter), ("at", RangeDateTimeFilter))
    list_select_related = ("tenant",)
    search_fields = ("=subject", "=actor", "=actor_label", "=request_id")
    search_help_text = "An id of what was changed, of who did it, or of the request; or an e-mail address"

    @display(description="hash")
    def short_hash(self, entry: AuditEntry) -> str:
        """The first digits, to compare by eye."""
        return (entry.hash or "not sealed")[:12]


@admin.register(AuditHead)
class AuditHeadAdmin(ReadOnlyAdmin):
    """Where each chain ends; select chains to verify them."""

    list_display = ("chain_name", "number", "hash")
    list_select_related = ("tenant",)
    search_fields = ("tenant__name",)
    actions = ("verify_chains",)

    @display(description="chain", ordering="tenant__name")
    def chain_name(self, head: AuditHead) -> str:
        """The tenant whose chain it is."""
        return head.tenant.name if head.tenant else "The hub's own"

    @admin.action(description="Verify the selected chains")
    def verify_chains(self, request: HttpRequest, queryset: QuerySet[AuditHead]) -> None:
        """Reads each chain from its beginning and says what is wrong with it."""
        for head in queryset:
            name: Any = self.chain_name(head)
            report = verify(head.tenant_id)
            if report.holds:
                message = f"{name}: all {report.head.number} entries are as they were sealed"
                self.message_user(request, message, messages.SUCCESS)
            for finding in report.findings[:_FINDINGS_SHOWN]:
                self.message_user(request, f"{name}: {finding}", messages.ERROR)
