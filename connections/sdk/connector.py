"""What a connector is."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol, runtime_checkable

from catalog.definition import ProviderDefinition
from connections.sdk.accounts import Account
from connections.sdk.fetching import FetchRequest, Page
from connections.sdk.http import VendorHttp


@dataclass(frozen=True, slots=True)
class ConnectorConfig:
    """What a connector knows of its connection besides the way to the vendor; no secret is among it."""

    definition: ProviderDefinition
    settings: Mapping[str, Any]
    account_id: str


@dataclass(frozen=True, slots=True)
class Found:
    """A record that a vendor's own search has found."""

    entity: str
    external_id: str
    title: str
    data: Mapping[str, Any]


class Connector(ABC):
    """Talks to one vendor for one connection. It keeps nothing, and knows neither the database nor the tenant."""

    slug: ClassVar[str] = ""

    def __init__(self, config: ConnectorConfig, http: VendorHttp) -> None:
        self.config, self.http = config, http

    @abstractmethod
    def check(self) -> Account | None:
        """Proves that the credential works; the account it is for, where the vendor tells. Raises VendorError."""

    @abstractmethod
    def fetch(self, request: FetchRequest) -> Iterator[Page]:
        """The pages, each asked for only when it is wanted. Raises VendorError."""


@runtime_checkable
class SearchesLive(Protocol):
    """A connector whose vendor can be searched."""

    def search(self, query: str, *, entities: Sequence[str], limit: int) -> Sequence[Found]:
        """What the vendor finds. Raises VendorError."""
