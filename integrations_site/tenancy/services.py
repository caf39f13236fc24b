"""Making tenants."""

from django.db import transaction
from django.dispatch import Signal

from integrations_site.kernel import ids
from integrations_site.tenancy import scope
from integrations_site.tenancy.models import Tenant

# Sent inside the transaction and the scope of the new tenant, so that the apps above can lay its ground.
# Argument: tenant.
tenant_created = Signal()


@transaction.atomic
def create_tenant(*, name: str) -> Tenant:
    """A new tenant, with whatever each app gives a new tenant (the ledger: settings, a chart of accounts, mappings)."""
    tenant_id = ids.new_id()
    with scope.tenant_scope(tenant_id):
        tenant = Tenant.objects.create(id=tenant_id, name=name)
        tenant_created.send(sender=Tenant, tenant=tenant)
    return tenant
