"""Vendors, the chart of accounts, and where lines are booked."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper

from ledger.models.base import LedgerModel
from ledger.models.fields import AmountField, PriceField


class Account(LedgerModel):
    """An account of the tenant's chart."""

    class Type(models.TextChoices):
        ASSET = "asset", "Asset"
        LIABILITY = "liability", "Liability"
        EQUITY = "equity", "Equity"
        INCOME = "income", "Income"
        EXPENSE = "expense", "Expense"

    id_kind = "account"
    code = models.CharField(max_length=20)
    name = models.CharField(max_length=200)
    type = models.CharField(max_length=10, choices=Type.choices)
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="children")
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["code"]
        constraints = [models.UniqueConstraint(fields=["tenant", "code"], name="account_code_once")]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class Vendor(LedgerModel):
    """A supplier that sends invoices. `balance` is what its open bills come to, in the tenant's currency."""

    id_kind = "vendor"
    code = models.CharField(max_length=50)
    name = models.CharField(max_length=200)
    tax_id = models.CharField("tax ID", max_length=50, blank=True)
    electronic_address = models.CharField(max_length=200, blank=True)
    email = models.EmailField(blank=True)
    terms_days = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Days until a bill is due; empty: the tenant's own."
    )
    default_account = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    is_confirmed = models.BooleanField(default=True)
    is_active = models.BooleanField(default=True)
    balance = AmountField(default=0, editable=False)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["tenant", "code"], name="vendor_code_once")]
        indexes = [
            models.Index(fields=["tenant", "tax_id"], name="vendor_by_tax_id"),
            models.Index(fields=["tenant", "electronic_address"], name="vendor_by_address"),
            models.Index(fields=["tenant", "name"], name="vendor_by_name"),
            models.Index("tenant", Upper("name"), name="vendor_by_any_name"),
        ]

    def __str__(self) -> str:
        return self.name


class Purpose(models.TextChoices):
    """What an account is used for when a case is booked."""

    INVENTORY = "inventory", "Stock"
    COGS = "cogs", "Cost of goods sold"
    EXPENSE = "expense", "Expense"
    TAX_RECOVERABLE = "tax_recoverable", "Tax that is claimed back"
    TAX_EXPENSE = "tax_expense", "Tax that is borne"
    PAYABLES = "payables", "Accounts payable"
    PREPAYMENTS = "prepayments", "Prepayments to vendors"
    ROUNDING = "rounding", "Rounding differences"
    OPENING = "opening", "Opening balances"
    BANK = "bank", "Bank"


class AccountMapping(LedgerModel):
    """Which account serves a purpose: for an item, for a vendor, for a line category, or for all (the default).

    The most specific rule wins: item, then vendor, then category, then default.
    """

    id_kind = "mapping"
    purpose = models.CharField(max_length=20, choices=Purpose.choices)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="mappings")
    item = models.ForeignKey(
        "ledger.InventoryItem", on_delete=models.CASCADE, null=True, blank=True, related_name="mappings", db_index=False
    )
    vendor = models.ForeignKey(
        Vendor, on_delete=models.CASCADE, null=True, blank=True, related_name="mappings", db_index=False
    )
    category = models.CharField(max_length=50, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "purpose", "item", "vendor", "category"], name="mapping_once", nulls_distinct=False
            ),
            models.CheckConstraint(
                condition=Q(item__isnull=True, vendor__isnull=True)
                | Q(item__isnull=True, category="")
                | Q(vendor__isnull=True, category=""),
                name="mapping_by_one_thing",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} → {self.account}"


class TaxRule(LedgerModel):
    """Whether tax of a category and rate is claimed back, and where it is booked. An empty rate means every rate."""

    id_kind = "taxrule"
    category = models.CharField(
        max_length=10, blank=True, help_text="UNCL 5305 code such as S, Z, E or AE; empty: every category."
    )
    rate = models.DecimalField(max_digits=7, decimal_places=4, null=True, blank=True)
    is_recoverable = models.BooleanField()
    account = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "category", "rate"], name="tax_rule_once", nulls_distinct=False)
        ]

    def __str__(self) -> str:
        return f"{self.category or 'any'} {self.rate if self.rate is not None else 'any rate'}"


class ExchangeRate(LedgerModel):
    """What one unit of a currency is worth in the tenant's currency, from a date on."""

    id_kind = "rate"
    currency = models.CharField(max_length=3)
    date = models.DateField()
    rate = PriceField()

    class Meta:
        ordering = ["currency", "-date"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "currency", "date"], name="exchange_rate_once"),
            models.CheckConstraint(condition=Q(rate__gt=0), name="exchange_rate_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.currency} {self.date}: {self.rate}"
