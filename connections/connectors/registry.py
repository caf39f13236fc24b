"""The built-in connectors, and who reads their webhooks, by the name that definitions know them by (`connector`).

A new connector is a line here; one whose webhooks are not a single event with a `type` is another.
"""

from collections.abc import Mapping

from connections.connectors.quickbooks import QuickBooksConnector
from connections.connectors.quickbooks import webhooks as quickbooks_webhooks
from connections.connectors.slack import SlackConnector
from connections.connectors.slack import webhooks as slack_webhooks
from connections.connectors.stripe import StripeConnector
from connections.connectors.stripe import webhooks as stripe_webhooks
from connections.connectors.workday import WorkdayConnector
from connections.connectors.xero import XeroConnector
from connections.connectors.xero import webhooks as xero_webhooks
from connections.sdk.connector import Connector
from connections.sdk.webhooks import EventReader

CONNECTORS: Mapping[str, type[Connector]] = {
    "quickbooks": QuickBooksConnector,
    "slack": SlackConnector,
    "stripe": StripeConnector,
    "workday": WorkdayConnector,
    "xero": XeroConnector,
}

EVENT_READERS: Mapping[str, EventReader] = {
    "quickbooks": quickbooks_webhooks.read_events,
    "slack": slack_webhooks.read_events,
    "stripe": stripe_webhooks.read_events,
    "xero": xero_webhooks.read_events,
}
