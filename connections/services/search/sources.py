"""Which integrations a search looks into, and which of their data types."""

import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.db.models import Q

from catalog.definition import ProviderDefinition
from catalog.services.providers import definition_of
from connections.models import Connection, Integration
from connections.services import visibility
from connections.services.refusals import IntegrationNotFoundError
from connections.services.search.request import SearchRequest
from integrations_site.kernel.errors import ConflictError


class IntegrationNotSearchableError(ConflictError):
    """The integration is not searched; the message says why."""

    code = "INTEGRATION_NOT_SEARCHABLE"


@dataclass(frozen=True, slots=True)
class Source:
    """An integration to search in, by one of its connections; None: it has none. `entities` None: all of them."""

    integration: Integration
    definition: ProviderDefinition
    connection: Connection | None
    entities: frozenset[str] | None


def sources_of(request: SearchRequest) -> list[Source]:
    """Where the request is to be searched for: the tenant's connections and the caller's own, of nobody else.

    Raises IntegrationNotFoundError for an integration that the tenant does not have, and IntegrationNotSearchableError
    for one that was named and is not searched.
    """
    found = _integrations(request)
    linked: dict[uuid.UUID, list[Connection]] = {}
    for connection in _live_connections(found, request.person):
        linked.setdefault(connection.integration_id, []).append(connection)
    return [source for one in found for source in _of_integration(one, linked.get(one.id, []), request)]


def _live_connections(integrations: Iterable[Integration], person: uuid.UUID | None) -> list[Connection]:
    """The connections that are not cut: the tenant's own, and those of this person."""
    known = {one.id: one for one in integrations}
    whose = Q(user=None) | Q(user=person) if person else Q(user=None)
    kept = Connection.objects.filter(whose, integration__in=known, removed_at=None).order_by("id")
    found = [connection for connection in kept if not connection.is_cut]
    for connection in found:
        connection.integration = known[connection.integration_id]
    return found


def _integrations(request: SearchRequest) -> list[Integration]:
    present = visibility.integrations().order_by("name", "id")
    if request.integrations is None:
        return [one for one in present if why_not_searched(one) is None]
    named = list(present.filter(id__in=request.integrations))
    if len(named) < len(set(request.integrations)):
        raise IntegrationNotFoundError
    for one in named:
        if reason := why_not_searched(one):
            raise IntegrationNotSearchableError(reason, details={"integrationId": one.public_id})
    return named


def why_not_searched(integration: Integration) -> str | None:
    """Why an integration is left out of searches; None where it is not."""
    if integration.status == Integration.Status.DISABLED:
        return f"{integration.name} is disabled; activate it to search in it"
    if not integration.search_enabled:
        return f"Search is switched off for {integration.name}; a tenant admin can switch it on"
    if not definition_of(integration.provider).supports_search:
        return f"{integration.provider.display_name} offers no search"
    return None


def _of_integration(one: Integration, connections: list[Connection], request: SearchRequest) -> Iterator[Source]:
    definition = definition_of(one.provider)
    searchable = one.searchable_entities or definition.searchable_entities
    entities = frozenset(searchable) if searchable else None
    if request.entities is not None:
        entities = request.entities if entities is None else entities & request.entities
        if not entities:
            return
    if not connections:
        yield Source(one, definition, None, entities)
    for connection in connections:
        yield Source(one, definition, connection, entities)
