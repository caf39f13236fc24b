"""What syncs bring: records, those that did not fit, and what changed in their form."""

from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import Q

from connections.models.integrations import Connection, Integration
from connections.models.syncs import SyncStep
from integrations_site.tenancy.models import TenantPart, User


class Record(TenantPart):
    """A thing at the vendor as it was last seen: `raw` as sent, byte by byte, `data` in the hub's own shape.

    `hash` is of `raw` and of the mapping that made `data`. What is deleted at the vendor is kept as a tombstone.
    `search` holds the words, each with its tenant's mark, so that one index keeps tenants apart (`connections.sql`).
    """

    connection = models.ForeignKey(
        Connection, on_delete=models.CASCADE, related_name="records", db_index=False, db_constraint=False
    )
    integration = models.ForeignKey(
        Integration, on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )
    user = models.ForeignKey(
        User, on_delete=models.CASCADE, null=True, related_name="+", db_index=False, db_constraint=False
    )
    entity = models.CharField(max_length=100)
    external_id = models.CharField(max_length=255)
    raw = models.BinaryField()
    data = models.JSONField()
    hash = models.BinaryField(max_length=16)
    title = models.CharField(max_length=300)
    occurred_at = models.DateTimeField(null=True)
    changed_at = models.DateTimeField()
    deleted_at = models.DateTimeField(null=True)
    search = SearchVectorField(null=True)

    id_kind = "rec"

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["connection", "entity", "external_id"], name="record_once"),
        ]

    def __str__(self) -> str:
        return self.title


class QuarantinedRecord(TenantPart):
    """A record that could not be taken in, and why. The run went on without it."""

    step = models.ForeignKey(SyncStep, on_delete=models.CASCADE, related_name="quarantined")
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="quarantined")
    entity = models.CharField(max_length=100)
    external_id = models.CharField(max_length=255, blank=True)
    raw = models.TextField()
    field = models.CharField(max_length=200, blank=True)
    reason = models.CharField(max_length=500)

    class Meta:
        indexes = [models.Index(fields=["connection", "-created_at"], name="quarantined_by_time")]

    def __str__(self) -> str:
        return f"{self.entity} {self.external_id}: {self.reason}"


class SchemaDrift(TenantPart):
    """A field that a vendor began or ceased to send, or sends in another type.

    Acknowledged: a person has seen it, `acknowledged_by`.
    """

    class Change(models.TextChoices):
        NEW = "new", "New"
        MISSING = "missing", "Missing"
        RETYPED = "retyped", "Another type"

    id_kind = "drift"
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="drifts")
    entity = models.CharField(max_length=100)
    field = models.CharField(max_length=200)
    change = models.CharField(max_length=10, choices=Change.choices)
    before = models.CharField(max_length=20, blank=True)
    after = models.CharField(max_length=20, blank=True)
    last_seen_at = models.DateTimeField()
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    acknowledged_by = models.CharField(max_length=100, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["connection", "entity", "field", "change"], name="drift_once")]

    def __str__(self) -> str:
        return f"{self.entity}.{self.field}: {self.change}"


class FieldMapping(TenantPart):
    """A field of a tenant's own: where it stands in the vendor's record, and of which type it is.

    `rules` is what else a definition may say of a field, in its words: currencyPath, format, choices, default and
    required.
    """

    id_kind = "fieldmapping"
    integration = models.ForeignKey(Integration, on_delete=models.CASCADE, related_name="field_mappings")
    entity = models.CharField(max_length=100)
    name = models.CharField(max_length=100)
    path = models.CharField(max_length=500)
    type = models.CharField(max_length=20)
    rules = models.JSONField(default=dict, blank=True)
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["integration", "entity", "name"], condition=Q(is_active=True), name="field_mapping_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.entity}.{self.name}"
