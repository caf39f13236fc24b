"""Who may call a view."""

from typing import Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from integrations_site.api.errors import AuthenticationRequiredError
from integrations_site.kernel.errors import ForbiddenError, InvalidInputError
from integrations_site.tenancy.models import Role
from integrations_site.tenancy.tokens import Caller

TENANT_ADMINS = frozenset({Role.TENANT_ADMIN, Role.SUPER_ADMIN})
SUPER_ADMINS = frozenset({Role.SUPER_ADMIN})


class IsMember(BasePermission):
    """A caller with one of the view's `roles` (none: any role), in a tenant where the view `needs_tenant`."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """True; every refusal is raised and says its reason."""
        caller = request.user
        if not isinstance(caller, Caller):
            raise AuthenticationRequiredError("Send an access token in the header `Authorization: Bearer …`")
        allowed = view.allowed_roles()
        if allowed and caller.role not in allowed:
            roles = sorted(allowed)
            message = f"Your role {caller.role} may not do this; {' or '.join(roles)} may"
            raise ForbiddenError(message, details={"roles": roles})
        if view.needs_tenant and caller.tenant_id is None:
            raise InvalidInputError("Name the tenant in the header X-Tenant-ID", code="TENANT_REQUIRED")
        return True
