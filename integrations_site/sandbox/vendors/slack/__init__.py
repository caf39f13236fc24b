"""Slack: OAuth v2 with token rotation, cursor pages, messages by channel, signed events."""

from integrations_site.sandbox.vendors.slack.vendor import Slack

__all__ = ["Slack"]
