"""Cases: vendor invoices and credit notes on their way into the books."""

from django.db import models
from django.db.models import Q

from integrations_site.files.models import StoredFile
from integrations_site.tenancy.models import Tenant, TenantPart
from ledger.models.base import LedgerModel
from ledger.models.fields import AmountField, PriceField, QuantityField
from ledger.models.masters import Vendor
from ledger.models.stock import InventoryItem


class CaseKind(models.TextChoices):
    """Whether money is asked for or given back."""

    INVOICE = "invoice", "Invoice"
    CREDIT_NOTE = "credit_note", "Credit note"


class CaseStatus(models.TextChoices):
    """Where a case stands; `ledger.services.transitions` says what may follow what."""

    DRAFT = "draft", "Draft"
    PENDING_APPROVAL = "pending_approval", "Waiting for approval"
    APPROVED = "approved", "Approved"
    INTEGRATED = "integrated", "Integrated"
    REJECTED = "rejected", "Rejected"
    NEEDS_REVIEW = "needs_review", "Needs a person"
    ROLLED_BACK = "rolled_back", "Rolled back"


class Case(LedgerModel):
    """One vendor document. Amounts are in its own currency and positive for invoices and credit notes alike.

    `subtotal` is without tax, `total` with it; `payable` is the total less what was prepaid, plus rounding.
    """

    id_kind = "case"
    kind = models.CharField(max_length=12, choices=CaseKind.choices, default=CaseKind.INVOICE)
    status = models.CharField(max_length=20, choices=CaseStatus.choices, default=CaseStatus.DRAFT)
    invoice_number = models.CharField(max_length=200)
    invoice_date = models.DateField()
    due_date = models.DateField(null=True, blank=True)
    vendor = models.ForeignKey(Vendor, on_delete=models.PROTECT, related_name="cases")
    currency = models.CharField(max_length=3)
    subtotal = AmountField()
    tax = AmountField()
    total = AmountField()
    prepaid = AmountField(default=0)
    rounding = AmountField(default=0)
    payable = AmountField()
    exchange_rate = PriceField(null=True, blank=True, help_text="Frozen at the first posting.")
    buyer_reference = models.CharField(max_length=200, blank=True)
    order_reference = models.CharField(max_length=200, blank=True)
    preceding_invoice = models.CharField(max_length=200, blank=True)
    source = models.CharField(max_length=20, default="api")
    source_sha256 = models.CharField("source SHA-256", max_length=64, blank=True)
    differences = models.JSONField(default=list, blank=True, help_text="What does not add up in the document.")
    submitted_by = models.CharField(max_length=100, blank=True)
    submitted_at = models.DateTimeField(null=True, blank=True)
    approved_by = models.CharField(max_length=100, blank=True)
    approved_at = models.DateTimeField(null=True, blank=True)
    rejection_reason = models.CharField(max_length=1000, blank=True)
    review = models.JSONField(null=True, blank=True, help_text="Code, cause and next step of what needs a person.")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "source_sha256"], condition=~Q(source_sha256=""), name="case_file_once"
            )
        ]
        indexes = [
            models.Index(fields=["tenant", "-created_at", "-id"], name="case_by_time"),
            models.Index(fields=["tenant", "status", "-created_at", "-id"], name="case_by_status"),
            models.Index(fields=["tenant", "vendor", "invoice_number"], name="case_by_number"),
        ]

    def __str__(self) -> str:
        return self.invoice_number


class LineItem(TenantPart):
    """A line of a case, or an allowance or charge on the whole document; allowances are negative.

    The lines' totals add up to the case's subtotal.
    """

    class Kind(models.TextChoices):
        ITEM = "item", "Item"
        ALLOWANCE = "allowance", "Allowance"
        CHARGE = "charge", "Charge"

    id_kind = "line"
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="line_items", db_index=False)
    position = models.PositiveIntegerField()
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.ITEM)
    sku = models.CharField("SKU", max_length=100, blank=True)
    description = models.CharField(max_length=1000, blank=True)
    quantity = QuantityField()
    unit_code = models.CharField(max_length=10, blank=True)
    unit_price = PriceField()
    line_total = AmountField()
    tax_category = models.CharField(max_length=10, blank=True)
    tax_rate = models.DecimalField(max_digits=7, decimal_places=4, null=True, blank=True)
    category = models.CharField(
        max_length=50, blank=True, help_text="inventory, cogs, expense or a category of the mapping."
    )
    internal_sku = models.CharField("internal SKU", max_length=100, blank=True)
    # Without an index, so that posting a line touches none. The movement of a posted line keeps its item from going.
    item = models.ForeignKey(
        InventoryItem,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )

    class Meta:
        ordering = ["case", "position"]
        constraints = [models.UniqueConstraint(fields=["case", "position"], name="line_position_once")]

    def __str__(self) -> str:
        return f"{self.position}. {self.description}"


class CaseTax(TenantPart):
    """The tax of one category and rate on a case."""

    id_kind = "casetax"
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="taxes", db_index=False)
    category = models.CharField(max_length=10, blank=True)
    rate = models.DecimalField(max_digits=7, decimal_places=4, null=True, blank=True)
    taxable = AmountField()
    amount = AmountField()

    class Meta:
        verbose_name_plural = "case taxes"
        constraints = [
            models.UniqueConstraint(fields=["case", "category", "rate"], name="case_tax_once", nulls_distinct=False)
        ]

    def __str__(self) -> str:
        return f"{self.category} {self.rate}: {self.amount}"


class Artifact(TenantPart):
    """A file that belongs to a case: the original document, or something attached to it."""

    class Kind(models.TextChoices):
        ORIGINAL = "original", "Original document"
        ATTACHMENT = "attachment", "Attachment"

    id_kind = "artifact"
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="artifacts")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=12, choices=Kind.choices)

    def __str__(self) -> str:
        return f"{self.kind} of {self.case_id}"


class CaseCount(models.Model):
    """How many cases of each status a tenant has; kept by a trigger, so that lists need not count."""

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", db_index=False)
    status = models.CharField(max_length=20)
    total = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "status"], name="case_count_once")]

    def __str__(self) -> str:
        return f"{self.status}: {self.total}"
