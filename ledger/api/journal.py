"""`/api/journal-entries`: what was posted to the books; only postings and rollbacks write it."""

from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from integrations_site.api.fields import MoneyField, ReferenceField
from integrations_site.api.filters import ChoiceFilter, DayFilter, FilterSet, PublicIdFilter
from integrations_site.api.routing import Router
from integrations_site.api.schema import documented
from integrations_site.api.views import Lists, Retrieves, TenantViewSet
from ledger.api.fields import LedgerSerializer
from ledger.models import Case, JournalEntry


class JournalLineSerializer(serializers.Serializer[Any]):
    """A debit or a credit."""

    position = serializers.IntegerField()
    account = serializers.CharField(source="account.code")
    account_name = serializers.CharField(source="account.name")
    debit = MoneyField(allow_null=True)
    credit = MoneyField(allow_null=True)
    memo = serializers.CharField()


class JournalEntrySerializer(LedgerSerializer):
    """An entry in the books' currency; `reverses` names the entry that it takes back."""

    case_id = ReferenceField(Case, source="case", read_only=True, allow_null=True)
    reverses = ReferenceField(JournalEntry, read_only=True, allow_null=True)

    class Meta:
        model = JournalEntry
        fields = ("id", "number", "date", "kind", "memo", "case_id", "reverses", "posted_by", "posted_at")


class JournalEntryDetailSerializer(JournalEntrySerializer):
    """An entry with its lines."""

    lines = JournalLineSerializer(many=True, read_only=True)

    class Meta(JournalEntrySerializer.Meta):
        fields = (*JournalEntrySerializer.Meta.fields, "lines")  # type: ignore[assignment]


class JournalEntryFilters(FilterSet):
    """What narrows the list of entries."""

    kind = ChoiceFilter(choices=JournalEntry.Kind.choices)
    case_id = PublicIdFilter(Case.id_kind, field_name="case_id")
    date_from = DayFilter(field_name="date", lookup_expr="gte")
    date_to = DayFilter(field_name="date", lookup_expr="lte")

    class Meta:
        model = JournalEntry
        fields: tuple[str, ...] = ()


class JournalEntryViewSet(Lists, Retrieves, TenantViewSet):
    """Journal entries."""

    model = JournalEntry
    serializer_class = JournalEntrySerializer
    filterset_class = JournalEntryFilters
    search_fields = ("memo",)
    sorting = {"number": "number", "date": "date"}
    default_sorting = ("-number",)
    http_method_names = ["get", "head", "options"]

    @documented(responses=JournalEntryDetailSerializer)
    def retrieve(self, request: Request, id: str) -> Response:
        """An entry with its lines."""
        return Response(JournalEntryDetailSerializer(self.get_object()).data)

    def get_queryset(self) -> QuerySet[Any]:
        """Entries; one alone comes with its lines and their accounts."""
        found = super().get_queryset()
        return found.prefetch_related("lines__account") if self.action == "retrieve" else found


router = Router()
router.register("journal-entries", JournalEntryViewSet, basename="journal-entry")
routes = router.urls
