"""Who sees which integrations and connections: a tenant's are for its admins, a user's own for that user alone."""

import uuid

from django.db.models import Q, QuerySet

from connections.models import Connection, Integration
from connections.services.refusals import ConnectionNotFoundError, IntegrationNotFoundError
from integrations_site.kernel import ids
from integrations_site.tenancy.models import User
from integrations_site.tenancy.people import person_behind


def person_of(actor_id: str) -> uuid.UUID | None:
    """The user who acts, or on whose behalf a program does; None where a program acts for nobody."""
    return ids.parse(User.id_kind, person_behind(actor_id))


def integrations() -> QuerySet[Integration]:
    """The tenant's integrations with their providers; none that was removed."""
    return Integration.objects.filter(removed_at=None).select_related("provider")


def find_integration(public_id: str) -> Integration:
    """The integration of this id. Raises IntegrationNotFoundError."""
    key = ids.parse(Integration.id_kind, public_id)
    found = integrations().filter(pk=key).first() if key else None
    if found is None:
        raise IntegrationNotFoundError
    return found


def connections_open_to(*, user_id: uuid.UUID | None, is_admin: bool) -> QuerySet[Connection]:
    """The user's own connections, and for admins those of the tenant as well; none that was removed."""
    whose = Q(user_id=user_id) & Q(user_id__isnull=False)
    if is_admin:
        whose |= Q(user_id__isnull=True)
    return Connection.objects.filter(whose, removed_at=None).select_related("integration__provider")


def find_connection(public_id: str, *, user_id: uuid.UUID | None, is_admin: bool) -> Connection:
    """The connection of this id, if it is open to the user. Raises ConnectionNotFoundError."""
    key = ids.parse(Connection.id_kind, public_id)
    found = connections_open_to(user_id=user_id, is_admin=is_admin).filter(pk=key).first() if key else None
    if found is None:
        raise ConnectionNotFoundError
    return found


def connected_providers(user_id: uuid.UUID | None) -> set[uuid.UUID]:
    """The providers with which the tenant, or this user, is connected at present."""
    active = Connection.objects.filter(
        Q(user_id=user_id) | Q(user_id__isnull=True),
        status=Connection.Status.ACTIVE,
        integration__removed_at=None,
    ).exclude(integration__status=Integration.Status.DISABLED)
    return set(active.values_list("integration__provider_id", flat=True).distinct())
