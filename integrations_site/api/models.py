"""What the API remembers of requests."""

from typing import ClassVar, Self

from django.db import models

from integrations_site.tenancy.models import PublicId, Tenant, TenantManager, tenant_in_scope


class IdempotencyKey(PublicId):
    """A POST that was answered: the same key and request get the same answer for 24 hours."""

    id_kind = "idempotency"
    tenant = models.ForeignKey(
        Tenant, on_delete=models.CASCADE, related_name="+", null=True, default=tenant_in_scope, editable=False
    )
    caller = models.CharField(max_length=100)
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    headers = models.JSONField(default=dict)
    body = models.BinaryField()
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    objects: ClassVar[models.Manager[Self]] = TenantManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "caller", "key"], name="idempotency_key_once", nulls_distinct=False
            )
        ]

    def __str__(self) -> str:
        return self.key
