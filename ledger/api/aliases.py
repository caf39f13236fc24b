"""`/api/sku-aliases`: how vendors call our items, which rule wins, and both ways as CSV."""

from typing import Any

import django_filters
from django.http import StreamingHttpResponse
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from integrations_site.api.fields import PublicIdField, ReferenceField
from integrations_site.api.filters import FilterSet, FlagFilter, PublicIdFilter
from integrations_site.api.parsing import UploadParser
from integrations_site.api.permissions import TENANT_ADMINS
from integrations_site.api.routing import Router, route
from integrations_site.api.schema import documented
from integrations_site.api.serializers import StrictSerializer
from integrations_site.api.tables import csv_answer
from integrations_site.api.views import Creates, Deletes, HubView, Lists, Retrieves, TenantViewSet, Updates
from ledger.api.fields import LedgerSerializer, PlainTextField
from ledger.api.parsers import CSVParser, only_file
from ledger.models import SkuAlias, Vendor
from ledger.services import alias_files, sku_aliases
from ledger.services.sku_resolution import Rule, resolve_skus

_EXPECTED = (
    "Send a CSV file with the columns vendor_sku, internal_sku and vendor_code: as the part named file of a form "
    "(multipart/form-data), such as curl -F file=@aliases.csv, or as the body with Content-Type text/csv"
)


class AliasSerializer(LedgerSerializer):
    """What a vendor calls one of our items; with `vendor_id` null, what every vendor calls it."""

    vendor_id = ReferenceField(Vendor, source="vendor", required=False, allow_null=True)

    class Meta:
        model = SkuAlias
        fields = ("id", "vendor_sku", "internal_sku", "vendor_id", "created_at", "updated_at")
        validators: tuple[Any, ...] = ()


class AliasFilters(FilterSet):
    """What narrows the list of aliases."""

    vendor_sku = django_filters.CharFilter()
    internal_sku = django_filters.CharFilter()
    vendor_id = PublicIdFilter("vendor", field_name="vendor_id")
    is_global = FlagFilter(field_name="vendor", lookup_expr="isnull")

    class Meta:
        model = SkuAlias
        fields: tuple[str, ...] = ()


class AliasViewSet(Lists, Retrieves, Creates, Updates, Deletes, TenantViewSet):
    """Vendors' SKUs and ours."""

    model = SkuAlias
    serializer_class = AliasSerializer
    filterset_class = AliasFilters
    search_fields = ("vendor_sku", "internal_sku")
    sorting = {"vendor_sku": "vendor_sku", "internal_sku": "internal_sku", "createdAt": "created_at"}
    default_sorting = ("vendor_sku", "pk")
    write_roles = TENANT_ADMINS
    http_method_names = ["get", "post", "patch", "delete", "head", "options"]

    def create_object(self, data: Any) -> SkuAlias:
        """A new alias."""
        return sku_aliases.create_alias(**({"vendor": None} | data), actor=self.actor)

    def update_object(self, thing: SkuAlias, data: Any) -> SkuAlias:
        """Changes an alias."""
        return sku_aliases.update_alias(alias_id=thing.pk, changes=data, actor=self.actor)

    def delete_object(self, thing: SkuAlias) -> None:
        """Removes an alias."""
        sku_aliases.delete_alias(alias_id=thing.pk, actor=self.actor)


class ResolutionQuerySerializer(StrictSerializer):
    """Whose SKU is to be resolved."""

    vendor_sku = PlainTextField(max_length=100)
    vendor_id = ReferenceField(Vendor, source="vendor", required=False)


class ResolutionSerializer(serializers.Serializer[Any]):
    """What a vendor's SKU stands for, and the rule that said so; `item_id` is null while the item does not exist."""

    vendor_sku = serializers.CharField()
    internal_sku = serializers.CharField(allow_null=True)
    rule = serializers.ChoiceField(choices=[rule.value for rule in Rule])
    item_id = PublicIdField("item", source="item", allow_null=True)


class ResolveSku(HubView):
    """GET: which rule wins for a vendor's SKU."""

    query_parameters = ("vendor_sku", "vendor_id")

    @documented(parameters=[ResolutionQuerySerializer], responses=ResolutionSerializer, errors=[400, 404])
    def get(self, request: Request) -> Response:
        """What a SKU stands for: the vendor's alias, else a global alias, else the item of that SKU, else nothing."""
        query = ResolutionQuerySerializer(data=request.query_params.dict())
        query.is_valid(raise_exception=True)
        sku, vendor = query.validated_data["vendor_sku"], query.validated_data.get("vendor")
        found = resolve_skus(vendor_id=vendor.pk if vendor else None, vendor_skus=[sku])
        return Response(ResolutionSerializer(found[sku]).data)


class ImportedAliasesSerializer(serializers.Serializer[Any]):
    """What a file has done."""

    created = serializers.IntegerField()
    updated = serializers.IntegerField()
    unchanged = serializers.IntegerField()


class ImportAliases(HubView):
    """POST: aliases from a CSV file."""

    roles = TENANT_ADMINS
    parser_classes = [CSVParser, UploadParser]

    @documented(request={"text/csv": bytes}, responses=ImportedAliasesSerializer, errors=[422])
    def post(self, request: Request) -> Response:
        """Takes in a CSV file with the columns vendor_sku, internal_sku and vendor_code: all of it, or nothing."""
        content = only_file(request, expected=_EXPECTED).content
        done = alias_files.import_aliases(content=content, actor=self.actor)
        return Response(ImportedAliasesSerializer(done).data)


class ExportAliases(HubView):
    """GET: every alias as CSV."""

    @documented(responses={(200, "text/csv"): str})
    def get(self, request: Request) -> StreamingHttpResponse:
        """Every alias as a CSV file that can be imported again; a cell that would be a formula is neutralised."""
        return csv_answer(alias_files.export_aliases(), filename="sku-aliases.csv")


router = Router()
router.register("sku-aliases", AliasViewSet, basename="sku-alias")
routes = [
    route("sku-aliases/resolve", ResolveSku),
    route("sku-aliases/import", ImportAliases),
    route("sku-aliases/export", ExportAliases),
    *router.urls,
]
