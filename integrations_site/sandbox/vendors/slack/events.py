"""Slack's Events API: what it posts, and how it signs."""

import json
from typing import Any

import msgspec

from integrations_site.sandbox.accounts import Account
from integrations_site.sandbox.data import Table
from integrations_site.sandbox.vendors.slack.oauth import APP_ID
from integrations_site.sandbox.webhooks import Webhook, WebhookOrder, in_hex, secret_of
from integrations_site.sandbox.world import World

SIGNING_SECRET = "slack-demo-signing-secret"  # noqa: S105 - a secret of the sandbox
_ABOUT_MESSAGES = ("", "message", "message_changed", "message_deleted")


def slack_webhooks(world: World, order: WebhookOrder, account: Account, channel: str, messages: Table) -> list[Webhook]:
    """The events that were ordered, about the latest messages of a channel."""
    if order.event == "url_verification":
        return [
            _signed(world, order, "verification", {"type": "url_verification", "challenge": "say this", "token": "x"})
        ]
    newest = messages.newest()[: order.count]
    events = [_event(order.event, channel, messages.record(index)) for index in newest]
    if order.event not in _ABOUT_MESSAGES:
        events = [{"type": order.event}] * order.count
    return [_signed(world, order, *_envelope(world, account, event)) for event in reversed(events)]


def _event(name: str, channel: str, record: bytes) -> dict[str, Any]:
    message = msgspec.json.decode(record)
    match name:
        case "message_changed":
            return {"type": "message", "subtype": name, "channel": channel, "message": message, "ts": message["ts"]}
        case "message_deleted":
            told = {"type": "message", "subtype": name, "channel": channel, "deleted_ts": message["ts"]}
            return told | {"previous_message": message, "ts": message["ts"]}
        case _:
            return {**message, "channel": channel, "channel_type": "channel", "event_ts": message["ts"]}


def _envelope(world: World, account: Account, event: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    numbers = world.keep(("slack", "events"), list)
    numbers.append(event["type"])
    identifier = f"Ev{len(numbers):09d}"
    return identifier, {
        "token": "unused",
        "team_id": account.id,
        "api_app_id": APP_ID,
        "event": event,
        "type": "event_callback",
        "event_id": identifier,
        "event_time": int(world.clock.now()),
        "authorizations": [{"team_id": account.id, "user_id": f"B{account.id[1:]}", "is_bot": True}],
    }


def _signed(world: World, order: WebhookOrder, identifier: str, content: dict[str, Any]) -> Webhook:
    body = json.dumps(content).encode()
    stamp = str(int(world.clock.now() - order.age))
    signature = in_hex(secret_of(order, SIGNING_SECRET), f"v0:{stamp}:".encode() + body)
    return Webhook(identifier, body, {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={signature}"})
