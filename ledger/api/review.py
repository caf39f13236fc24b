"""`/api/review`: cases that need a person, and trying them again."""

from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from integrations_site.api.fields import PublicIdField
from integrations_site.api.permissions import TENANT_ADMINS
from integrations_site.api.routing import route
from integrations_site.api.schema import documented
from integrations_site.api.views import HubView, Lists, TenantViewSet
from ledger.api.case_bodies import ReviewSerializer
from ledger.api.postings import IntegrationAnswerSerializer
from ledger.models import Case, CaseStatus
from ledger.services.review import retry_case


class WaitingCaseSerializer(serializers.Serializer[Any]):
    """A case that needs a person."""

    id = PublicIdField(Case.id_kind)
    invoice_number = serializers.CharField()
    vendor_name = serializers.CharField(source="vendor.name")
    review = ReviewSerializer()


class ReviewList(Lists, TenantViewSet):
    """GET: cases that need a person."""

    model = Case
    serializer_class = WaitingCaseSerializer
    search_fields = ("invoice_number", "vendor__name")
    sorting = {"invoice_number": "invoice_number", "updatedAt": "updated_at"}
    default_sorting = ("-updated_at", "-pk")

    @documented(responses=WaitingCaseSerializer(many=True))
    def list(self, request: Request) -> Response:
        """The cases that need a person, each with the reason and the next step; the last changed comes first."""
        return super().list(request)

    def get_queryset(self) -> QuerySet[Any]:
        """Those in needs_review, with their vendors."""
        return super().get_queryset().filter(status=CaseStatus.NEEDS_REVIEW).select_related("vendor")


class RetryCase(HubView):
    """POST: a case that needs a person is tried again."""

    roles = TENANT_ADMINS

    @documented(request=None, responses=IntegrationAnswerSerializer)
    def post(self, request: Request, id: str) -> Response:
        """Posts the case again to the systems in which it failed; `results` says what became of it in each."""
        outcome = retry_case(case_id=self.find(Case, id).pk, actor=self.actor)
        return Response(outcome.body(), status=207 if outcome.refused else 200)


routes = [
    route("review", ReviewList, actions={"get": "list"}),
    route("cases/<str:id>/retry", RetryCase),
]
