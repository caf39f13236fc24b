"""What happened to integrations, for people to see; and what vendors told."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q

from connections.models.integrations import Connection, Integration
from integrations_site.kernel import clock
from integrations_site.tenancy.models import PublicId, TenantPart


class Activity(TenantPart):
    """Something that was done with an integration, and how it ended."""

    class Type(models.TextChoices):
        SYNC = "sync", "Sync"
        TEST = "test", "Test"
        CONNECT = "connect", "Connect"
        DISCONNECT = "disconnect", "Disconnect"

    class Status(models.TextChoices):
        SUCCESS = "success", "Success"
        FAILED = "failed", "Failed"
        RUNNING = "running", "Running"

    id_kind = "act"
    integration = models.ForeignKey(Integration, on_delete=models.CASCADE, related_name="activities")
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, null=True, related_name="activities")
    run = models.UUIDField(null=True, unique=True, help_text="The sync that it tells of.")
    type = models.CharField(max_length=10, choices=Type.choices)
    status = models.CharField(max_length=10, choices=Status.choices)
    at = models.DateTimeField()
    details = models.JSONField(default=dict)

    class Meta:
        verbose_name_plural = "activities"
        indexes = [models.Index(fields=["integration", "-at"], name="activity_by_time")]

    def __str__(self) -> str:
        return f"{self.type} of {self.integration_id}"


class InboundWebhook(PublicId):
    """A vendor's webhook as it came, its signature verified. Whose it is shows when it is handled.

    It belongs to the hub: one app at the vendor serves many tenants. While it waits, `next_attempt_at` is when its turn
    comes, or until when it belongs to the worker that has claimed it. The body is emptied once no connection has one of
    the accounts that it is about (`connections.services.webhook_bodies`).
    """

    class Status(models.TextChoices):
        WAITING = "waiting", "Waiting"
        HANDLED = "handled", "Handled"
        FAILED = "failed", "Given up"

    id_kind = "inbound"
    provider = models.CharField(max_length=100)
    event_id = models.CharField(max_length=255)
    event_type = models.CharField(max_length=200, blank=True)
    account_ids = ArrayField(models.CharField(max_length=255), default=list, blank=True)
    headers = models.JSONField(default=dict)
    body = models.BinaryField()
    received_at = models.DateTimeField()
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(default=clock.now)
    handled_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=500, blank=True)
    last_error = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["provider", "event_id"], name="inbound_once")]
        indexes = [
            models.Index(fields=["next_attempt_at"], condition=Q(status="waiting"), name="inbound_due"),
            GinIndex(fields=["account_ids"], name="inbound_by_account"),
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.event_id}"
