"""Headers of people who call the API."""

from integrations_site.tenancy.models import Role, Tenant
from integrations_site.tenancy.tokens import issue
from tests.factories.tenancy import make_member


def bearer(tenant: Tenant, role: str = Role.TENANT_ADMIN) -> dict[str, str]:
    """The headers of a new member of the tenant."""
    return {"authorization": f"Bearer {issue(user=make_member(tenant, role=role), tenant=tenant)}"}
