"""The audit trail: one hash chain per tenant, and one for what concerns no tenant."""

from typing import ClassVar, Self

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models

from integrations_site.kernel import ids
from integrations_site.tenancy.models import PublicId, Tenant, TenantManager, tenant_in_scope


class AuditEntry(PublicId):
    """One thing that somebody did, or one row change that no code announced.

    `number`, `previous_hash` and `hash` are set by the database when the transaction commits, and never again;
    nothing else of an entry can ever be changed. That its tenant exists is known from the head of its chain; a tenant's
    first entry announces that it is made.
    """

    id_kind = "audit"
    tenant = models.ForeignKey(
        Tenant,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        default=tenant_in_scope,
        editable=False,
        db_index=False,
        db_constraint=False,
    )
    action = models.CharField(max_length=100)
    actor = models.CharField(max_length=100)
    actor_label = models.CharField(max_length=254, blank=True)
    subject = models.CharField(max_length=100, blank=True)
    data = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    request_id = models.CharField(max_length=64, blank=True)
    at = models.DateTimeField()
    number = models.BigIntegerField(null=True, editable=False)
    previous_hash = models.CharField(max_length=64, null=True, editable=False)  # noqa: DJ001 - NULL until sealed
    hash = models.CharField(max_length=64, null=True, editable=False)  # noqa: DJ001 - NULL until sealed

    objects: ClassVar[models.Manager[Self]] = TenantManager()

    class Meta:
        verbose_name_plural = "audit entries"
        ordering = ["-at", "-id"]
        constraints = [models.CheckConstraint(condition=~models.Q(tenant=ids.NIL), name="audit_entry_not_of_nil")]
        indexes = [
            models.Index(fields=["tenant", "-number"], name="audit_by_number"),
            models.Index(fields=["tenant", "-at", "-id"], name="audit_by_time"),
            models.Index(fields=["tenant", "subject", "-at", "-id"], name="audit_by_subject_and_time"),
            models.Index(fields=["tenant", "action", "-at", "-id"], name="audit_by_action_and_time"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.subject}"


class AuditHead(models.Model):
    """The end of a chain: how long it is and what its last hash is. Kept by the database."""

    chain = models.UUIDField(primary_key=True)
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", null=True, db_index=False)
    number = models.BigIntegerField(default=0)
    hash = models.CharField(max_length=64)

    objects: ClassVar[models.Manager[Self]] = TenantManager()

    def __str__(self) -> str:
        return f"Chain at entry {self.number}"
