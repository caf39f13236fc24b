"""Stripe: its lists tell everything, its events (30 days) what changed."""

from connections.connectors.stripe.connector import StripeConnector

__all__ = ["StripeConnector"]
