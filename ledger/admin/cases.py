"""Cases: to read, and to lead through the services."""

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from unfold.decorators import action
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminTextareaWidget

from integrations_site.audit.actors import actor_column
from integrations_site.audit.columns import status_column
from integrations_site.audit.modeladmin import BY_TENANT, ReadOnlyAdmin, ReadOnlyInline, actor_of
from ledger.admin import case_steps
from ledger.admin.case_steps import Step
from ledger.admin.figures import amount, number
from ledger.models import Artifact, Case, CaseTax, LineItem, Posting

_COLOURS = {
    "pending_approval": "info",
    "approved": "info",
    "integrated": "success",
    "rejected": "danger",
    "needs_review": "danger",
    "rolled_back": "warning",
}


class RejectionForm(BaseDialogForm):
    """Why a case is rejected."""

    reason = forms.CharField(max_length=1000, widget=UnfoldAdminTextareaWidget)


class LineItemInline(ReadOnlyInline):
    """The lines of a case."""

    model = LineItem
    fields = (
        "position",
        "kind",
        "sku",
        "internal_sku",
        "description",
        "quantity_figure",
        "unit_price_figure",
        "line_total_figure",
        "tax_rate_figure",
    )
    ordering = ("position",)
    quantity_figure = number("quantity")
    unit_price_figure = number("unit_price")
    line_total_figure = amount("line_total", currency="case.currency")
    tax_rate_figure = number("tax_rate")


class CaseTaxInline(ReadOnlyInline):
    """The taxes of a case."""

    model = CaseTax
    fields = ("category", "rate_figure", "taxable_figure", "amount_figure")
    rate_figure = number("rate")
    taxable_figure = amount("taxable", currency="case.currency")
    amount_figure = amount("amount", currency="case.currency")


class PostingInline(ReadOnlyInline):
    """Where a case was posted."""

    model = Posting
    fields = ("system", "status", actor_column("posted_by"), "posted_at", actor_column("reversed_by"), "reversed_at")


class ArtifactInline(ReadOnlyInline):
    """The files of a case."""

    model = Artifact
    fields = ("kind", "file", "created_at")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Artifact]:
        return super().get_queryset(request).select_related("file")  # type: ignore[no-any-return]


@admin.register(Case)
class CaseAdmin(ReadOnlyAdmin):
    """Vendors' invoices and credit notes, newest first."""

    list_display = ("invoice_number", "vendor", "tenant", "kind", "state", "total_figure", "invoice_date")
    list_filter = (BY_TENANT, "status", "kind")
    list_select_related = ("tenant", "vendor")
    ordering = ("-id",)
    search_fields = ("=invoice_number", "^vendor__name")
    inlines = (LineItemInline, CaseTaxInline, PostingInline, ArtifactInline)
    actions = ("submit", "approve", "post", "retry", "take_back", "reopen")
    actions_detail = ("reject",)
    empty_hint = "A case is made when an invoice is imported (POST /api/cases/import) or recorded (POST /api/cases)."
    total_figure = amount("total", currency="currency")
    state = status_column(_COLOURS)

    @admin.action(description="Submit the selected drafts")
    def submit(self, request: HttpRequest, queryset: QuerySet[Case]) -> None:
        """They wait for approval."""
        self._take(case_steps.submit, request, queryset, "Submitted")

    @admin.action(description="Approve the selected cases")
    def approve(self, request: HttpRequest, queryset: QuerySet[Case]) -> None:
        """They may be posted."""
        self._take(case_steps.approve, request, queryset, "Approved")

    @admin.action(description="Post the selected cases to stock, payables and the books")
    def post(self, request: HttpRequest, queryset: QuerySet[Case]) -> None:
        """To each system that does not hold them yet."""
        self._take(case_steps.post, request, queryset, "Posted")

    @admin.action(description="Try the selected cases again")
    def retry(self, request: HttpRequest, queryset: QuerySet[Case]) -> None:
        """Those that needed a person."""
        self._take(case_steps.retry, request, queryset, "Tried again")

    @admin.action(description="Roll the selected cases back")
    def take_back(self, request: HttpRequest, queryset: QuerySet[Case]) -> None:
        """Out of each system that holds them, by reversing entries."""
        self._take(case_steps.take_back, request, queryset, "Rolled back")

    @admin.action(description="Take the selected cases back to draft")
    def reopen(self, request: HttpRequest, queryset: QuerySet[Case]) -> None:
        """They can be edited again."""
        self._take(case_steps.reopen, request, queryset, "Reopened")

    @action(
        description="Reject",
        url_path="reject",
        icon="block",
        dialog={
            "title": "Reject this case",
            "description": "It goes back to whoever submitted it, with your reason.",
            "form_class": RejectionForm,
            "form_submit_text": "Reject",
        },
    )
    def reject(self, request: HttpRequest, form: RejectionForm, object_id: str) -> HttpResponse:
        """Asks for the reason in a dialog, which is sent with a POST."""
        step = case_steps.rejecting(form.cleaned_data["reason"])
        self._take(step, request, Case.objects.filter(pk=object_id), "Rejected")
        return HttpResponse(headers={"HX-Redirect": reverse("admin:ledger_case_change", args=[object_id])})

    def _take(self, step: Step, request: HttpRequest, queryset: QuerySet[Case], done: str) -> None:
        actor = actor_of(request)
        self.carry_out(request, queryset, lambda case: step(case, actor), done)
