"""`/api/cases`: listed, recorded, read, edited and removed."""

from typing import Any

import django_filters
from django.db.models import QuerySet, Sum
from rest_framework.request import Request
from rest_framework.response import Response

from integrations_site.api.fast_lists import offer
from integrations_site.api.filters import (
    ChoiceFilter,
    CurrencyFilter,
    DayFilter,
    FilterSet,
    InstantFilter,
    PublicIdFilter,
)
from integrations_site.api.routing import Router
from integrations_site.api.schema import documented
from integrations_site.api.views import Creates, Deletes, Lists, Retrieves, TenantViewSet, found_in
from ledger.api.case_bodies import (
    CaseChangesSerializer,
    CaseSerializer,
    CaseSummarySerializer,
    case_input_of,
    changes_of,
)
from ledger.api.case_page import CASE_PAGE
from ledger.api.case_rows import COLUMNS, case_row
from ledger.models import Case, CaseCount, CaseKind, CaseStatus
from ledger.services import cases

# Beyond this a filtered list says "at least so many": nobody pages there, and counting would read them all.
MOST_COUNTED = 100_000


class CaseFilters(FilterSet):
    """What narrows the list of cases."""

    status = ChoiceFilter(choices=CaseStatus.choices)
    kind = ChoiceFilter(choices=CaseKind.choices)
    vendor_id = PublicIdFilter("vendor", field_name="vendor_id")
    invoice_number = django_filters.CharFilter()
    currency = CurrencyFilter()
    invoice_date_from = DayFilter(field_name="invoice_date", lookup_expr="gte")
    invoice_date_to = DayFilter(field_name="invoice_date", lookup_expr="lte")
    due_date_from = DayFilter(field_name="due_date", lookup_expr="gte")
    due_date_to = DayFilter(field_name="due_date", lookup_expr="lte")
    created_from = InstantFilter(field_name="created_at", lookup_expr="gte")
    created_to = InstantFilter(field_name="created_at", lookup_expr="lte")

    class Meta:
        model = Case
        fields: tuple[str, ...] = ()


def whole_cases() -> QuerySet[Case]:
    """Cases with everything that `CaseSerializer` tells, in a constant number of statements."""
    return Case.objects.select_related("vendor").prefetch_related("line_items", "taxes", "postings")


class CaseViewSet(Lists, Retrieves, Creates, Deletes, TenantViewSet):
    """Vendor invoices and credit notes on their way into the books."""

    model = Case
    filterset_class = CaseFilters
    search_fields = ("invoice_number", "order_reference", "vendor__name")
    sorting = {"createdAt": "created_at", "invoice_date": "invoice_date", "due_date": "due_date", "total": "total"}
    http_method_names = ["get", "post", "patch", "delete", "head", "options"]

    def get_queryset(self) -> QuerySet[Case]:
        """Cases in scope; whole ones, unless for a list."""
        if getattr(self, "swagger_fake_view", False):
            return QuerySet(Case).none()
        return Case.objects.all() if self.action == "list" else whole_cases()

    @documented(responses=CaseSummarySerializer(many=True))
    def list(self, request: Request) -> Response:
        """A page of the cases, the latest first unless asked otherwise."""
        found = self.filter_queryset(self.get_queryset())
        page = self.paginate_queryset(found.values_list(*COLUMNS))
        return self.get_paginated_response([case_row(values) for values in page or ()])

    def get_serializer_class(self) -> type[CaseSummarySerializer]:
        """Lists tell summaries."""
        return CaseSummarySerializer if self.action == "list" else CaseSerializer

    def total(self, queryset: QuerySet[Case]) -> int:
        """How many cases the list has; all, or all of a status, are counted already. At most MOST_COUNTED otherwise."""
        narrowed = {name for name, value in self.request.query_params.items() if value} - _ORDERING
        if narrowed - {"status"}:
            return queryset.order_by().values("pk")[:MOST_COUNTED].count()
        counts = CaseCount.objects.filter(tenant_id=self.tenant_id)
        if "status" in narrowed:
            counts = counts.filter(status=self.request.query_params["status"])
        return int(counts.aggregate(total=Sum("total", default=0))["total"])

    @documented(request=CaseSerializer, responses={201: CaseSerializer}, errors=[404, 422])
    def create(self, request: Request) -> Response:
        """Records a draft. Its amounts must agree to the minor unit of its currency (else 422 TOTALS_DISAGREE)."""
        return super().create(request)

    def create_object(self, data: Any) -> Case:
        """Records the case and reads it whole."""
        return whole_cases().get(pk=cases.create_case(data=case_input_of(data), actor=self.actor).pk)

    @documented(request=CaseChangesSerializer, responses=CaseSerializer, errors=[409, 422])
    def partial_update(self, request: Request, id: str) -> Response:
        """Changes a draft; a rejected case becomes a draft again."""
        case = found_in(Case.objects.all(), id)
        body = CaseChangesSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        cases.update_case(case_id=case.pk, changes=changes_of(body.validated_data), actor=self.actor)
        return Response(CaseSerializer(whole_cases().get(pk=case.pk)).data)

    @documented(responses={204: None}, errors=[409])
    def destroy(self, request: Request, id: str) -> Response:
        """Removes a draft; the audit trail keeps that it was there."""
        cases.delete_case(case_id=found_in(Case.objects.all(), id).pk, actor=self.actor)
        return Response(status=204)


_ORDERING = {"limit", "offset", "sortBy", "sortOrder"}
offer("/api/cases", CASE_PAGE)
router = Router()
router.register("cases", CaseViewSet, basename="case")
routes = router.urls
