"""Webhooks out: where a tenant wants to be told, and what became of each telling."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from integrations_site.tenancy.models import TenantModel
from notifications.models.events import Event


class WebhookEndpoint(TenantModel):
    """An address that gets events of the listed types; an empty list means all.

    One with a `subject` is told of that subject's events alone, and follows what the subject's settings say. It is
    retired with its subject: what happened last is delivered still.
    """

    id_kind = "webhook"
    url = models.URLField(max_length=2000)
    description = models.CharField(max_length=200, blank=True)
    events = ArrayField(models.CharField(max_length=100), default=list, blank=True)
    subject = models.CharField(max_length=100, blank=True, editable=False)
    sealed_secret = models.TextField()
    sealed_previous_secret = models.TextField(blank=True, editable=False)
    previous_secret_until = models.DateTimeField(null=True, blank=True, editable=False)
    is_active = models.BooleanField(default=True)
    failing_since = models.DateTimeField(null=True, blank=True)
    disabled_reason = models.CharField(max_length=200, blank=True)
    retired_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "subject"], condition=~models.Q(subject=""), name="endpoint_of_subject_once"
            )
        ]

    def __str__(self) -> str:
        return self.url


class Delivery(TenantModel):
    """One event for one endpoint, and how far it got."""

    class Status(models.TextChoices):
        PENDING = "pending", "Pending"
        DELIVERED = "delivered", "Delivered"
        FAILED = "failed", "Given up"

    id_kind = "delivery"
    endpoint = models.ForeignKey(WebhookEndpoint, on_delete=models.CASCADE, related_name="deliveries")
    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="deliveries")
    event_type = models.CharField(max_length=100)
    payload = models.JSONField()
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True, blank=True)
    replay_of = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = [
            models.UniqueConstraint(
                fields=["endpoint", "event"], condition=models.Q(replay_of__isnull=True), name="delivery_once"
            )
        ]
        indexes = [
            models.Index(fields=["next_attempt_at"], condition=models.Q(status="pending"), name="delivery_due"),
            models.Index(
                fields=["endpoint", "next_attempt_at"],
                condition=models.Q(status="pending"),
                name="delivery_due_by_endpoint",
            ),
            models.Index(fields=["endpoint", "-created_at"], name="delivery_by_endpoint"),
        ]

    def __str__(self) -> str:
        return f"{self.event_type} to {self.endpoint_id}"


class DeliveryAttempt(TenantModel):
    """One request that was sent for a delivery, and the answer."""

    id_kind = "attempt"
    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="attempt_log")
    number = models.PositiveSmallIntegerField()
    request_headers = models.JSONField(default=dict)
    request_body = models.TextField(blank=True)
    response_status = models.PositiveSmallIntegerField(null=True)
    response_body = models.TextField(blank=True)
    error = models.CharField(max_length=500, blank=True)
    duration_ms = models.PositiveIntegerField()
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["delivery", "number"], name="attempt_once")]

    def __str__(self) -> str:
        return f"attempt {self.number}"
