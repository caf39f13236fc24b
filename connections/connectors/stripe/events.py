"""What happened at Stripe within the last thirty days: https://docs.stripe.com/api/events"""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import msgspec

from connections.sdk.asking import readable
from connections.sdk.declarative.increments import clock_of
from connections.sdk.decoding import UNREADABLE
from connections.sdk.errors import AnswerUnreadable, ProviderRejected
from connections.sdk.fetching import Cursor, Page, RawRecord, Watermark
from connections.sdk.http import VendorHttp, VendorResponse
from connections.sdk.instants import read_instant

_PATH, _SIZE = "/v1/events", "100"
# Stripe keeps events for thirty days; a day less allows for clocks, and for the time that reading takes.
_KEPT_SECONDS = 29 * 86_400
# Events show up in the list a moment after they are said to have been created.
_LATE_SECONDS = 300
# So many objects are asked for anew for a page at most: each is a request, and a page should not take for ever.
_MOST_ANEW = 20
_MISSING = "resource_missing"


@dataclass(frozen=True, slots=True)
class Kind:
    """The events of a data type: their types, the `object` that they hold, and the type that says it is gone.

    A subscription that was "deleted" is still there, canceled; payments are never deleted.
    """

    types: str
    object: str
    deletion: str = ""


KINDS = {
    "payments": Kind("payment_intent.*", "payment_intent"),
    "invoices": Kind("invoice.*", "invoice", "invoice.deleted"),
    "customers": Kind("customer.*", "customer", "customer.deleted"),
    "subscriptions": Kind("customer.subscription.*", "subscription"),
}


class ForgottenEventError(Exception):
    """Stripe does not know the event any more after which reading was to go on."""


class _Data(msgspec.Struct):
    object: msgspec.Raw


class _Event(msgspec.Struct):
    id: str
    type: str
    created: int
    data: _Data
    api_version: str | None = None


class _Events(msgspec.Struct):
    data: list[_Event]
    has_more: bool


class _Object(msgspec.Struct):
    """What of an object is looked at here."""

    object: str = ""
    id: str = ""
    deleted: bool = False


class EventLog:
    """The events about one data type, read from the oldest on.

    A mark is `{"event": id, "created": Unix time}`; without `event` there was none yet at that time. A place is a mark,
    or one without `event` and with `before`: the way to the oldest event leads from the newest one back, and no change
    is told on it, so that each object's changes are told in their order wherever a fetch goes on.
    """

    def __init__(self, http: VendorHttp, kind: Kind, *, path: str, version: str) -> None:
        self._http, self._kind, self._path, self._version = http, kind, path, version

    def newest(self) -> Watermark:
        """The mark of this moment. To be taken before everything is read, so that no change falls in between."""
        response, events = self._ask({"limit": "1"})
        if events.data:
            return _mark(events.data[0])
        return {"created": int(read_instant(clock_of(response)).timestamp())}

    def remembers(self, mark: Watermark) -> bool:
        """Whether Stripe still has the events since then."""
        return bool(mark["created"] > time.time() - _KEPT_SECONDS)

    def pages(self, place: Cursor) -> Iterator[Page]:
        """What changed since the place, with one list of events for each page. Raises ForgottenEventError."""
        while place is not None:
            page = self._page(place)
            yield page
            place = page.cursor and page.cursor["events"]

    def _page(self, place: Cursor) -> Page:
        found = self._listed(place)
        if "event" not in place and found.has_more:
            return Page((), cursor={"events": {**place, "before": found.data[-1].id}})
        events = self._portion(_ascending(found))
        is_cut = len(events) < len(found.data)
        mark = _mark(events[-1]) if events else {"created": place["created"]} if "event" not in place else place
        records, deleted = self._outcome(events)
        # At the end of the way back there are newer events than these, which the way has passed.
        leads_on = is_cut or found.has_more or "before" in place
        return Page(records, cursor={"events": mark} if leads_on else None, watermark=mark, deleted=deleted)

    def _listed(self, place: Cursor) -> _Events:
        """The events next to the place: those after it, or on the way to the oldest one those before."""
        if "event" in place:
            query = {"ending_before": place["event"]}
        else:
            query = {"created[gte]": str(place["created"] - _LATE_SECONDS)}
            query |= {"starting_after": place["before"]} if "before" in place else {}
        try:
            return self._ask({"limit": _SIZE, **query})[1]
        except ProviderRejected as error:
            if error.code == _MISSING:
                raise ForgottenEventError from error
            raise

    def _portion(self, events: list[_Event]) -> list[_Event]:
        """As many of these, from the oldest on, as do not ask for too many objects anew."""
        anew: set[str] = set()
        for number, event in enumerate(events):
            if event.api_version != self._version and event.type != self._kind.deletion:
                anew.add(_head(event).id)
            if len(anew) > _MOST_ANEW:
                return events[:number]
        return events

    def _ask(self, query: Mapping[str, str]) -> tuple[VendorResponse, _Events]:
        return readable(self._http, lambda: self._asked(query))

    def _asked(self, query: Mapping[str, str]) -> tuple[VendorResponse, _Events]:
        response = self._http.request("GET", _PATH, query={**query, "type": self._kind.types})
        try:
            found = msgspec.json.decode(response.body, type=_Events)
        except UNREADABLE as error:
            raise AnswerUnreadable("Stripe's answer is no list of events") from error
        if found.has_more and not found.data:
            raise AnswerUnreadable("Stripe says that there are more events, and tells none", code="NO_END")
        return response, found

    def _outcome(self, events: Sequence[_Event]) -> tuple[list[RawRecord], list[str]]:
        """Each object as its last event left it, and what is gone."""
        latest: dict[str, _Event] = {}
        for event in events:
            head = _head(event)
            if head.object == self._kind.object and head.id:
                latest[head.id] = event
        found = {id: self._object(id, event) for id, event in latest.items()}
        records = [RawRecord(id, raw) for id, raw in found.items() if raw is not None]
        return records, [id for id, raw in found.items() if raw is None]

    def _object(self, id: str, event: _Event) -> bytes | None:
        """The object; None where it is gone.

        An event shows its object in the API version that was the account's when it happened: unless that is the hub's,
        the object is asked for anew.
        """
        if event.type == self._kind.deletion:
            return None
        if event.api_version == self._version:
            return bytes(event.data.object)
        try:
            return readable(self._http, lambda: self._anew(id))
        except ProviderRejected as error:
            if error.code == _MISSING:
                return None
            raise

    def _anew(self, id: str) -> bytes | None:
        body = self._http.request("GET", f"{self._path}/{id}").body
        try:
            return None if msgspec.json.decode(body, type=_Object).deleted else body
        except UNREADABLE as error:
            raise AnswerUnreadable("Stripe's answer is no object") from error


def _head(event: _Event) -> _Object:
    try:
        return msgspec.json.decode(event.data.object, type=_Object)
    except UNREADABLE as error:
        raise AnswerUnreadable("Stripe's event holds no object") from error


def _ascending(page: _Events) -> list[_Event]:
    """Oldest first: of several events in one second the one that stands last in the list came first."""
    events = page.data[::-1]
    events.sort(key=lambda event: event.created)
    return events


def _mark(event: _Event) -> Watermark:
    return {"event": event.id, "created": event.created}
