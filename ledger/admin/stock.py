"""Stock: items, their movements, and what vendors call them."""

from django.contrib import admin

from integrations_site.audit.modeladmin import BY_TENANT, ReadOnlyAdmin
from ledger.admin.figures import InBooksCurrency, amount, number
from ledger.models import InventoryItem, SkuAlias, StockMovement


@admin.register(InventoryItem)
class InventoryItemAdmin(InBooksCurrency, ReadOnlyAdmin):
    """Items in stock."""

    list_display = (
        *("sku", "description", "tenant", "quantity_figure", "value_figure", "average_cost_figure"),
        *("last_cost_figure", "is_active"),
    )
    empty_hint = "An item is made when a case is posted to stock, or by POST /api/inventory-items."
    quantity_figure = number("quantity")
    value_figure = amount("value")
    average_cost_figure = number("average_cost", is_column=False)
    last_cost_figure = number("last_cost")
    list_filter = (BY_TENANT, "is_active")
    list_select_related = ("tenant",)
    search_fields = ("^sku", "description")


@admin.register(StockMovement)
class StockMovementAdmin(InBooksCurrency, ReadOnlyAdmin):
    """Every change of stock, newest first."""

    list_display = (
        *("item", "number", "kind", "quantity_figure", "value_figure", "unit_cost_figure", "date"),
        *("reason", "tenant"),
    )
    empty_hint = "Stock moves when cases are posted to it, and by POST /api/inventory-items/{id}/adjust."
    quantity_figure = number("quantity")
    value_figure = amount("value")
    unit_cost_figure = number("unit_cost")
    list_filter = (BY_TENANT, "kind")
    list_select_related = ("tenant", "item")
    ordering = ("-id",)
    search_fields = ("=item__sku",)


@admin.register(SkuAlias)
class SkuAliasAdmin(ReadOnlyAdmin):
    """What vendors call our items."""

    list_display = ("vendor_sku", "internal_sku", "vendor", "tenant")
    list_filter = (BY_TENANT,)
    list_select_related = ("tenant", "vendor")
    ordering = ("-id",)
    search_fields = ("=vendor_sku", "=internal_sku")
