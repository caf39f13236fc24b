"""Stock: items, their movements, and what vendors call them."""

from django.contrib import admin

from integrations_site.audit.modeladmin import BY_TENANT, ReadOnlyAdmin
from ledger.models import InventoryItem, SkuAlias, StockMovement


@admin.register(InventoryItem)
class InventoryItemAdmin(ReadOnlyAdmin):
    """Items in stock."""

    list_display = ("sku", "description", "tenant", "quantity", "value", "average_cost", "last_cost", "is_active")
    list_filter = (BY_TENANT, "is_active")
    list_select_related = ("tenant",)
    search_fields = ("^sku", "description")


@admin.register(StockMovement)
class StockMovementAdmin(ReadOnlyAdmin):
    """Every change of stock, newest first."""

    list_display = ("public_id", "item", "number", "kind", "quantity", "value", "unit_cost", "date", "tenant")
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
