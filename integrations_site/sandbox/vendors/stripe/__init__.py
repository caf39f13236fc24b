"""Stripe: Connect with OAuth, lists by cursor, events of the last thirty days, signed webhooks."""

from integrations_site.sandbox.vendors.stripe.vendor import Stripe

__all__ = ["Stripe"]
