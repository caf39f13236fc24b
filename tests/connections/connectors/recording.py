"""Connectors over real HTTP to the sandbox, with every request kept to be held against the vendor's specification."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Unpack

from catalog.definition import ProviderDefinition, parse
from catalog.services.shipped import shipped_definitions
from connections.sdk.connector import ConnectorConfig
from connections.sdk.errors import ProviderRejected
from connections.sdk.fetching import Cursor, FetchRequest, Page, Watermark
from connections.sdk.http import RequestParts, VendorHttp, VendorResponse
from connections.services.connectors import connector_for
from connections.services.vendor_http import Pace, provider_http
from connections.services.vendor_http.building import Asked

IMPATIENT = Pace(sleep=lambda seconds: None, chance=lambda: 0.0)


@dataclass(slots=True)
class Recording:
    """Passes requests on and keeps them. `answers` and `refusals` stand, by path, for what a vendor would say."""

    http: VendorHttp
    sent: list[Asked] = field(default_factory=list)
    answers: dict[str, bytes] = field(default_factory=dict)
    refusals: dict[str, str] = field(default_factory=dict)

    def request(self, method: str, path: str, **parts: Unpack[RequestParts]) -> VendorResponse:
        """As `VendorHttp.request` says."""
        self.sent.append(Asked(method, path, **parts))
        if path in self.refusals:
            raise ProviderRejected("The vendor refused the request", code=self.refusals[path])
        if path in self.answers:
            return VendorResponse(200, {}, self.answers[path])
        return self.http.request(method, path, **parts)

    def pause(self, attempt: int) -> None:
        """As `VendorHttp.pause` says."""
        self.http.pause(attempt)

    def filled(self, text: str) -> str:
        """As `VendorHttp.filled` says."""
        return self.http.filled(text)


def definition_of(slug: str) -> ProviderDefinition:
    """A definition that the hub ships."""
    return parse(shipped_definitions()[slug])


class Link:
    """A connector with an account at the sandbox."""

    def __init__(
        self,
        slug: str,
        secret: Mapping[str, Any],
        *,
        account_id: str = "",
        settings: Mapping[str, Any] | None = None,
    ) -> None:
        definition = definition_of(slug)
        way = provider_http(definition, secret, settings=settings, account_id=account_id, pace=IMPATIENT)
        self.recording = Recording(way)
        config = ConnectorConfig(definition, settings or {}, account_id)
        self.connector = connector_for(config, self.recording)

    @property
    def sent(self) -> list[Asked]:
        """What was asked for."""
        return self.recording.sent

    def pages(self, entity: str, since: Watermark | None = None, cursor: Cursor | None = None) -> list[Page]:
        """All pages of a fetch, each fetched by a connector that knows only the cursor before it."""
        found: list[Page] = []
        while not found or cursor is not None:
            page = next(self.connector.fetch(FetchRequest(entity, since=since, cursor=cursor)))
            found.append(page)
            cursor = page.cursor
        return found


def ids_of(pages: Sequence[Page]) -> list[str]:
    """The ids of the records, in the order in which they came."""
    return [record.external_id for page in pages for record in page.records]


def mark_of(pages: Sequence[Page]) -> Any:
    """Where the next run begins."""
    assert pages[-1].watermark is not None
    return pages[-1].watermark


def gone(pages: Sequence[Page]) -> list[str]:
    """The ids that the vendor says are gone."""
    return [id for page in pages for id in page.deleted]
