"""Slack's Events API: an envelope around one event of a workspace."""

from collections.abc import Sequence
from typing import Any

from catalog.definition import Webhooks
from connections.sdk.paths import value_at
from connections.sdk.webhooks import VendorEvent, moment_of


def read_events(body: Any, rules: Webhooks) -> Sequence[VendorEvent]:
    """The event. Access ends with the app, or with the token of its bot; what people's tokens do is not ours."""
    team, name = value_at(body, rules.account_path or "team_id"), value_at(body, "event.type")
    if not isinstance(team, str) or not isinstance(name, str):
        return []
    lost_bot = name == "tokens_revoked" and bool(
        value_at(body, "event.tokens.bot") or not value_at(body, "event.tokens")
    )
    at = moment_of(value_at(body, "event_time"), "unix")
    return [VendorEvent(team, name, name == "app_uninstalled" or lost_bot, at)]
