"""Who looks at a page."""

import uuid
from typing import Any, Protocol

from django.http import HttpRequest

from integrations_site.audit.types import Actor
from integrations_site.kernel.errors import ForbiddenError
from integrations_site.tenancy.models import Role, Tenant, User


class Visit(Protocol):
    """A person's request, as the browser shell leaves it at the request."""

    user: User
    tenant: Tenant | None
    role: str | None

    @property
    def actor(self) -> Actor:
        """The person as the one who acts."""


def visit_of(request: HttpRequest) -> Visit:
    """The visit. Raises ForbiddenError for a person who works in no tenant."""
    found: Visit | None = getattr(request, "visit", None)
    if found is None or found.tenant is None:
        raise ForbiddenError("Integrations belong to a tenant: choose one first, or ask an administrator to add you")
    return found


def standing(visit: Visit) -> dict[str, Any]:
    """Whose connections the person may see and make: `user_id` and `is_admin`, for services."""
    user_id: uuid.UUID = visit.user.id
    return {"user_id": user_id, "is_admin": visit.role in {Role.TENANT_ADMIN, Role.SUPER_ADMIN}}
