"""The outbox: what happened, written in the transaction that made it happen."""

from django.db import models

from integrations_site.tenancy.models import Tenant, TenantModel, tenant_in_scope


class NextPosition(models.Func):
    """The next number of the outbox's sequence."""

    template = "nextval('notifications_event_position')"
    output_field = models.BigIntegerField()


class Event(TenantModel):
    """Something that happened to a subject. Events of one subject are handled in the order of `position`."""

    class Status(models.TextChoices):
        PENDING = "pending", "Pending"
        DONE = "done", "Done"
        DEAD = "dead", "Given up"

    id_kind = "event"
    tenant = models.ForeignKey(
        Tenant, on_delete=models.PROTECT, related_name="+", default=tenant_in_scope, editable=False, db_index=False
    )
    position = models.BigIntegerField(editable=False, unique=True, db_default=NextPosition())
    type = models.CharField(max_length=100)
    subject = models.CharField(max_length=100)
    payload = models.JSONField()
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField()
    last_error = models.TextField(blank=True)
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["next_attempt_at"], condition=models.Q(status="pending"), name="event_pending_by_time"
            ),
            models.Index(
                fields=["subject", "position"], condition=models.Q(status="pending"), name="event_pending_by_subject"
            ),
            models.Index(fields=["tenant", "-position"], name="event_by_position"),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.subject}"
