"""What a connection authenticates with, and consents that are under way."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from connections.models.integrations import Connection
from integrations_site.tenancy.models import TenantModel, TenantPart


class Credential(TenantPart):
    """The secret of a connection: sealed in the row, or at `location` in the store outside that `store` names.

    What is written is sealed in the row at first, in the transaction that makes it valid; a store outside takes it over
    afterwards. So either `sealed` or `location` is set, and nothing outside the database is ever ahead of it.
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
    location = models.CharField(max_length=600, blank=True, editable=False)
    version = models.PositiveIntegerField(default=1)
    exchange_started_at = models.DateTimeField(null=True, editable=False)
    cooldown_until = models.DateTimeField(null=True, editable=False)

    class Meta:
        indexes = [models.Index(fields=["location"], condition=~Q(location=""), name="credential_by_location")]

    def __str__(self) -> str:
        return self.name


class OutsideSecret(TenantModel):
    """A place in a store outside the database, noted before anything is written there.

    A credential refers to it by its location. One that no credential refers to is removed from its store.
    """

    id_kind = "outside"
    store = models.CharField(max_length=10, choices=Credential.Store.choices)
    location = models.CharField(max_length=600, unique=True)

    def __str__(self) -> str:
        return self.location


class OAuthAttempt(TenantPart):
    """A consent that somebody was sent to the vendor for. Its state is known by a hash, serves once and expires.

    One that another browser came back from is held for whoever brought it (`holder_hash`) to confirm: `sealed_answer`
    is what the vendor led back with, then what was exchanged for it.
    """

    id_kind = "consent"
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="attempts")
    state_hash = models.CharField(max_length=64, unique=True)
    started_by = models.CharField(max_length=100)
    browser_hash = models.CharField(max_length=64, blank=True)
    sealed_verifier = models.TextField(blank=True, editable=False)
    holder_hash = models.CharField(max_length=64, blank=True)
    sealed_answer = models.TextField(blank=True, editable=False)
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
