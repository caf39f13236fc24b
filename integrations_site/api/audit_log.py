"""`/api/audit-log`: who did what, and whether the trail is whole."""

from typing import Any

import django_filters
from django.core.validators import RegexValidator
from django.db import models, transaction
from django.db.models.functions import Cast
from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from integrations_site.api import fields
from integrations_site.api.filters import FilterSet, InstantFilter
from integrations_site.api.permissions import TENANT_ADMINS
from integrations_site.api.routing import route
from integrations_site.api.schema import documented
from integrations_site.api.serializers import StrictModelSerializer, StrictSerializer
from integrations_site.api.tables import GivesCsv, csv_answer
from integrations_site.api.views import HubView, Lists, TenantViewSet
from integrations_site.audit.models import AuditEntry
from integrations_site.audit.services import announce
from integrations_site.audit.verification import head_of, verify
from integrations_site.files import spreadsheets
from integrations_site.files.spreadsheets import Harmless, InstantText, PublicIdText
from integrations_site.kernel.errors import InvalidInputError
from integrations_site.tenancy import scope
from integrations_site.tenancy.models import Tenant

_MOST_FINDINGS = 100
_ID = r"\w+-[\w-]+"


class AuditEntrySerializer(StrictModelSerializer):
    """One thing that was done, or one change of rows that nobody announced (`row.…`)."""

    timestamp = serializers.DateTimeField(source="at", help_text="When it was done.")
    tenant_id = fields.ReferenceField(Tenant, source="tenant", help_text="Whose trail; null for the hub's own.")
    actor = serializers.CharField(help_text="The public id of a person or program, `hub` or `database`.")
    actor_label = serializers.CharField(help_text="A name of the actor, for people.")
    subject = serializers.CharField(help_text="The public id of what it was done to.")
    data: Any = serializers.JSONField(help_text="What there is to know about it.")
    number = serializers.IntegerField(allow_null=True, help_text="The place in the tenant's chain.")
    hash = serializers.CharField(allow_null=True, help_text="The chain's hash after this entry.")

    class Meta:
        model = AuditEntry
        fields = (
            "id",
            "tenant_id",
            "number",
            "timestamp",
            "action",
            "actor",
            "actor_label",
            "subject",
            "data",
            "request_id",
            "hash",
        )


class AuditFilters(FilterSet):
    """What narrows the log."""

    action = django_filters.CharFilter(
        validators=[RegexValidator(r"^\w+\.\w+$", "The name of an action is expected, such as case.approved.")]
    )
    actor = django_filters.CharFilter(
        validators=[
            RegexValidator(rf"^(hub|database|{_ID})$", "An id such as user-0199…, hub or database is expected.")
        ]
    )
    subject = django_filters.CharFilter(
        validators=[RegexValidator(rf"^{_ID}$", "An id is expected, such as case-0199….")]
    )

    class Meta:
        model = AuditEntry
        fields: tuple[str, ...] = ()


# `from` is a word of Python, and cannot be declared as the others.
AuditFilters.base_filters |= {
    "from": InstantFilter(field_name="at", lookup_expr="gte", help_text="Done then or later."),
    "to": InstantFilter(field_name="at", lookup_expr="lt", help_text="Done before."),
}

_TEXT = models.TextField()
_COLUMNS: dict[str, Any] = {
    "number": models.F("number"),
    "timestamp": InstantText("at"),
    "action": Harmless("action"),
    "actor": Harmless("actor"),
    "actor_label": Harmless("actor_label"),
    "subject": Harmless("subject"),
    "data": Cast("data", _TEXT),
    "request_id": Harmless("request_id"),
    "id": PublicIdText("id", kind=AuditEntry.id_kind),
    "hash": models.F("hash"),
}


class AuditLog(GivesCsv, Lists, TenantViewSet):
    """The audit log of the caller's tenant; of every tenant for a super admin who names none."""

    model = AuditEntry
    serializer_class = AuditEntrySerializer
    filterset_class = AuditFilters
    search_fields = ("action", "actor", "actor_label", "subject", "data_text")
    sorting = {"timestamp": "at"}
    default_sorting = ("-at", "-pk")
    roles = TENANT_ADMINS
    needs_tenant = False

    def get_queryset(self) -> models.QuerySet[Any]:
        """The entries in scope; their data can be searched as text."""
        entries: models.QuerySet[Any] = super().get_queryset().alias(data_text=Cast("data", _TEXT))
        return entries

    @documented(
        parameters=[
            OpenApiParameter(
                "format", str, enum=["json", "csv"], description="csv: every matching row, not a page of them."
            )
        ],
        responses={(200, "application/json"): AuditEntrySerializer(many=True), (200, "text/csv"): OpenApiTypes.STR},
    )
    def list(self, request: Request) -> Any:
        """A page of the log, the latest first; or, as CSV (`format=csv` or `Accept: text/csv`), all of it."""
        return self._exported(request) if self.wanted_format(request) == "csv" else super().list(request)

    def _exported(self, request: Request) -> StreamingHttpResponse:
        entries = self.filter_queryset(self.get_queryset())
        with transaction.atomic():
            own = announce(action="audit_log.exported", actor=self.actor, data={"query": request.query_params.dict()})
        others = entries.exclude(pk=own)
        rows = spreadsheets.copied(list(_COLUMNS), others.values_list(*_COLUMNS.values()))
        return csv_answer(rows, filename="audit-log.csv")


class ChainSerializer(StrictSerializer):
    """Where a chain ends. Noted elsewhere, number and hash show later that nothing before them was changed."""

    number = serializers.IntegerField(help_text="How many entries the chain has.")
    hash = serializers.CharField(help_text="The hash of the last one.")
    verified = serializers.BooleanField(
        allow_null=True, help_text="Whether the chain holds; null unless `verify=true`."
    )
    findings = serializers.ListField(child=serializers.CharField(), help_text="What is wrong with it, a sentence each.")


class AuditChain(HubView):
    """The state of the tenant's chain; of the hub's own for a super admin who names no tenant."""

    roles = TENANT_ADMINS
    needs_tenant = False
    query_parameters = ("verify",)

    @documented(
        parameters=[OpenApiParameter("verify", bool, description="Whether to read and verify the whole chain.")],
        responses=ChainSerializer,
        errors=[400],
    )
    def get(self, request: Request) -> Response:
        """Where the chain ends, and, if asked, whether it holds."""
        wanted = request.query_params.get("verify", "false")
        if wanted not in {"true", "false"}:
            raise InvalidInputError("verify must be true or false", details={"fields": {"verify": ["true", "false"]}})
        tenant_id = scope.current().tenant_id
        if wanted == "false":
            head = head_of(tenant_id)
            return _told(head.number, head.hash, None, [])
        report = verify(tenant_id)
        return _told(report.head.number, report.head.hash, report.holds, report.findings)


def _told(number: int, hash: str, verified: bool | None, findings: list[str]) -> Response:
    state = {"number": number, "hash": hash, "verified": verified, "findings": findings[:_MOST_FINDINGS]}
    return Response(ChainSerializer(state).data)


routes = [
    route("audit-log", AuditLog, "audit-log", actions={"get": "list"}),
    route("audit-log/chain", AuditChain, "audit-chain"),
]
