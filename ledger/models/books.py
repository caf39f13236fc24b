"""What postings write: bills, journal entries, and the posting itself."""

from django.db import models
from django.db.models import Q

from integrations_site.tenancy.models import TenantPart
from ledger.models.base import LedgerModel
from ledger.models.cases import Case, CaseKind
from ledger.models.fields import AmountField
from ledger.models.masters import Account, Purpose, Vendor


class System(models.TextChoices):
    """The three systems that a case is posted to."""

    INVENTORY = "inventory", "Inventory"
    AP = "ap", "Accounts payable"
    ACCOUNTING = "accounting", "Accounting"


class Posting(TenantPart):
    """A case in one system. At most one posting of a case and system is not reversed."""

    class Status(models.TextChoices):
        POSTED = "posted", "Posted"
        REVERSED = "reversed", "Reversed"

    id_kind = "posting"
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="postings")
    system = models.CharField(max_length=12, choices=System.choices)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.POSTED)
    result = models.JSONField()
    posted_by = models.CharField(max_length=100)
    posted_at = models.DateTimeField()
    reversed_by = models.CharField(max_length=100, blank=True)
    reversed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "system"], condition=Q(status="posted"), name="posting_once")
        ]

    def __str__(self) -> str:
        return f"{self.get_system_display()}, posting {self.public_id}"


class Bill(TenantPart):
    """What is owed to a vendor for one document; negative for a credit note.

    `amount` is in the document's currency, `base_amount` in the tenant's.
    """

    class Status(models.TextChoices):
        OPEN = "open", "Open"
        PAID = "paid", "Paid"
        VOID = "void", "Void"

    id_kind = "bill"
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="bills")
    posting = models.OneToOneField(Posting, on_delete=models.PROTECT, related_name="bill")
    vendor = models.ForeignKey(Vendor, on_delete=models.PROTECT, related_name="bills")
    kind = models.CharField(max_length=12, choices=CaseKind.choices)
    invoice_number = models.CharField(max_length=200)
    invoice_date = models.DateField()
    due_date = models.DateField()
    currency = models.CharField(max_length=3)
    amount = AmountField()
    base_amount = AmountField()
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.OPEN)
    paid_at = models.DateTimeField(null=True, blank=True)
    voided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "vendor", "invoice_number", "kind"], condition=~Q(status="void"), name="bill_once"
            )
        ]
        indexes = [models.Index(fields=["tenant", "status", "due_date"], name="bill_by_due_date")]

    def __str__(self) -> str:
        return f"{self.invoice_number} {self.amount} {self.currency}"


class BillLine(TenantPart):
    """A line of a bill, as the vendor wrote it; what is not in a line is its tax, prepayment or rounding."""

    id_kind = "billline"
    # The triggers `refers` and `keep` do for it what a foreign key of the database would do line by line.
    bill = models.ForeignKey(Bill, on_delete=models.PROTECT, related_name="lines", db_index=False, db_constraint=False)
    position = models.PositiveIntegerField()
    description = models.CharField(max_length=1000, blank=True)
    amount = AmountField()

    class Meta:
        ordering = ["bill", "position"]
        constraints = [models.UniqueConstraint(fields=["bill", "position"], name="bill_line_once")]

    def __str__(self) -> str:
        return f"{self.position}. {self.description}"


class JournalEntry(LedgerModel):
    """A posted entry in the tenant's currency: it balances, and is never edited or deleted, only reversed."""

    class Kind(models.TextChoices):
        CASE = "case", "Case"
        STOCK = "stock", "Stock"
        PAYMENT = "payment", "Payment"
        REVERSAL = "reversal", "Reversal"

    id_kind = "entry"
    number = models.BigIntegerField()
    date = models.DateField()
    kind = models.CharField(max_length=10, choices=Kind.choices)
    memo = models.CharField(max_length=500, blank=True)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, null=True, blank=True, related_name="entries")
    posting = models.ForeignKey(Posting, on_delete=models.PROTECT, null=True, blank=True, related_name="entries")
    reverses = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="reversals", db_index=False
    )
    posted_by = models.CharField(max_length=100)
    posted_at = models.DateTimeField()
    transaction = models.BigIntegerField(
        editable=False, help_text="The database transaction that wrote the entry; its lines must come from the same."
    )

    class Meta:
        verbose_name_plural = "journal entries"
        constraints = [
            models.UniqueConstraint(fields=["tenant", "number"], name="entry_number_once"),
            models.UniqueConstraint(
                fields=["reverses"], condition=Q(reverses__isnull=False), name="entry_reversed_once"
            ),
        ]
        indexes = [models.Index(fields=["tenant", "date"], name="entry_by_date")]

    def __str__(self) -> str:
        return f"#{self.number} {self.memo}"


class JournalLine(TenantPart):
    """One side of an entry: either a debit or a credit, never both, never negative, never zero."""

    id_kind = "journalline"
    # The trigger `complete` looks for the entries and accounts of a statement's lines. Entries are never deleted, and
    # `keep` refuses to delete an account with lines.
    entry = models.ForeignKey(
        JournalEntry, on_delete=models.PROTECT, related_name="lines", db_index=False, db_constraint=False
    )
    position = models.PositiveIntegerField()
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="journal_lines", db_constraint=False)
    purpose = models.CharField(max_length=20, choices=Purpose.choices, help_text="What the amount was booked for.")
    debit = AmountField(null=True, blank=True)
    credit = AmountField(null=True, blank=True)
    memo = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["entry", "position"]
        constraints = [
            models.UniqueConstraint(fields=["entry", "position"], name="journal_line_once"),
            models.CheckConstraint(
                condition=Q(debit__gt=0, credit__isnull=True) | Q(credit__gt=0, debit__isnull=True),
                name="journal_line_one_side",
            ),
        ]

    def __str__(self) -> str:
        return f"Line {self.position}"


class BillPayment(TenantPart):
    """A bill that was paid in full; a payment taken back is `reversed`."""

    id_kind = "payment"
    bill = models.ForeignKey(Bill, on_delete=models.PROTECT, related_name="payments")
    entry = models.OneToOneField(JournalEntry, on_delete=models.PROTECT, related_name="+")
    date = models.DateField()
    reversed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["bill"], condition=Q(reversed_at__isnull=True), name="payment_once")
        ]

    def __str__(self) -> str:
        return f"Payment of {self.date}"
