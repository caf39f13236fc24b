"""Making tenants."""

from django.db import transaction

from integrations_site.audit.services import announce
from integrations_site.audit.types import Actor
from integrations_site.kernel import ids
from integrations_site.tenancy import scope
from integrations_site.tenancy.models import Tenant
from integrations_site.tenancy.signals import tenant_created


@transaction.atomic
def create_tenant(*, name: str, actor: Actor) -> Tenant:
    """A new tenant, with whatever each app gives a new tenant (the ledger: settings, a chart of accounts, mappings).

    Its audit trail begins with its creation.
    """
    tenant = Tenant(id=ids.new_id(), name=name)
    with scope.tenant_scope(tenant.id):
        announce(action="tenant.created", actor=actor, subject=tenant.public_id, data={"name": name})
        tenant.save(force_insert=True)
        tenant_created.send(sender=Tenant, tenant=tenant)
    return tenant
