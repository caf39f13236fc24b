"""Files of tenants."""

from django.contrib import admin
from django.template.defaultfilters import filesizeformat
from unfold.decorators import display

from integrations_site.audit.modeladmin import BY_TENANT, ReadOnlyAdmin
from integrations_site.files.models import StoredFile


@admin.register(StoredFile)
class StoredFileAdmin(ReadOnlyAdmin):
    """What is stored, never its content."""

    list_display = ("name", "tenant", "content_type", "size", "created_at", "expires_at")
    list_filter = (BY_TENANT,)
    list_select_related = ("tenant",)
    search_fields = ("name", "=sha256")

    @display(description="size", ordering="size_bytes")
    def size(self, file: StoredFile) -> str:
        """In the unit that people read."""
        return filesizeformat(file.size_bytes)
