"""Third parties that the hub can work with. What there is to know of one is its definition; columns repeat parts of it.

A provider belongs to no tenant: the hub ships most of them, super admins add others.
"""

from django.db import models

from integrations_site.tenancy.models import PublicId


class Provider(PublicId):
    """A third party. `definition` holds no secret; `catalog.services.providers` alone writes rows.

    `shipped` is the definition that came with the hub, or null where a super admin made the provider, and `changed`
    what a super admin changed about it (a merge patch, RFC 7396): applied to `shipped` it gives `definition`.
    """

    class Status(models.TextChoices):
        ACTIVE = "active", "Active"
        BETA = "beta", "Beta"
        DEPRECATED = "deprecated", "Deprecated"
        DISABLED = "disabled", "Disabled"

    class Audience(models.TextChoices):
        SYSTEM = "system", "The hub itself"
        TENANT = "tenant", "Tenants"

    class AuthType(models.TextChoices):
        OAUTH2 = "oauth2", "OAuth 2"
        API_KEY = "api_key", "API key"
        BASIC = "basic", "User name and password"
        CUSTOM = "custom", "Custom"

    id_kind = "prov"
    provider = models.CharField(max_length=60, unique=True)
    name = models.CharField(max_length=100)
    display_name = models.CharField(max_length=100)
    description = models.CharField(max_length=2000, blank=True)
    category = models.CharField(max_length=20)
    status = models.CharField(max_length=10, choices=Status.choices)
    audience = models.CharField(max_length=10, choices=Audience.choices)
    auth_type = models.CharField(max_length=10, choices=AuthType.choices)
    is_premium = models.BooleanField(default=False)
    required_plan = models.CharField(max_length=50, blank=True)
    definition = models.JSONField()
    shipped = models.JSONField(null=True, blank=True)
    changed = models.JSONField(default=dict, blank=True)
    client_id = models.CharField(max_length=500, blank=True)
    sealed_client_secret = models.TextField(blank=True, editable=False)
    sealed_webhook_secret = models.TextField(blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        indexes = [models.Index(fields=["display_name", "id"], name="provider_by_name")]

    def __str__(self) -> str:
        return self.display_name

    @property
    def is_shipped(self) -> bool:
        """Whether it comes with the hub."""
        return self.shipped is not None
