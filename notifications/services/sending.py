"""One attempt at a delivery: the request is signed and sent, and the answer is kept as it was."""

import json
import logging
import time
import uuid
from dataclasses import dataclass, field
from datetime import datetime

from integrations_site.kernel import clock
from integrations_site.kernel.errors import HubError
from integrations_site.kernel.http import HttpClient, Response
from integrations_site.tenancy.failures import describe
from notifications.models import Delivery, WebhookEndpoint
from notifications.services.signing import signature_headers, valid_secrets

_MAX_ANSWER_BYTES = 64 * 1024
_EXCERPT = 2000
_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A delivery that is leased to this worker until `leased_until`."""

    id: uuid.UUID
    endpoint: WebhookEndpoint
    message_id: str
    body: str = field(repr=False)
    attempt: int
    leased_until: datetime

    @classmethod
    def of(cls, delivery: Delivery, *, leased_until: datetime) -> "Outgoing":
        """What is needed to send a delivery that was just claimed. The message id is the event's: it never changes."""
        return cls(
            id=delivery.id,
            endpoint=delivery.endpoint,
            message_id=delivery.event.public_id,
            body=json.dumps(delivery.payload, separators=(",", ":"), ensure_ascii=False),
            attempt=delivery.attempts + 1,
            leased_until=leased_until,
        )


@dataclass(frozen=True, slots=True)
class Result:
    """What came of an attempt: an answer, or an error that says why there is none."""

    outgoing: Outgoing
    at: datetime
    duration_ms: int
    request_headers: dict[str, str]
    response: Response | None = None
    error: str = ""

    @property
    def excerpt(self) -> str:
        """The beginning of the answer's body, as text that the database can hold."""
        body = self.response.body[: _EXCERPT * 4] if self.response else b""
        return body.decode("utf-8", "replace").replace("\x00", "�")[:_EXCERPT]


def send(outgoing: Outgoing, client: HttpClient) -> Result:
    """Sends a delivery. Never raises: what goes wrong is part of the result. It touches no database."""
    at, started = clock.now(), time.monotonic()
    headers: dict[str, str] = {}
    response, error = None, ""
    try:
        headers = {"content-type": "application/json", **_signatures(outgoing, at)}
        response = client.send(
            "POST",
            outgoing.endpoint.url,
            headers=headers,
            body=outgoing.body.encode(),
            max_body_bytes=_MAX_ANSWER_BYTES,
        )
    except HubError as refusal:
        error = refusal.message
    except Exception as fault:
        _logger.error("Sending delivery %s failed inside the hub: %s", outgoing.id, describe(fault))
        error = f"The hub could not send this: {type(fault).__name__}"
    kept = {name: value for name, value in headers.items() if name != "webhook-signature"}
    duration_ms = round((time.monotonic() - started) * 1000)
    return Result(outgoing, at, duration_ms, kept, response, error)


def _signatures(outgoing: Outgoing, at: datetime) -> dict[str, str]:
    valid = valid_secrets(outgoing.endpoint)
    return signature_headers(valid=valid, message_id=outgoing.message_id, at=at, body=outgoing.body)
