"""`/api/cases/{id}/export` (document 000), and `/api/cases/export` for many cases at once."""

from typing import Any

from django.conf import settings
from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from integrations_site.api.fields import BooleanField, ChoiceField
from integrations_site.api.routing import route
from integrations_site.api.schema import documented
from integrations_site.api.serializers import StrictSerializer
from integrations_site.api.tables import GivesCsv, csv_answer
from integrations_site.api.views import HubView, TenantViewSet
from integrations_site.files.links import signed_link
from integrations_site.files.models import StoredFile
from ledger.api.cases import CaseFilters
from ledger.models import Case, CaseStatus
from ledger.services import exports
from ledger.services.exports import CaseNotApprovedError, ExportFormat, ExportOptions


class ExportRequestSerializer(StrictSerializer):
    """What is wanted."""

    format = ChoiceField(choices=[str(choice) for choice in ExportFormat])
    include_line_items = BooleanField(
        required=False,
        help_text="JSON: whether there are `line_items` (default: yes). CSV: whether there is a row for each line, "
        "with the case's columns in front (default: no; one row, the case).",
    )
    include_artifacts = BooleanField(
        default=False,
        help_text="A ZIP archive of the export and, in `artifacts/`, the case's original and attachments.",
    )

    def options(self) -> ExportOptions:
        """The body, validated."""
        wanted = ExportFormat(self.validated_data["format"])
        lines = self.validated_data.get("include_line_items", wanted is ExportFormat.JSON)
        return ExportOptions(format=wanted, line_items=lines, artifacts=self.validated_data["include_artifacts"])


class ExportSerializer(StrictSerializer):
    """A file that can be fetched without a token until it expires."""

    export_url = serializers.URLField()
    expires_at = serializers.DateTimeField()
    format = ChoiceField(choices=[str(choice) for choice in ExportFormat])
    size_bytes = serializers.IntegerField(min_value=1)


class ExportCase(HubView):
    """POST: an approved case as a file."""

    @documented(request=ExportRequestSerializer, responses=ExportSerializer)
    def post(self, request: Request, id: str) -> Response:
        """Makes a file of an approved case (else 403 CASE_NOT_APPROVED), and a link to it that is good for a while.

        Amounts are exact to the currency's minor unit, and negative in a credit note.
        """
        case, body = self.find(Case, id), ExportRequestSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        options = body.options()
        return _told(exports.export_case(case_id=case.pk, options=options, actor=self.actor), options)


def _told(file: StoredFile, options: ExportOptions) -> Response:
    link = settings.HUB_BASE_URL + signed_link(file, seconds=settings.FILES_LINK_SECONDS)
    told = {
        "export_url": link,
        "expires_at": file.expires_at,
        "format": options.format,
        "size_bytes": file.size_bytes,
    }
    return Response(ExportSerializer(told).data)


class ExportCases(GivesCsv, TenantViewSet):
    """GET: many approved cases as a table."""

    model = Case
    filterset_class = CaseFilters
    search_fields = ("invoice_number", "order_reference", "vendor__name")
    sorting = {"createdAt": "created_at", "invoice_date": "invoice_date"}
    formats = ("csv",)
    pagination_class = None

    @documented(
        filters=True,
        parameters=[OpenApiParameter("format", str, enum=["csv"], description="Only `csv`.")],
        responses={(200, "text/csv"): OpenApiTypes.STR},
        errors=[400],
    )
    def list(self, request: Request) -> StreamingHttpResponse:
        """Every approved case that matches, with currency, kind and status; a credit note's amounts are negative."""
        self.wanted_format(request)
        self._refuse_unapproved(request)
        criteria: dict[str, Any] = request.query_params.dict()
        cases = self.filter_queryset(self.get_queryset())
        rows = exports.export_table(cases=cases, criteria=criteria, actor=self.actor)
        return csv_answer(rows, filename="cases.csv")

    def _refuse_unapproved(self, request: Request) -> None:
        status = request.query_params.get("status")
        if status in set(CaseStatus) - exports.EXPORTABLE:
            raise CaseNotApprovedError(f"Cases that are {status} cannot be exported", details={"status": status})


routes = [
    route("cases/export", ExportCases, "export-cases", actions={"get": "list"}),
    route("cases/<str:id>/export", ExportCase, "export-case"),
]
