"""What a connection authenticates with, and consents that are under way."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from connections.models.integrations import Connection
from integrations_site.tenancy.models import TenantPart


class Credential(TenantPart):
    """The secret of a connection, sealed, or the name under which another store keeps it.

    `exchange_started_at` is set, and committed, before a refresh token is spent, and taken back with the answer: where
    it stands, nobody knows whether the vendor has taken the token.
    """

    class Store(models.TextChoices):
        DATABASE = "database", "Database"
        AWS = "aws", "AWS Secrets Manager"

    id_kind = "cred"
    connection = models.OneToOneField(Connection, on_delete=models.CASCADE, related_name="credential")
    store = models.CharField(max_length=10, choices=Store.choices, default=Store.DATABASE)
    name = models.CharField(max_length=512, unique=True)
    sealed = models.TextField(blank=True, editable=False)
    version = models.PositiveIntegerField(default=1)
    exchange_started_at = models.DateTimeField(null=True, editable=False)
    cooldown_until = models.DateTimeField(null=True, editable=False)

    def __str__(self) -> str:
        return self.name


class OAuthAttempt(TenantPart):
    """A consent that somebody was sent to the vendor for. Its state is known by a hash, serves once and expires."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="attempts")
    state_hash = models.CharField(max_length=64, unique=True)
    started_by = models.CharField(max_length=100)
    browser_hash = models.CharField(max_length=64, blank=True)
    sealed_verifier = models.TextField(blank=True, editable=False)
    redirect_uri = models.CharField(max_length=2000)
    return_url = models.CharField(max_length=2000, blank=True)
    permissions = ArrayField(models.CharField(max_length=200), default=list, blank=True)
    takes_other_account = models.BooleanField(default=False)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["expires_at"], name="oauth_attempt_by_expiry")]

    def __str__(self) -> str:
        return f"Consent for {self.connection_id}"
