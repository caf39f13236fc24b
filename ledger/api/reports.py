"""Reports: trial balance, stock valuation, open bills, and whether they agree."""

from decimal import Decimal
from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from integrations_site.api.fields import MoneyField, PriceField, QuantityField
from integrations_site.api.pagination import PARAMETERS, Window
from integrations_site.api.parameters import day
from integrations_site.api.routing import route
from integrations_site.api.schema import documented
from integrations_site.api.views import HubView
from ledger.services.reports.open_bills import open_bills
from ledger.services.reports.reconciliation import reconcile
from ledger.services.reports.stock_valuation import stock_valuation
from ledger.services.reports.trial_balance import trial_balance

AS_OF = OpenApiParameter("as_of", str, description="A day, YYYY-MM-DD; left out: today.")
_PAGE = [OpenApiParameter("limit", int, description="1 to 100"), OpenApiParameter("offset", int)]


class AccountBalanceSerializer(serializers.Serializer[Any]):
    """An account; a debit balance is positive."""

    code = serializers.CharField()
    name = serializers.CharField()
    type = serializers.CharField()
    debit = MoneyField()
    credit = MoneyField()
    balance = MoneyField()


class TrialBalanceSerializer(serializers.Serializer[Any]):
    """Every account that was booked on."""

    as_of = serializers.DateField()
    currency = serializers.CharField()
    accounts = AccountBalanceSerializer(many=True)
    total_debits = MoneyField(source="debits")
    total_credits = MoneyField(source="credits")
    difference = serializers.SerializerMethodField()
    balanced = serializers.SerializerMethodField()

    @extend_schema_field(MoneyField())
    def get_difference(self, report: Any) -> Decimal:
        """Debits less credits: 0."""
        return MoneyField().to_representation(report.debits - report.credits)

    def get_balanced(self, report: Any) -> bool:
        """Whether debits and credits come to the same."""
        return bool(report.debits == report.credits)


class TrialBalance(HubView):
    """GET: the trial balance."""

    query_parameters = ("as_of",)

    @documented(responses=TrialBalanceSerializer, parameters=[AS_OF], errors=[400])
    def get(self, request: Request) -> Response:
        """What was booked on each account up to a day."""
        return Response(TrialBalanceSerializer(trial_balance(as_of=day(request.query_params, "as_of"))).data)


class ValuedItemSerializer(serializers.Serializer[Any]):
    """An item in stock."""

    sku = serializers.CharField()
    description = serializers.CharField()
    quantity = QuantityField()
    average_cost = PriceField(allow_null=True)
    value = MoneyField()


class ReportPageSerializer(serializers.Serializer[Any]):
    """What pages of reports have in common."""

    as_of = serializers.DateField()
    currency = serializers.CharField()
    total = serializers.IntegerField()
    limit = serializers.IntegerField()
    offset = serializers.IntegerField()
    hasMore = serializers.BooleanField()
    nextOffset = serializers.IntegerField(allow_null=True)


class StockValuationSerializer(ReportPageSerializer):
    """A page of the stock, and the value of all of it."""

    total_value = MoneyField()
    items = ValuedItemSerializer(many=True)


class StockValuation(HubView):
    """GET: the value of the stock."""

    query_parameters = ("as_of", *PARAMETERS)

    @documented(responses=StockValuationSerializer, parameters=[AS_OF, *_PAGE], errors=[400])
    def get(self, request: Request) -> Response:
        """What is in stock on a day, and what it has cost."""
        window = Window(request.query_params)
        report = stock_valuation(as_of=day(request.query_params, "as_of"), limit=window.limit, offset=window.offset)
        items = ValuedItemSerializer([item.body() for item in report.items], many=True).data
        head = {"as_of": report.as_of, "currency": report.currency}
        total = {"total_value": MoneyField().to_representation(report.total_value)}
        return Response(head | total | window.envelope(items, report.total))


class OpenBillSerializer(serializers.Serializer[Any]):
    """A bill that is to be paid; negative for a credit note."""

    id = serializers.CharField()
    case_id = serializers.CharField()
    vendor_id = serializers.CharField()
    vendor_name = serializers.CharField()
    kind = serializers.CharField()
    invoice_number = serializers.CharField()
    invoice_date = serializers.DateField()
    due_date = serializers.DateField()
    days_overdue = serializers.IntegerField()
    currency = serializers.CharField()
    amount = MoneyField()
    base_amount = MoneyField()


class OpenBillsSerializer(ReportPageSerializer):
    """A page of the open bills, and what all of them come to in the books' currency."""

    total_amount = MoneyField()
    items = OpenBillSerializer(many=True)


class OpenBills(HubView):
    """GET: what is owed to vendors."""

    query_parameters = ("as_of", *PARAMETERS)

    @documented(responses=OpenBillsSerializer, parameters=[AS_OF, *_PAGE], errors=[400])
    def get(self, request: Request) -> Response:
        """The bills that were open on a day, by due date."""
        window = Window(request.query_params)
        report = open_bills(as_of=day(request.query_params, "as_of"), limit=window.limit, offset=window.offset)
        items = OpenBillSerializer([bill.body(report.as_of) for bill in report.items], many=True).data
        head = {"as_of": report.as_of, "currency": report.currency}
        total = {"total_amount": MoneyField().to_representation(report.total_amount)}
        return Response(head | total | window.envelope(items, report.total))


class AgreementSerializer(serializers.Serializer[Any]):
    """An account of the books beside what it stands for, and the cases that make a difference."""

    account = MoneyField()
    open_bills = MoneyField(required=False)
    vendor_balances = MoneyField(required=False)
    valuation = MoneyField(required=False)
    item_values = MoneyField(required=False)
    difference = MoneyField()
    agrees = serializers.BooleanField()
    causes = serializers.ListField(child=serializers.DictField(), help_text="At most 100.")
    causes_total = serializers.IntegerField()


class ReconciliationSerializer(serializers.Serializer[Any]):
    """Payables against open bills and vendor balances, stock against its valuation."""

    as_of = serializers.DateField(allow_null=True)
    currency = serializers.CharField()
    agrees = serializers.BooleanField()
    payables = AgreementSerializer()
    stock = AgreementSerializer()


class Reconciliation(HubView):
    """GET: whether the books agree with bills and stock."""

    query_parameters = ("as_of",)

    @documented(responses=ReconciliationSerializer, parameters=[AS_OF], errors=[400])
    def get(self, request: Request) -> Response:
        """Compares; without a day all that was ever booked, vendors' balances and items' values included."""
        return Response(ReconciliationSerializer(reconcile(as_of=day(request.query_params, "as_of")).body()).data)


routes = [
    route("trial-balance", TrialBalance),
    route("stock-valuation", StockValuation),
    route("open-bills", OpenBills),
    route("reconciliation", Reconciliation),
]
