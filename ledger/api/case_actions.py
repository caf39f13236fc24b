"""What people decide about a case, and what has happened to it."""

from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from integrations_site.api.permissions import TENANT_ADMINS
from integrations_site.api.routing import route
from integrations_site.api.schema import documented
from integrations_site.api.views import HubView, Lists, TenantViewSet
from integrations_site.audit.models import AuditEntry
from ledger.api.case_bodies import CaseSerializer, RejectionSerializer
from ledger.api.cases import whole_cases
from ledger.models import Case
from ledger.services import approvals


class SubmitCase(HubView):
    """POST: a draft waits for approval."""

    @documented(request=None, responses=CaseSerializer)
    def post(self, request: Request, id: str) -> Response:
        """Submits a draft for approval."""
        return _told(approvals.submit_case(case_id=self.find(Case, id).pk, actor=self.actor))


class ApproveCase(HubView):
    """POST: a case may be booked. Tenant admins approve any amount, users up to the setting `approval_limit`."""

    @documented(request=None, responses=CaseSerializer, errors=[422])
    def post(self, request: Request, id: str) -> Response:
        """Approves a case; it can be posted from here on, and is where automatic integration is on."""
        case = self.find(Case, id)
        return _told(approvals.approve_case(case_id=case.pk, actor=self.actor, is_admin=_is_admin(self)))


class RejectCase(HubView):
    """POST: a case is sent back."""

    @documented(request=RejectionSerializer, responses=CaseSerializer)
    def post(self, request: Request, id: str) -> Response:
        """Sends a case back, with the reason; also an approved one, as long as nothing of it is posted."""
        case, body = self.find(Case, id), RejectionSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        rejected = approvals.reject_case(
            case_id=case.pk, reason=body.validated_data["reason"], actor=self.actor, is_admin=_is_admin(self)
        )
        return _told(rejected)


class ReopenCase(HubView):
    """POST: a case that waits or was rejected becomes a draft again."""

    @documented(request=None, responses=CaseSerializer)
    def post(self, request: Request, id: str) -> Response:
        """Makes a case that waits for approval, or was rejected, a draft again."""
        return _told(approvals.reopen_case(case_id=self.find(Case, id).pk, actor=self.actor))


class TimelineEntrySerializer(serializers.Serializer[Any]):
    """One thing that happened to a case."""

    at = serializers.DateTimeField()
    action = serializers.CharField()
    actor = serializers.CharField()
    actor_label = serializers.CharField()
    reason = serializers.CharField(source="data.reason", default=None, allow_null=True)
    details = serializers.JSONField(source="data")


class CaseTimeline(Lists, TenantViewSet):
    """GET: everything that happened to a case, from the audit trail."""

    model = Case
    serializer_class = TimelineEntrySerializer
    default_sorting = ("at", "pk")

    @documented(responses=TimelineEntrySerializer(many=True))
    def list(self, request: Request, **address: str) -> Response:
        """Who did what to the case, and when; the first comes first."""
        return super().list(request)

    def get_queryset(self) -> QuerySet[Any]:
        """The case's entries. Raises NotFoundError."""
        if getattr(self, "swagger_fake_view", False):
            return QuerySet(AuditEntry).none()
        case = self.find(Case, self.kwargs["id"])
        return AuditEntry.objects.filter(subject=case.public_id).order_by(*self.default_sorting)


def _is_admin(view: HubView) -> bool:
    return view.caller.role in TENANT_ADMINS


def _told(case: Case) -> Response:
    return Response(CaseSerializer(whole_cases().get(pk=case.pk)).data)


routes = [
    route("cases/<str:id>/submit", SubmitCase),
    route("cases/<str:id>/approve", ApproveCase),
    route("cases/<str:id>/reject", RejectCase),
    route("cases/<str:id>/reopen", ReopenCase),
    route("cases/<str:id>/timeline", CaseTimeline, actions={"get": "list"}),
]
