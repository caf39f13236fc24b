"""Xero's webhooks: several events of several organisations in one body, with ids alone."""

from collections.abc import Sequence
from typing import Any

from catalog.definition import Webhooks
from connections.sdk.paths import value_at
from connections.sdk.webhooks import VendorEvent

# A bill is an invoice to Xero, and the event does not say which of both it is.
_MAY_BE = {"INVOICE": ("INVOICE", "INVOICE.ACCPAY")}


def read_events(body: Any, rules: Webhooks) -> Sequence[VendorEvent]:
    """An event for each change and for each data type that it may concern. Types are Xero's categories."""
    events = value_at(body, "events")
    found = [
        (value_at(each, "tenantId"), value_at(each, "eventCategory"))
        for each in (events if isinstance(events, list) else ())
    ]
    return [
        VendorEvent(str(tenant), name)
        for tenant, category in found
        if tenant and isinstance(category, str)
        for name in _MAY_BE.get(category, (category,))
    ]
