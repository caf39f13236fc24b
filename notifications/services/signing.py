"""Secrets of webhooks and the signatures made with them.

Source: Standard Webhooks 1.0 (https://github.com/standard-webhooks/standard-webhooks). A message is signed with every
secret that is valid, so that a receiver can change over from the old to the new one at leisure.
"""

import base64
import datetime as dt
import secrets
from collections.abc import Sequence

from django.conf import settings
from standardwebhooks import Webhook

from integrations_site.kernel import clock
from integrations_site.kernel.crypto import SecretBox
from notifications.models import WebhookEndpoint

_PREFIX = "whsec_"
_BYTES = 32


def new_secret() -> str:
    """A new random secret in its outside form, `whsec_` and base64."""
    return _PREFIX + base64.b64encode(secrets.token_bytes(_BYTES)).decode("ascii")


def seal(secret: str, endpoint: WebhookEndpoint) -> str:
    """The secret's form for storage; it opens for this endpoint of this tenant alone."""
    return SecretBox(settings.ENCRYPTION_KEYS).seal(secret, owner=_owner(endpoint))


def valid_secrets(endpoint: WebhookEndpoint) -> Sequence[str]:
    """The endpoint's secret, and the one before it while its time of grace lasts. Raises SecretUnreadableError."""
    sealed = [endpoint.sealed_secret]
    if endpoint.previous_secret_until and endpoint.previous_secret_until > clock.now():
        sealed.append(endpoint.sealed_previous_secret)
    box = SecretBox(settings.ENCRYPTION_KEYS)
    return [box.open(text, owner=_owner(endpoint)) for text in sealed]


def signature_headers(*, valid: Sequence[str], message_id: str, at: dt.datetime, body: str) -> dict[str, str]:
    """The three headers by which a receiver knows the message, its age and its sender."""
    at = at.astimezone(dt.UTC)
    signatures = [Webhook(secret).sign(message_id, at, body) for secret in valid]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


def _owner(endpoint: WebhookEndpoint) -> str:
    return f"{endpoint.tenant_id}:{endpoint.id}"
