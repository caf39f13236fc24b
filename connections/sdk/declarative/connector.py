"""The connector."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from catalog.definition import AccountCall, Connection, Entity, HealthCall, LiveSearch
from connections.sdk.accounts import Account
from connections.sdk.connector import Connector, Found
from connections.sdk.declarative.answers import Answer, decoded, id_reader
from connections.sdk.declarative.listing import Listing
from connections.sdk.errors import CredentialError, ProviderRejected
from connections.sdk.fetching import FetchRequest, Page
from connections.sdk.http import VendorResponse
from connections.sdk.paths import value_at
from connections.sdk.texts import filled, filled_around
from connections.sdk.words import words_in


class DeclarativeConnector(Connector):
    """Does what the provider's definition says, and so serves providers that nobody has written code for."""

    slug = "declarative"

    def check(self) -> Account | None:
        """Calls what the definition names for it; else it reads the first page of the first data type."""
        connection = self._connection
        if connection.health:
            self._call_health(connection.health)
        if connection.account:
            return self._account(connection.account)
        if not connection.health and connection.entities:
            next(self.fetch(FetchRequest(connection.entities[0].name)), None)
        return None

    def fetch(self, request: FetchRequest) -> Iterator[Page]:
        """The pages. Raises VendorError; ProviderRejected with PAGING_REPEATS or PAGING_ENDLESS for a bad paging."""
        return Listing(self.http, self._entity(request.entity), request.since).pages(request.cursor)

    def search(self, query: str, *, entities: Sequence[str], limit: int) -> Sequence[Found]:
        """What the vendor's own search finds, with `data` as the vendor sends it."""
        found: list[Found] = []
        for entity in self._connection.entities:
            if entity.search and (not entities or entity.name in entities):
                found += self._search(entity, entity.search, query, limit - len(found))
        return found

    @property
    def _connection(self) -> Connection:
        connection = self.config.definition.connection
        if connection is None:
            raise ProviderRejected("The provider's definition has no connection", code="NOT_DECLARED")
        return connection

    def _entity(self, name: str) -> Entity:
        entity = self.config.definition.entity(name)
        if entity is None:
            raise ProviderRejected(f"The provider has no data type {name}", code="UNKNOWN_ENTITY")
        return entity

    def _call_health(self, call: HealthCall) -> None:
        response = self._call(call.method, call.path, filled(self.http, call.query))
        if call.ok_path and not value_at(response.json(), call.ok_path):
            raise CredentialError(f"The vendor does not say {call.ok_path} in its answer", status=response.status)

    def _account(self, call: AccountCall) -> Account | None:
        told = self._call(call.method, call.path, filled(self.http, call.query)).json()
        id, name = (value_at(told, path) if path else None for path in (call.id_path, call.name_path))
        if id is None and name is None:
            return None
        return Account.told(id, name)

    def _search(self, entity: Entity, search: LiveSearch, query: str, limit: int) -> list[Found]:
        asked = filled_around(self.http, search.template, "{query}", _plain(query)) if search.template else query
        texts = filled(self.http, search.query) | {search.parameter: asked}
        response = self._call(search.method, search.path, texts)
        read_id = id_reader(entity.id)
        records = Answer(response, search.records, is_optional=entity.records_optional).records[: max(limit, 0)]
        return [Found(entity.name, read_id(raw), "", _members(raw)) for raw in records]

    def _call(self, method: str, path: str, query: Mapping[str, str]) -> VendorResponse:
        if method == "POST":
            return self.http.request(method, path, json=dict(query))
        return self.http.request(method, path, query=query)


def _plain(query: str) -> str:
    """What may stand in a statement: words, in small letters, since OR and NOT are operators in some languages."""
    return " ".join(words_in(query)).lower()


def _members(raw: msgspec.Raw) -> dict[str, Any]:
    found = decoded(raw)
    return found if isinstance(found, dict) else {}
