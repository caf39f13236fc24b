"""Which integrations a search looks into, and which of their data types."""

import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from django.db.models import Q

from catalog.definition import ProviderDefinition
from catalog.services.providers import definition_of
from connections.models import Connection, Integration
from connections.services import visibility
from connections.services.entities import entity_names, not_allowed
from connections.services.refusals import IntegrationNotFoundError
from connections.services.search.request import SearchRequest
from integrations_site.kernel.errors import ConflictError, InvalidInputError


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

    @property
    def searched(self) -> list[str]:
        """The data types that are searched in, by name."""
        return sorted(self.entities or {entity.name for entity in self.definition.entities})


def sources_of(request: SearchRequest) -> list[Source]:
    """Where the request is to be searched for: the tenant's connections and the caller's own, of nobody else.

    Raises IntegrationNotFoundError for an integration that the tenant does not have, and IntegrationNotSearchableError
    for one that was named and is not searched, and InvalidInputError for a data type that is searched in none.
    """
    found = _integrations(request)
    _refuse_unknown_entities(request, found)
    linked: dict[uuid.UUID, list[Connection]] = {}
    for connection in _live_connections(found, request.person):
        linked.setdefault(connection.integration_id, []).append(connection)
    return [source for one in found for source in _of_integration(one, linked.get(one.id, []), request)]


def _refuse_unknown_entities(request: SearchRequest, searched: Sequence[Integration]) -> None:
    """A data type that nothing has would find nothing, without a word."""
    known = {name for one in searched for name in _searchable(one) or entity_names(definition_of(one.provider))}
    if searched and (unknown := sorted({name for names in request.entity_lists for name in names} - known)):
        message = (
            f"Nothing that is searched has a data type {unknown[0]}; there are {', '.join(sorted(known)) or 'none'}"
        )
        raise InvalidInputError(message, details={"fields": {"entities": [message]}, "entities": sorted(known)})


def _searchable(one: Integration) -> frozenset[str] | None:
    """The data types to which search in the integration is narrowed; None: it is not."""
    definition, kept = definition_of(one.provider), not_allowed(one)
    names = one.searchable_entities or definition.searchable_entities
    if not names and not kept:
        return None
    return frozenset(names or entity_names(definition)) - kept


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
    if _searchable(integration) == frozenset():
        return f"{integration.name} allows none of the data types that would be searched (allowedShardTypes)"
    return None


def _of_integration(one: Integration, connections: list[Connection], request: SearchRequest) -> Iterator[Source]:
    definition = definition_of(one.provider)
    entities = _searchable(one)
    if request.entities is not None:
        entities = request.entities if entities is None else entities & request.entities
        if not entities:
            return
    if not connections:
        yield Source(one, definition, None, entities)
    for connection in connections:
        yield Source(one, definition, connection, entities)
