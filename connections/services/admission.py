"""What may be connected, and by whom: asked before a third party is, and again before anything is kept."""

import uuid

from catalog.services.gates import require_available
from connections.models import Connection, Integration
from connections.services.refusals import IntegrationDisabledError, UserScopeError
from connections.services.visibility import person_of
from integrations_site.kernel.errors import ForbiddenError
from integrations_site.tenancy import scope
from integrations_site.tenancy.models import Role, Tenant
from integrations_site.tenancy.people import person_behind, role_of

_ADMINS = frozenset({Role.TENANT_ADMIN, Role.SUPER_ADMIN})


class NotEntitledError(ForbiddenError):
    """Who began to connect an account has no right to (any more)."""

    code = "OAUTH_NOT_ENTITLED"


def require_connectable(integration: Integration, user_id: uuid.UUID | None) -> None:
    """Returns where the integration may be connected by this user, or for the tenant where there is none.

    Raises UserScopeError, IntegrationDisabledError, and what `require_available` raises.
    """
    require_available(integration.provider, Tenant.objects.get(pk=scope.tenant_id()))
    if integration.user_scoped and user_id is None:
        raise UserScopeError(
            f"With {integration} every user connects an account of their own: /api/user/integrations/{{id}}/connect/…"
        )
    if not integration.user_scoped and user_id is not None:
        raise UserScopeError(f"{integration} has one account for the whole tenant; its admins connect it")
    if integration.status == Integration.Status.DISABLED:
        raise IntegrationDisabledError(f"{integration} is disabled; activate it before it is connected")


def require_admitted(connection: Connection, actor_id: str) -> None:
    """Returns where the actor may connect this connection at this moment, as the database knows them.

    The tenant's is for its admins, people or programs; a user's own for that user, or a program of theirs, as long as
    they have a place in the tenant. Raises NotEntitledError, and what `require_connectable` raises.
    """
    require_connectable(connection.integration, connection.user_id)
    role = role_of(actor_id)
    if connection.user_id is None:
        is_entitled = role in _ADMINS
    else:
        is_own = person_of(actor_id) == connection.user_id
        is_entitled = is_own and role is not None and role_of(person_behind(actor_id)) is not None
    if not is_entitled:
        raise NotEntitledError(
            "Whoever connects this account has no right to in this tenant any more, so nothing was connected. One of "
            "the tenant's admins can give it, and the consent is begun anew"
        )
