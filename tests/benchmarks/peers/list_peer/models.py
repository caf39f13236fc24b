"""A case as a plain Django model."""

import uuid

from django.db import models


class Case(models.Model):
    """The columns of the hub's case that its list shows."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    kind = models.CharField(max_length=12)
    status = models.CharField(max_length=20)
    invoice_number = models.CharField(max_length=200)
    invoice_date = models.DateField()
    due_date = models.DateField(null=True)
    vendor_id = models.UUIDField()
    vendor_name = models.CharField(max_length=200)
    currency = models.CharField(max_length=3)
    subtotal = models.DecimalField(max_digits=18, decimal_places=3)
    tax = models.DecimalField(max_digits=18, decimal_places=3)
    total = models.DecimalField(max_digits=18, decimal_places=3)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["-created_at"], name="peer_case_by_time")]

    def __str__(self) -> str:
        return self.invoice_number
