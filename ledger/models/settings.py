"""How a tenant wants its ledger run."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from ledger.models.base import LedgerModel
from ledger.models.fields import AmountField


class LedgerSettings(LedgerModel):
    """One row per tenant, made with its books."""

    class UnknownSku(models.TextChoices):
        REJECT = "reject", "Fail the posting"
        CREATE = "create", "Create the item"

    class UnknownVendor(models.TextChoices):
        CREATE = "create", "Create it, unconfirmed"
        REFUSE = "refuse", "Refuse the invoice"

    class Costing(models.TextChoices):
        AVERAGE = "average", "Weighted average cost"
        LAST = "last", "Last purchase cost"

    class OnFailure(models.TextChoices):
        ROLLBACK = "rollback", "Roll back what was posted"
        KEEP = "keep", "Keep what was posted"
        REVIEW = "review", "Keep it and ask a person"

    id_kind = "settings"
    currency = models.CharField(max_length=3, default="USD")
    unknown_sku = models.CharField("unknown SKU", max_length=10, choices=UnknownSku.choices, default=UnknownSku.REJECT)
    unknown_vendor = models.CharField(max_length=10, choices=UnknownVendor.choices, default=UnknownVendor.CREATE)
    costing = models.CharField(max_length=10, choices=Costing.choices, default=Costing.AVERAGE)
    auto_enabled = models.BooleanField(default=False)
    auto_systems = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    auto_on_failure = models.CharField(max_length=10, choices=OnFailure.choices, default=OnFailure.ROLLBACK)
    four_eyes = models.BooleanField(default=True, help_text="Whoever submitted a case may not approve it.")
    approval_limit = AmountField(null=True, blank=True, help_text="Above it only a tenant admin may approve.")
    locked_until = models.DateField(null=True, blank=True, help_text="Nothing is booked on or before this day.")
    tax_recoverable = models.BooleanField(default=False)
    terms_days = models.PositiveSmallIntegerField(default=30)
    journal_count = models.BigIntegerField(default=0, editable=False)

    class Meta:
        verbose_name_plural = "ledger settings"
        constraints = [
            models.UniqueConstraint(fields=["tenant"], name="settings_once"),
            models.CheckConstraint(
                condition=Q(approval_limit__isnull=True) | Q(approval_limit__gte=0), name="limit_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return "Ledger settings"
