"""Webhooks from the sandbox to the hub: in each vendor's form, signed as each vendor signs."""

import base64
import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from integrations_site.kernel.errors import HubError
from integrations_site.kernel.http import HttpClient

_CLIENT = HttpClient(allowed_hosts=("127.0.0.1", "localhost", "::1"))


@dataclass(frozen=True, slots=True)
class WebhookOrder:
    """What to send: an event of the vendor's, about the record with `id` or about the newest one.

    `form` chooses between the forms that a vendor has; `age` is how many seconds ago it is said to be signed.
    """

    event: str
    id: str = ""
    count: int = 1
    form: str = ""
    secret: str = ""
    age: float = 0
    bad_signature: bool = False


@dataclass(frozen=True, slots=True)
class Webhook:
    """A webhook as it goes out."""

    id: str
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)


def sign(secret: str, content: bytes) -> bytes:
    """HMAC-SHA256."""
    return hmac.digest(secret.encode(), content, hashlib.sha256)


def in_hex(secret: str, content: bytes) -> str:
    """HMAC-SHA256 in hexadecimal digits."""
    return sign(secret, content).hex()


def in_base64(secret: str, content: bytes) -> str:
    """HMAC-SHA256 in base64."""
    return base64.b64encode(sign(secret, content)).decode()


def secret_of(order: WebhookOrder, default: str) -> str:
    """The secret to sign with: the vendor's, another one, or a wrong one on purpose."""
    secret = order.secret or default
    return f"not-{secret}" if order.bad_signature else secret


def send(webhooks: Iterable[Webhook], to: str) -> list[dict[str, Any]]:
    """Sends one after the other, and tells what was answered. It goes to this machine, or to public addresses."""
    sent = []
    for webhook in webhooks:
        told: dict[str, Any] = {"id": webhook.id}
        try:
            answer = _CLIENT.send(
                "POST", to, headers={"Content-Type": "application/json", **webhook.headers}, body=webhook.body
            )
            told |= {
                "status": answer.status,
                "elapsedMs": answer.elapsed_ms,
                "body": answer.body[:500].decode("latin-1"),
            }
        except HubError as error:
            told |= {"status": None, "error": error.message}
        sent.append(told)
    return sent
