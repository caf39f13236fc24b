"""Files that tenants own."""

from django.db import models

from integrations_site.tenancy.models import TenantModel


class StoredFile(TenantModel):
    """A file in storage. Its key starts with the tenant; its type was judged by its content."""

    id_kind = "file"
    key = models.CharField(max_length=300, unique=True)
    name = models.CharField(max_length=255)
    content_type = models.CharField(max_length=100)
    size_bytes = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    created_by = models.CharField(max_length=100)
    expires_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["tenant", "sha256"], name="file_by_content"),
            models.Index(
                fields=["expires_at"], condition=models.Q(expires_at__isnull=False), name="file_by_end_of_time"
            ),
        ]

    def __str__(self) -> str:
        return self.name
