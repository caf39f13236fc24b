"""A tenant's instances of providers, and their links with accounts there."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from catalog.models import Provider
from integrations_site.tenancy.models import TenantModel, TenantPart, User


class Integration(TenantModel):
    """A provider as one tenant uses it. A removed one is kept for the audit trail and found nowhere.

    `client_id` and its sealed secret are an OAuth client of the tenant's own; without one the hub's client is used.
    """

    class Status(models.TextChoices):
        PENDING = "pending", "Pending"
        CONNECTED = "connected", "Connected"
        ERROR = "error", "Error"
        DISABLED = "disabled", "Disabled"

    id_kind = "int"
    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="integrations")
    name = models.CharField(max_length=200)
    description = models.CharField(max_length=2000, blank=True)
    icon = models.CharField(max_length=500, blank=True)
    settings = models.JSONField(default=dict, blank=True)
    allowed_shard_types = ArrayField(models.CharField(max_length=100), default=list, blank=True)
    search_enabled = models.BooleanField(default=True)
    searchable_entities = ArrayField(models.CharField(max_length=100), default=list, blank=True)
    user_scoped = models.BooleanField(default=False, help_text="Every user connects an account of their own.")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.PENDING)
    client_id = models.CharField(max_length=500, blank=True)
    sealed_client_secret = models.TextField(blank=True, editable=False)
    enabled_at = models.DateTimeField(null=True, blank=True)
    enabled_by = models.CharField(max_length=100, blank=True)
    removed_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "tenant", Lower("name"), condition=Q(removed_at__isnull=True), name="integration_name_once"
            )
        ]
        indexes = [models.Index(fields=["tenant", "-created_at", "-id"], name="integration_by_time")]

    def __str__(self) -> str:
        return self.name


class Connection(TenantPart):
    """A link with an account at the provider: the tenant's, or one user's.

    `account_id` is the vendor's id of the account, read when the connection was made; another account never takes its
    place unless somebody confirms it. `issued_to` is the id of the OAuth client that a consent's access was issued to;
    empty where that is not known. `blocked_until` and `failures` are the circuit breaker: until then nobody calls.
    One that was disconnected (`revoked`, and `disconnected_at` until it is connected again) is taken up by the next
    connect, and its records serve nobody until then; a removed one is found nowhere, and
    `purged_at` says when nothing of the vendor's was left of it.
    """

    class Status(models.TextChoices):
        PENDING = "pending", "Waits for consent"
        ACTIVE = "active", "Active"
        EXPIRED = "expired", "Expired"
        REVOKED = "revoked", "Revoked"
        ERROR = "error", "Error"

    class CredentialKind(models.TextChoices):
        OAUTH = "oauth", "OAuth 2"
        API_KEY = "api_key", "API key"
        BASIC = "basic", "User name and password"
        CUSTOM = "custom", "Custom"

    id_kind = "conn"
    integration = models.ForeignKey(Integration, on_delete=models.PROTECT, related_name="connections")
    user = models.ForeignKey(User, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.PENDING)
    credential_kind = models.CharField(max_length=10, choices=CredentialKind.choices)
    display_name = models.CharField(max_length=200, blank=True)
    account_id = models.CharField(max_length=255, blank=True)
    account_name = models.CharField(max_length=255, blank=True)
    permissions = ArrayField(models.CharField(max_length=200), default=list, blank=True)
    missing_scopes = ArrayField(models.CharField(max_length=200), default=list, blank=True, editable=False)
    issued_to = models.CharField(max_length=500, blank=True, editable=False)
    settings = models.JSONField(default=dict, blank=True)
    created_by = models.CharField(max_length=100, blank=True)
    connected_at = models.DateTimeField(null=True, blank=True)
    disconnected_at = models.DateTimeField(null=True, blank=True)
    removed_at = models.DateTimeField(null=True, blank=True, editable=False)
    purged_at = models.DateTimeField(null=True, blank=True, editable=False)
    last_validated_at = models.DateTimeField(null=True, blank=True)
    validation_error = models.CharField(max_length=500, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    last_sync_at = models.DateTimeField(null=True, blank=True)
    sync_status = models.CharField(max_length=10, blank=True)
    next_sync_at = models.DateTimeField(null=True, blank=True)
    failures = models.PositiveIntegerField(default=0)
    blocked_until = models.DateTimeField(null=True, blank=True)
    told_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["integration", "user"],
                condition=~Q(status="revoked"),
                name="connection_once",
                nulls_distinct=False,
            )
        ]
        indexes = [
            models.Index(fields=["tenant", "-created_at", "-id"], name="connection_by_time"),
            models.Index(
                fields=["next_sync_at"], condition=Q(status="active", next_sync_at__isnull=False), name="connection_due"
            ),
            models.Index(
                fields=["removed_at"],
                condition=Q(removed_at__isnull=False, purged_at__isnull=True),
                name="connection_to_purge",
            ),
            models.Index(fields=["account_id"], condition=Q(removed_at__isnull=True), name="connection_by_account"),
        ]

    @property
    def is_cut(self) -> bool:
        """Whether it was disconnected and not connected since: also while a consent is begun that would connect it."""
        return self.status == self.Status.REVOKED or self.disconnected_at is not None

    def __str__(self) -> str:
        return self.display_name or self.account_name or self.account_id or self.public_id

    @property
    def problem(self) -> str:
        """What is wrong with it: what the last test or consent said, else what the account's owner did not grant."""
        missing = f"The account did not grant: {', '.join(self.missing_scopes)}" if self.missing_scopes else ""
        return self.validation_error or missing
