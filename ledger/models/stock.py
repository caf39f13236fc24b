"""Stock: items, how vendors call them, and every movement."""

from decimal import Decimal

from django.db import models
from django.db.models import Q

from integrations_site.tenancy.models import TenantPart
from ledger.models.base import LedgerModel
from ledger.models.fields import AmountField, PriceField, QuantityField
from ledger.models.masters import Vendor


class SkuAlias(LedgerModel):
    """A vendor's name for one of our items; without a vendor it holds for all of them."""

    id_kind = "alias"
    vendor_sku = models.CharField("vendor SKU", max_length=100)
    internal_sku = models.CharField("internal SKU", max_length=100)
    vendor = models.ForeignKey(
        Vendor, on_delete=models.CASCADE, null=True, blank=True, related_name="aliases", db_index=False
    )

    class Meta:
        verbose_name, verbose_name_plural = "SKU alias", "SKU aliases"
        constraints = [
            models.UniqueConstraint(fields=["tenant", "vendor_sku", "vendor"], name="alias_once", nulls_distinct=False)
        ]

    def __str__(self) -> str:
        return f"{self.vendor_sku} → {self.internal_sku}"


class InventoryItem(LedgerModel):
    """An item in stock. `quantity` and `value` are the sums of its movements; `value` is in the tenant's currency."""

    id_kind = "item"
    sku = models.CharField("SKU", max_length=100)
    description = models.CharField(max_length=500, blank=True)
    quantity = QuantityField(default=0, editable=False)
    value = AmountField(default=0, editable=False)
    last_cost = PriceField(default=0, editable=False)
    movement_count = models.BigIntegerField(default=0, editable=False)
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["sku"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "sku"], name="item_sku_once"),
            models.CheckConstraint(condition=Q(quantity__gte=0), name="item_quantity_not_negative"),
            models.CheckConstraint(condition=Q(value__gte=0), name="item_value_not_negative"),
        ]

    def __str__(self) -> str:
        return self.sku

    @property
    def average_cost(self) -> Decimal:
        """What one unit in stock has cost on average; 0 where there is none."""
        if not self.quantity:
            return Decimal(0)
        return Decimal(self.value / self.quantity).quantize(Decimal("0.00000001"))


class StockMovement(TenantPart):
    """A change of an item's stock; never edited or deleted. Going out, quantity and value are negative.

    `number` counts the item's movements, so that "after" has a meaning between movements of one item.
    """

    class Kind(models.TextChoices):
        OPENING = "opening", "Opening stock"
        PURCHASE = "purchase", "Purchase"
        RETURN = "return", "Return to the vendor"
        ISSUE = "issue", "Used or sold, at average cost"
        ADJUSTMENT = "adjustment", "Stock count"
        REVERSAL = "reversal", "Reversal"

    id_kind = "movement"
    # Here and below: the trigger `refers` looks for what a statement's rows refer to, `keep` refuses to delete it.
    item = models.ForeignKey(
        InventoryItem, on_delete=models.PROTECT, related_name="movements", db_index=False, db_constraint=False
    )
    number = models.BigIntegerField()
    kind = models.CharField(max_length=12, choices=Kind.choices)
    quantity = QuantityField()
    value = AmountField()
    unit_cost = PriceField()
    posting = models.ForeignKey(
        "ledger.Posting",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="movements",
        db_constraint=False,
    )
    reverses = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="reversals", db_index=False
    )
    date = models.DateField()
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["item", "number"]
        constraints = [
            models.UniqueConstraint(fields=["item", "number"], name="movement_number_once"),
            models.UniqueConstraint(
                fields=["reverses"], condition=Q(reverses__isnull=False), name="movement_reversed_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.quantity}"
