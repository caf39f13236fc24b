"""Stripe's connector. None of Stripe's lists can be asked for what changed: increments are read from /v1/events."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Unpack

import msgspec

from catalog.definition import Entity, LiveSearch
from connections.connectors.stripe.events import KINDS, EventLog, ForgottenEventError
from connections.sdk.connector import ConnectorConfig, Found
from connections.sdk.declarative import DeclarativeConnector
from connections.sdk.declarative.answers import Answer, decoded, id_reader
from connections.sdk.declarative.listing import Listing
from connections.sdk.declarative.progress import bounded
from connections.sdk.fetching import Cursor, FetchRequest, Page, Watermark
from connections.sdk.http import RequestParts, VendorHttp, VendorResponse

# What Stripe's search can look for by a part of a text (~) or by the whole (:); payments have no text that it knows.
_SEARCHED = {"customers": ("name~", "email~"), "invoices": ("number:",)}
_SHORTEST_PART = 3


class StripeConnector(DeclarativeConnector):
    """Reads lists in full, newest first; afterwards the events since, oldest first, so that the last state stays.

    A cursor is `{"list": place, "mark": …}` or `{"events": place}`; a watermark is a mark: the last event that was
    read. Where Stripe has forgotten that event, everything is read again.
    """

    slug = "stripe"

    def __init__(self, config: ConnectorConfig, http: VendorHttp) -> None:
        super().__init__(config, _ActingFor(http, config.account_id) if config.account_id else http)

    def fetch(self, request: FetchRequest) -> Iterator[Page]:
        """The pages. Data types without events of their own are read as their definition says."""
        entity, kind = self._entity(request.entity), KINDS.get(request.entity)
        if kind is None:
            return super().fetch(request)
        version = self._connection.headers.get("Stripe-Version", "")
        events = EventLog(self.http, kind, path=entity.path, version=version)
        return bounded(lambda cursor: self._pages(entity, events, request.since, cursor), request.cursor)

    def search(self, query: str, *, entities: Sequence[str], limit: int) -> Sequence[Found]:
        """What Stripe's search finds, with `data` as Stripe sends it; its index is about a minute behind."""
        found: dict[str, Found] = {}
        for entity in self._connection.entities:
            if entity.search and (not entities or entity.name in entities):
                found |= self._search_in(
                    entity, entity.search, query.replace('"', "").replace("\\", ""), limit - len(found)
                )
        return list(found.values())

    def _pages(
        self, entity: Entity, events: EventLog, since: Watermark | None, cursor: Cursor | None
    ) -> Iterator[Page]:
        if cursor is None and since is not None and events.remembers(since):
            cursor = {"events": since}
        if cursor is not None and "events" in cursor:
            try:
                yield from events.pages(cursor["events"])
                return
            except ForgottenEventError:
                cursor = None
        yield from self._everything(entity, cursor or {"list": None, "mark": events.newest()})

    def _everything(self, entity: Entity, cursor: Cursor) -> Iterator[Page]:
        mark = cursor["mark"]
        listing = Listing(self.http, msgspec.structs.replace(entity, incremental=None), None)
        for page in listing.pages(cursor["list"]):
            following = None if page.cursor is None else {"list": page.cursor, "mark": mark}
            yield Page(page.records, cursor=following, watermark=mark)

    def _search_in(self, entity: Entity, search: LiveSearch, text: str, limit: int) -> dict[str, Found]:
        found: dict[str, Found] = {}
        read_id = id_reader(entity.id)
        for field in _SEARCHED.get(entity.name, ()):
            if limit <= len(found) or (field.endswith("~") and len(text) < _SHORTEST_PART) or not text:
                continue
            asked = {"query": f'{field}"{text}"', "limit": str(min(limit - len(found), 100))}
            for raw in Answer(self.http.request("GET", search.path, query=asked), search.records).records:
                found[read_id(raw)] = Found(entity.name, read_id(raw), "", decoded(raw))
        return found


@dataclass(frozen=True, slots=True)
class _ActingFor:
    """The way to Stripe, with the account that each request is about."""

    http: VendorHttp
    account_id: str

    def request(self, method: str, path: str, **parts: Unpack[RequestParts]) -> VendorResponse:
        """As `VendorHttp.request` says."""
        parts["headers"] = {**parts.get("headers", {}), "Stripe-Account": self.account_id}
        return self.http.request(method, path, **parts)

    def pause(self, attempt: int) -> None:
        """As `VendorHttp.pause` says."""
        self.http.pause(attempt)

    def filled(self, text: str) -> str:
        """As `VendorHttp.filled` says."""
        return self.http.filled(text)
