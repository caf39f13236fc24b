"""Syncs: a run, its steps (a data type each), and where the next one goes on."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from connections.models.integrations import Connection
from integrations_site.kernel import ids
from integrations_site.tenancy.models import TenantPart


class SyncRun(TenantPart):
    """One synchronization of a connection. Its counts are the sums of its steps'.

    `partial`: some data types ended well, others did not; where a vendor's limit was in the way, `resume_at` says when
    the run goes on by itself, and `resumes` how often it did. `lease` is that of the worker that has the run: it stores
    nothing any more once another has taken the run over. `stalls` counts the times in a row that a worker's time was up
    and nothing had been stored. `follow_up` are data types that are read once more after the end: a webhook came when
    they had been begun.
    """

    class Status(models.TextChoices):
        QUEUED = "queued", "Queued"
        RUNNING = "running", "Running"
        COMPLETED = "completed", "Completed"
        PARTIAL = "partial", "Partly completed"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"

    class Kind(models.TextChoices):
        FULL = "full", "Full"
        INCREMENTAL = "incremental", "Incremental"

    class Trigger(models.TextChoices):
        MANUAL = "manual", "Manual"
        SCHEDULE = "schedule", "Schedule"
        WEBHOOK = "webhook", "Webhook"

    id_kind = "sync"
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="runs")
    sync_type = models.CharField(max_length=12, choices=Kind.choices)
    trigger = models.CharField(max_length=10, choices=Trigger.choices)
    data_types = ArrayField(models.CharField(max_length=100))
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.QUEUED)
    requested_by = models.CharField(max_length=100, blank=True)
    started_at = models.DateTimeField()
    completed_at = models.DateTimeField(null=True, blank=True)
    heartbeat_at = models.DateTimeField(null=True, blank=True, editable=False)
    lease = models.UUIDField(null=True, blank=True, editable=False)
    resumes = models.PositiveSmallIntegerField(default=0, editable=False)
    resume_at = models.DateTimeField(null=True, blank=True)
    stalls = models.PositiveSmallIntegerField(default=0, editable=False)
    follow_up = ArrayField(models.CharField(max_length=100), default=list, blank=True, editable=False)
    cancel_requested = models.BooleanField(default=False, editable=False)
    error = models.JSONField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["connection"], condition=Q(status__in=["queued", "running"]), name="sync_one_at_a_time"
            )
        ]
        indexes = [
            models.Index(fields=["connection", "-started_at"], name="sync_by_time"),
            models.Index(fields=["heartbeat_at"], condition=Q(status="running"), name="sync_by_heartbeat"),
            models.Index(
                fields=["resume_at"], condition=Q(status="partial", resume_at__isnull=False), name="sync_to_resume"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sync_type} {self.public_id}"


class SyncStep(TenantPart):
    """One data type of a run. `processed` = `synced` + `errors`; `unchanged` are among the synced.

    `cursor` is the vendor's position after the last stored page (null: not begun), stored with that page. A step that
    waited, or failed for a reason that leaves its position good, may be continued by a later run's, which begins with
    its position and its counts; that one `goes_on`. `positioned_at` is when that page was stored. `asked` is a hash of
    how the list is asked for, in which the cursor is a position.
    """

    class Status(models.TextChoices):
        QUEUED = "queued", "Queued"
        RUNNING = "running", "Running"
        COMPLETED = "completed", "Completed"
        WAITING = "waiting", "Waits for the vendor"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"
        CONTINUED = "continued", "Continued by a later sync"

    ENDED = (Status.COMPLETED, Status.FAILED, Status.CANCELLED, Status.CONTINUED)
    run = models.ForeignKey(SyncRun, on_delete=models.CASCADE, related_name="steps")
    entity = models.CharField(max_length=100)
    position = models.PositiveSmallIntegerField()
    is_full = models.BooleanField(help_text="Reads everything, and so finds what was deleted.")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.QUEUED)
    cursor = models.JSONField(null=True, blank=True)
    asked = models.CharField(max_length=32, blank=True, editable=False)
    positioned_at = models.DateTimeField(null=True, blank=True, editable=False)
    goes_on = models.BooleanField(default=False, editable=False)
    watermark = models.JSONField(null=True, blank=True)
    page = models.PositiveIntegerField(default=0)
    processed = models.PositiveBigIntegerField(default=0)
    synced = models.PositiveBigIntegerField(default=0)
    unchanged = models.PositiveBigIntegerField(default=0)
    errors = models.PositiveBigIntegerField(default=0)
    deleted = models.PositiveBigIntegerField(default=0)
    estimate = models.PositiveBigIntegerField(null=True, blank=True)
    notices = models.JSONField(default=list, blank=True, help_text="What people should know of how it was read.")
    error = models.JSONField(null=True, blank=True)

    class Meta:
        ordering = ["run", "position"]
        constraints = [models.UniqueConstraint(fields=["run", "entity"], name="step_once")]

    def __str__(self) -> str:
        return f"{self.entity} of {ids.public(SyncRun.id_kind, self.run_id)}"


class SeenRecords(TenantPart):
    """Ids that a step which reads everything has met, a row for each stored batch.

    At the end the others are deleted at the vendor. So a record that was read again and is as it was costs no write.
    """

    step = models.ForeignKey(SyncStep, on_delete=models.CASCADE, related_name="seen")
    external_ids = ArrayField(models.TextField())

    def __str__(self) -> str:
        return f"{len(self.external_ids)} of {self.step_id}"


class EntityState(TenantPart):
    """What is known of one data type of a connection: up to where it was read, and which fields it has."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="states")
    entity = models.CharField(max_length=100)
    watermark = models.JSONField(null=True, blank=True)
    last_full_at = models.DateTimeField(null=True, blank=True)
    last_synced_at = models.DateTimeField(null=True, blank=True)
    fields = models.JSONField(default=dict, blank=True, help_text="Field by type, as the vendor sent them.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["connection", "entity"], name="entity_state_once")]

    def __str__(self) -> str:
        return f"{self.entity} of {self.connection_id}"
