"""`/api/inventory-items`."""

from decimal import Decimal
from typing import Any

import django_filters
from django.utils.functional import cached_property
from rest_framework.request import Request
from rest_framework.response import Response

from integrations_site.api.fields import MoneyField, PriceField, QuantityField
from integrations_site.api.filters import FilterSet, FlagFilter
from integrations_site.api.permissions import TENANT_ADMINS
from integrations_site.api.routing import Router
from integrations_site.api.schema import documented
from integrations_site.api.views import Creates, Lists, Retrieves, TenantViewSet
from ledger.api.fields import LedgerSerializer
from ledger.models import InventoryItem
from ledger.services import items
from ledger.services.ledger_settings import current_settings


class UnitCostField(PriceField):
    """What one unit costs, by the tenant's costing."""

    @cached_property
    def costing(self) -> str:
        """The tenant's way of costing, read once for a whole list."""
        return current_settings().costing

    def get_attribute(self, instance: InventoryItem) -> Decimal:
        """The cost of the item."""
        return items.unit_cost(instance, self.costing)


class ItemSerializer(LedgerSerializer):
    """An item. `value` is what its stock cost; `unit_cost` is on average or of the last purchase, by setting `costing`.

    A new item's `quantity` and `unit_cost` are its opening stock; later they change by postings and movements only.
    """

    quantity = QuantityField(required=False, min_value=0)
    unit_cost = UnitCostField(required=False, min_value=0)
    value = MoneyField(read_only=True)

    class Meta:
        model = InventoryItem
        fields = ("id", "sku", "description", "quantity", "unit_cost", "value", "is_active", "created_at", "updated_at")
        read_only_fields = ("is_active",)
        validators: tuple[Any, ...] = ()


class ItemChangesSerializer(LedgerSerializer):
    """What may be changed of an item by hand."""

    class Meta:
        model = InventoryItem
        fields = ("description", "is_active")


class ItemFilters(FilterSet):
    """What narrows the list of items."""

    sku = django_filters.CharFilter()
    is_active = FlagFilter()
    in_stock = FlagFilter(field_name="quantity", lookup_expr="gt", method="only_in_stock")

    class Meta:
        model = InventoryItem
        fields: tuple[str, ...] = ()

    def only_in_stock(self, queryset: Any, name: str, value: bool) -> Any:
        """Items that are there, or that are not."""
        return queryset.filter(quantity__gt=0) if value else queryset.filter(quantity=0)


class ItemViewSet(Lists, Retrieves, Creates, TenantViewSet):
    """What is in stock."""

    model = InventoryItem
    serializer_class = ItemSerializer
    filterset_class = ItemFilters
    search_fields = ("sku", "description")
    sorting = {"sku": "sku", "quantity": "quantity", "value": "value", "createdAt": "created_at"}
    default_sorting = ("sku", "pk")
    write_roles = TENANT_ADMINS
    http_method_names = ["get", "post", "patch", "head", "options"]

    def create_object(self, data: Any) -> InventoryItem:
        """A new item with its opening stock."""
        return items.create_item(**data, actor=self.actor)

    @documented(request=ItemChangesSerializer, responses=ItemSerializer)
    def partial_update(self, request: Request, id: str) -> Response:
        """Changes an item's description, or whether it is active."""
        item = self.get_object()
        body = ItemChangesSerializer(item, data=request.data, partial=True)
        body.is_valid(raise_exception=True)
        changed = items.update_item(item_id=item.pk, changes=body.validated_data, actor=self.actor)
        return Response(ItemSerializer(changed).data)


router = Router()
router.register("inventory-items", ItemViewSet, basename="inventory-item")
routes = router.urls
