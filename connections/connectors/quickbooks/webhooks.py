"""Intuit's webhooks, in both forms: an array of CloudEvents, and the notifications before them. They hold ids alone."""

from collections.abc import Iterable, Sequence
from typing import Any

from catalog.definition import Webhooks
from connections.sdk.paths import value_at
from connections.sdk.webhooks import VendorEvent


def read_events(body: Any, rules: Webhooks) -> Sequence[VendorEvent]:
    """An event for each change. Types are such as `qbo.invoice.updated.v1`, or `Invoice`."""
    if isinstance(body, list):
        return [*_events((value_at(each, "intuitaccountid"), value_at(each, "type")) for each in body)]
    return [
        *_events(
            (value_at(notification, "realmId"), value_at(entity, "name"))
            for notification in _list(value_at(body, "eventNotifications"))
            for entity in _list(value_at(notification, "dataChangeEvent.entities"))
        )
    ]


def _events(pairs: Iterable[tuple[Any, Any]]) -> Iterable[VendorEvent]:
    return (VendorEvent(str(realm), name) for realm, name in pairs if realm and isinstance(name, str))


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
