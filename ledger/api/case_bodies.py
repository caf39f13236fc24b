"""Cases as callers write and read them."""

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from integrations_site.api.fields import CurrencyField, MoneyField, PublicIdField
from integrations_site.api.serializers import StrictSerializer
from ledger.api.fields import LedgerSerializer, PlainTextField, RateField
from ledger.models import Case, CaseTax, LineItem, Posting
from ledger.services.case_amounts import refuse_too_many_lines
from ledger.types import CaseInput, LineInput, TaxInput

_SUMMARY = (
    "id", "kind", "status", "invoice_number", "invoice_date", "due_date", "vendor_id", "vendor_name", "currency",
    "subtotal", "tax", "total", "prepaid", "rounding", "payable", "source", "submitted_by", "submitted_at",
    "approved_by", "approved_at", "created_at", "updated_at",
)  # fmt: skip
_MORE = (
    "buyer_reference", "order_reference", "preceding_invoice", "exchange_rate", "systems", "differences",
    "rejection_reason", "review", "line_items", "taxes",
)  # fmt: skip
_COMPUTED = (
    "status", "source", "submitted_by", "submitted_at", "approved_by", "approved_at", "exchange_rate",
    "rejection_reason",
)  # fmt: skip
_LINE = (
    "kind", "sku", "description", "quantity", "unit_code", "unit_price", "line_total", "tax_category", "tax_rate",
    "category", "internal_sku",
)  # fmt: skip


class LineItemSerializer(LedgerSerializer):
    """A line. `internal_sku` is what the SKU was resolved to when the case was posted to stock."""

    tax_rate = RateField(required=False, allow_null=True)

    class Meta:
        model = LineItem
        fields = _LINE
        read_only_fields = ("internal_sku",)


class CaseTaxSerializer(LedgerSerializer):
    """The tax of one category and rate."""

    rate = RateField(required=False, allow_null=True)

    class Meta:
        model = CaseTax
        fields = ("category", "rate", "taxable", "amount")
        validators: tuple[Any, ...] = ()


class DifferenceSerializer(serializers.Serializer[Any]):
    """Something in an imported document that does not add up, or that a person should know."""

    code = serializers.CharField(help_text="The rule of EN 16931 that is broken, such as BR-CO-15.")
    message = serializers.CharField()
    terms = serializers.ListField(child=serializers.CharField())
    line_id = serializers.CharField(allow_null=True)
    expected = MoneyField(allow_null=True)
    found = MoneyField(allow_null=True)
    difference = MoneyField(allow_null=True)


class ReviewSerializer(serializers.Serializer[Any]):
    """Why a case needs a person: which system refused it, the error, what that person can do, and since when."""

    system = serializers.CharField()
    code = serializers.CharField()
    message = serializers.CharField()
    next_step = serializers.CharField()
    since = serializers.CharField()


class CaseSummarySerializer(LedgerSerializer):
    """A case in a list, without its lines."""

    vendor_id = PublicIdField("vendor")
    vendor_name = serializers.CharField(source="vendor.name", read_only=True)
    currency = CurrencyField()

    class Meta:
        model = Case
        fields: tuple[str, ...] = _SUMMARY
        read_only_fields = _COMPUTED
        validators: tuple[Any, ...] = ()


class CaseSerializer(CaseSummarySerializer):
    """A case.

    Without `payable` it is the total less `prepaid` plus `rounding`; without `taxes` they follow from the lines' rates.
    """

    payable = MoneyField(required=False, allow_null=True)
    line_items = LineItemSerializer(many=True)
    taxes = CaseTaxSerializer(many=True, required=False)
    systems = serializers.SerializerMethodField(help_text="The systems that hold the case.")
    differences = DifferenceSerializer(many=True, read_only=True)
    review = ReviewSerializer(read_only=True, allow_null=True)

    class Meta(CaseSummarySerializer.Meta):
        fields = (*_SUMMARY, *_MORE)

    def get_systems(self, case: Case) -> list[str]:
        """The systems that hold the case."""
        return sorted(each.system for each in case.postings.all() if each.status == Posting.Status.POSTED)

    def to_internal_value(self, data: Any) -> Any:
        """The values; too many lines are refused before each is looked at."""
        if isinstance(data, Mapping) and isinstance(data.get("line_items"), list):
            refuse_too_many_lines(len(data["line_items"]))
        return super().to_internal_value(data)


class CaseChangesSerializer(CaseSerializer):
    """What may be changed of a draft; lines and taxes are replaced as a whole."""

    def get_fields(self) -> dict[str, Any]:
        """The same fields; none has to be there."""
        found = super().get_fields()
        for field in found.values():
            field.required = False
        return found


class RejectionSerializer(StrictSerializer):
    """Why a case is sent back."""

    reason = PlainTextField(max_length=1000)


def changes_of(values: Mapping[str, Any]) -> dict[str, Any]:
    """Validated values as fields of CaseInput."""
    found = dict(values)
    if "line_items" in found:
        found["lines"] = tuple(LineInput(**line) for line in found.pop("line_items"))
    if "taxes" in found:
        found["taxes"] = tuple(TaxInput(**tax) for tax in found["taxes"])
    return found


def case_input_of(values: Mapping[str, Any]) -> CaseInput:
    """Validated values as what a case is made of."""
    return CaseInput(**changes_of(values))
