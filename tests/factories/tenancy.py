"""Tenants and people."""

import itertools

from integrations_site.audit.types import HUB
from integrations_site.tenancy import scope
from integrations_site.tenancy.models import Membership, Role, Tenant, User
from integrations_site.web.services.tenants import create_tenant

PASSWORD = "correct horse battery staple"
_numbers = itertools.count(1)


def make_tenant(name: str = "Tenant") -> Tenant:
    """A tenant with books, as the hub makes one."""
    return create_tenant(name=f"{name} {next(_numbers)}", actor=HUB)


def make_member(tenant: Tenant, *, role: str = Role.USER) -> User:
    """A person with a role in the tenant, who logs in with PASSWORD."""
    user = User.objects.create_user(f"person{next(_numbers)}@example.com", PASSWORD)
    with scope.tenant_scope(tenant.id):
        Membership.objects.create(tenant=tenant, user=user, role=role)
    return user


def make_super_admin() -> User:
    """A person above tenants, who logs in with PASSWORD."""
    return User.objects.create_superuser(f"root{next(_numbers)}@example.com", PASSWORD)
