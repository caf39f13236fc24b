"""The base of this app's tables."""

from django.db import models

from integrations_site.tenancy.models import Tenant, TenantModel, tenant_in_scope


class ConnectionsModel(TenantModel):
    """A tenant-owned table of this app.

    The tenant has no index of its own (where rows are looked up by it, an index begins with it) and no foreign key:
    every row belongs to an integration, whose tenant exists, and row-level security admits no other.
    """

    tenant = models.ForeignKey(
        Tenant,
        on_delete=models.PROTECT,
        related_name="+",
        default=tenant_in_scope,
        editable=False,
        db_index=False,
        db_constraint=False,
    )

    class Meta:
        abstract = True
