"""The bases of the ledger's tables."""

from django.db import models

from integrations_site.tenancy.models import Tenant, TenantModel, tenant_in_scope


class LedgerModel(TenantModel):
    """A tenant-owned table of the ledger.

    The tenant has no index of its own: where rows are looked up by it, an index begins with it. Another would cost
    every posting, and without statistics PostgreSQL takes it for as good as the right one, and reads all of a tenant.
    """

    tenant = models.ForeignKey(
        Tenant, on_delete=models.PROTECT, related_name="+", default=tenant_in_scope, editable=False, db_index=False
    )

    class Meta:
        abstract = True
