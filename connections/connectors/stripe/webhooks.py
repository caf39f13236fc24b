"""Stripe's Connect webhooks: each is one event, of the account that stands beside it."""

from collections.abc import Sequence
from typing import Any

from catalog.definition import Webhooks
from connections.sdk.paths import value_at
from connections.sdk.webhooks import VendorEvent, moment_of, read_event

_DEAUTHORIZED = "account.application.deauthorized"


def read_events(body: Any, rules: Webhooks) -> Sequence[VendorEvent]:
    """The event; a customer who took the access back ends it."""
    at = moment_of(value_at(body, "created"), "unix")
    return [VendorEvent(each.account_id, each.type, each.type == _DEAUTHORIZED, at) for each in read_event(body, rules)]
