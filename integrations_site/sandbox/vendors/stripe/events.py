"""Stripe's events: what happened to an account's objects within the last thirty days, newest first."""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from integrations_site.sandbox.data import Mutation, salt_of
from integrations_site.sandbox.messages import Request, Response
from integrations_site.sandbox.paging import page_of
from integrations_site.sandbox.vendors.stripe.lists import envelope, invalid, limit_of, window_of
from integrations_site.sandbox.vendors.stripe.shapes import API_VERSION

_KEPT_SECONDS = 30 * 86_400
_OBJECTS = {
    "payment_intents": "payment_intent",
    "charges": "charge",
    "customers": "customer",
    "invoices": "invoice",
    "subscriptions": "customer.subscription",
    "refunds": "refund",
}
_PAYMENT_EVENTS = {
    "succeeded": "succeeded",
    "processing": "processing",
    "canceled": "canceled",
    "requires_action": "requires_action",
    "requires_capture": "amount_capturable_updated",
    "requires_payment_method": "payment_failed",
}
# Deleting test data takes these away without a word.
_SILENT = {"payment_intents", "charges", "refunds"}


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to an object, with the object as it was then."""

    id: str
    type: str
    created: int
    record: bytes

    def rendered(self, account: str | None = None) -> bytes:
        """The event object. With an account it is a Connect event."""
        connected = b',"account":"%b"' % account.encode() if account else b""
        return (
            b'{"id":"%b","object":"event","api_version":"%b","created":%d,"data":{"object":%b},"livemode":false,'
            b'"pending_webhooks":1,"request":{"id":null,"idempotency_key":null},"type":"%b"%b}'
        ) % (self.id.encode(), API_VERSION.encode(), self.created, self.record, self.type.encode(), connected)


def type_of(mutation: Mutation) -> str | None:
    """The event's type; None where Stripe says nothing."""
    entity, kind = mutation.table.shape.entity, mutation.kind
    if kind == "deleted":
        return None if entity in _SILENT else f"{_OBJECTS[entity]}.deleted"
    if kind == "added":
        return f"{_OBJECTS[entity]}.{'succeeded' if entity == 'charges' else 'created'}"
    if entity == "payment_intents":
        return f"payment_intent.{_PAYMENT_EVENTS.get(msgspec.json.decode(mutation.record)['status'], 'created')}"
    return f"{_OBJECTS[entity]}.updated"


def events_of(mutations: Sequence[Mutation], account: str) -> list[Event]:
    """The events of an account, oldest first. An event's id says which it is."""
    salt = salt_of(f"events/{account}")
    typed = ((type_of(mutation), mutation) for mutation in mutations)
    return [
        Event(f"evt_{salt}{number:010d}", name, mutation.at, mutation.record)
        for number, (name, mutation) in enumerate(typed)
        if name is not None
    ]


def list_events(request: Request, events: list[Event], now: float) -> Response:
    """One page of events."""
    query = request.query
    limit, window = limit_of(query), window_of(query)
    wanted = {value for name, value in request.pairs if name in ("type", "types[]")}
    oldest = max(now - _KEPT_SECONDS, window.since or 0)
    found = [
        event
        for event in reversed(events)
        if event.created >= oldest
        and (window.until is None or event.created < window.until)
        and (not wanted or event.type in wanted or f"{event.type.rpartition('.')[0]}.*" in wanted)
    ]
    first, last = _ends(found, query, limit)
    has_more = first > 0 if "ending_before" in query else last < len(found)
    page = page_of(request, found, first, last - first)
    return envelope(b",".join(event.rendered() for event in page), has_more=has_more, url="v1/events")


def _ends(events: list[Event], query: dict[str, str], limit: int) -> tuple[int, int]:
    if identifier := query.get("ending_before"):
        last = _position(events, identifier, "ending_before")
        return max(last - limit, 0), last
    first = 0
    if identifier := query.get("starting_after"):
        first = _position(events, identifier, "starting_after") + 1
    return first, min(first + limit, len(events))


def _position(events: list[Event], identifier: str, parameter: str) -> int:
    for position, event in enumerate(events):
        if event.id == identifier:
            return position
    raise invalid(f"No such event: '{identifier}'", parameter, code="resource_missing")
