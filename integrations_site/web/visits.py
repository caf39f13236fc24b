"""Who is looking at a page, and in which tenant."""

import uuid
from dataclasses import dataclass

from django.db.models import QuerySet
from django.http import HttpRequest

from integrations_site.audit.types import Actor
from integrations_site.tenancy import scope
from integrations_site.tenancy.models import Membership, Role, Tenant, User

_SESSION_KEY = "tenant"


@dataclass(frozen=True, slots=True)
class Visit:
    """A person's request: the tenant they work in, if any, their role in it, and whether they could work in another."""

    user: User
    tenant: Tenant | None
    role: str | None
    may_switch: bool

    @property
    def actor(self) -> Actor:
        """The person as the one who acts."""
        return Actor(self.user.public_id, self.user.email)


def begin(request: HttpRequest) -> Visit | None:
    """The visit of the person whose session the request belongs to; None for strangers."""
    user = request.user
    if not isinstance(user, User):
        return None
    chosen = request.session.get(_SESSION_KEY, "")
    with scope.all_tenants():
        return _of_super_admin(user, chosen) if user.is_superuser else _of_member(user, chosen)


def current(request: HttpRequest) -> Visit | None:
    """The visit that TenantMiddleware began."""
    visit: Visit | None = getattr(request, "visit", None)
    return visit


def choose(request: HttpRequest, tenant_id: uuid.UUID) -> bool:
    """Lets the session work in the tenant from the next request on; False where the person has no place there."""
    if not isinstance(request.user, User):
        return False
    with scope.all_tenants():
        if not open_to(request.user).filter(id=tenant_id).exists():
            return False
    request.session[_SESSION_KEY] = tenant_id.hex
    return True


def open_to(user: User) -> QuerySet[Tenant]:
    """The active tenants that a person may work in; read it in the scope of all tenants."""
    tenants = Tenant.objects.filter(is_active=True)
    if user.is_superuser:
        return tenants
    return tenants.filter(id__in=Membership.objects.filter(user=user).values("tenant_id"))


def _of_super_admin(user: User, chosen: str) -> Visit:
    tenant = Tenant.objects.filter(id=chosen, is_active=True).first() if chosen else None
    return Visit(user, tenant, Role.SUPER_ADMIN, may_switch=True)


def _of_member(user: User, chosen: str) -> Visit:
    memberships = list(
        Membership.objects.filter(user=user, tenant__is_active=True).select_related("tenant").order_by("tenant__name")
    )
    if not memberships:
        return Visit(user, None, None, may_switch=False)
    membership = next((one for one in memberships if one.tenant.id.hex == chosen), memberships[0])
    return Visit(user, membership.tenant, membership.role, may_switch=len(memberships) > 1)
