"""`/api/bills`: what postings to accounts payable wrote, and paying it."""

from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from integrations_site.api.fields import DateField, MoneyField, ReferenceField
from integrations_site.api.filters import ChoiceFilter, DayFilter, FilterSet, PublicIdFilter
from integrations_site.api.permissions import TENANT_ADMINS
from integrations_site.api.routing import Router, route
from integrations_site.api.schema import documented
from integrations_site.api.serializers import StrictSerializer
from integrations_site.api.views import HubView, Lists, Retrieves, TenantViewSet
from ledger.api.fields import LedgerSerializer
from ledger.models import Bill, Case, Vendor
from ledger.services.payments import pay_bill, reverse_payment


class BillLineSerializer(serializers.Serializer[Any]):
    """A line, as the vendor wrote it."""

    position = serializers.IntegerField()
    description = serializers.CharField()
    amount = MoneyField()


class BillSerializer(LedgerSerializer):
    """What is owed for a document, negative for a credit note; `base_amount` is in the books' currency."""

    case_id = ReferenceField(Case, source="case", read_only=True)
    vendor_id = ReferenceField(Vendor, source="vendor", read_only=True)
    vendor_name = serializers.CharField(source="vendor.name", read_only=True)

    class Meta:
        model = Bill
        fields = (
            "id",
            "case_id",
            "vendor_id",
            "vendor_name",
            "kind",
            "invoice_number",
            "invoice_date",
            "due_date",
            "currency",
            "amount",
            "base_amount",
            "status",
            "paid_at",
            "voided_at",
            "created_at",
        )


class BillDetailSerializer(BillSerializer):
    """A bill with its lines."""

    lines = BillLineSerializer(many=True, read_only=True)

    class Meta(BillSerializer.Meta):
        fields = (*BillSerializer.Meta.fields, "lines")  # type: ignore[assignment]


class BillFilters(FilterSet):
    """What narrows the list of bills."""

    status = ChoiceFilter(choices=Bill.Status.choices)
    vendor_id = PublicIdFilter(Vendor.id_kind, field_name="vendor_id")
    case_id = PublicIdFilter(Case.id_kind, field_name="case_id")
    due_before = DayFilter(field_name="due_date", lookup_expr="lt")

    class Meta:
        model = Bill
        fields: tuple[str, ...] = ()


class BillViewSet(Lists, Retrieves, TenantViewSet):
    """Bills; postings and rollbacks make and void them."""

    model = Bill
    serializer_class = BillSerializer
    filterset_class = BillFilters
    search_fields = ("invoice_number", "vendor__name")
    sorting = {"due_date": "due_date", "invoice_date": "invoice_date", "amount": "amount", "createdAt": "created_at"}
    http_method_names = ["get", "head", "options"]

    def get_queryset(self) -> QuerySet[Any]:
        """Bills with their vendors."""
        return super().get_queryset().select_related("vendor")

    @documented(responses=BillDetailSerializer)
    def retrieve(self, request: Request, id: str) -> Response:
        """A bill with its lines."""
        return Response(BillDetailSerializer(self.get_object()).data)


class PaymentSerializer(StrictSerializer):
    """When the bill was paid; left out: today."""

    date = DateField(required=False, default=None)


class PayBill(HubView):
    """POST: a bill is paid in full."""

    roles = TENANT_ADMINS

    @documented(request=PaymentSerializer, responses=BillSerializer, errors=[422])
    def post(self, request: Request, id: str) -> Response:
        """Books the payment: payables against bank. A paid bill cannot be rolled back before its payment is."""
        bill, body = self.find(Bill, id), PaymentSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        pay_bill(bill_id=bill.pk, date=body.validated_data["date"], actor=self.actor)
        return _told(bill)


class ReversePayment(HubView):
    """POST: a payment is taken back."""

    roles = TENANT_ADMINS

    @documented(request=None, responses=BillSerializer)
    def post(self, request: Request, id: str) -> Response:
        """Takes the payment of a bill back, on its own day; the bill is open again."""
        bill = self.find(Bill, id)
        reverse_payment(bill_id=bill.pk, actor=self.actor)
        return _told(bill)


def _told(bill: Bill) -> Response:
    return Response(BillSerializer(Bill.objects.select_related("vendor").get(pk=bill.pk)).data)


router = Router()
router.register("bills", BillViewSet, basename="bill")
routes = [
    route("bills/<str:id>/pay", PayBill),
    route("bills/<str:id>/reverse-payment", ReversePayment),
    *router.urls,
]
