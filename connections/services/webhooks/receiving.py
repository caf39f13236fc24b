"""Taking in what a vendor sends: its signature is verified first, then it is stored, and handled later."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction

from catalog.definition import ProviderDefinition, Webhooks
from catalog.models import Provider
from catalog.services.providers import definition_of
from catalog.services.secrets import variable_of, webhook_secret
from connections.models import InboundWebhook
from connections.sdk.decoding import UNREADABLE
from connections.sdk.paths import value_at
from connections.sdk.signatures import SignatureRefusedError, Signed, verify
from connections.sdk.webhooks import VendorEvent
from connections.services.webhooks.handling import content_of, events_of
from connections.services.webhooks.queue import HANDLE_WEBHOOKS
from integrations_site.kernel import clock
from integrations_site.kernel.errors import HubError, InvalidInputError, NotFoundError, TransientError
from notifications.services.waking import wake_after_commit

_KEPT_HEADERS = ("content-type", "user-agent", "x-slack-retry-num", "x-slack-retry-reason")
_LONGEST_HEADER, _LONGEST_ID, _LONGEST_TYPE = 500, 255, 200
_HANDSHAKE = "url_verification"


class NoWebhooksError(NotFoundError):
    """The provider is not known, or sends no webhooks."""

    code = "NO_WEBHOOKS"


class WebhookRefusedError(HubError):
    """It is not known that the webhook comes from the provider; the message says why."""

    status, code = 401, "WEBHOOK_REFUSED"


class WebhookSecretMissingError(TransientError):
    """Nobody has told the hub what the provider signs with."""

    code = "WEBHOOK_SECRET_MISSING"


def receive_webhook(*, slug: str, headers: Mapping[str, str], body: bytes) -> str:
    """Stores a webhook of a provider, once however often it is sent; the text to answer, mostly none.

    Header names are in lower case. Raises NoWebhooksError, WebhookSecretMissingError, WebhookRefusedError, and
    InvalidInputError for what is signed and no JSON.
    """
    provider = Provider.objects.filter(provider=slug).first()
    definition = definition_of(provider) if provider else None
    if provider is None or definition is None or definition.webhooks is None:
        raise NoWebhooksError("No webhooks are received here")
    _verify(provider, definition.webhooks, headers, body)
    content = _read(body)
    if definition.webhooks.scheme == "slack" and value_at(content, "type") == _HANDSHAKE:
        return str(value_at(content, "challenge") or "")
    _store(definition, definition.webhooks, content, headers, body)
    return ""


def _verify(provider: Provider, rules: Webhooks, headers: Mapping[str, str], body: bytes) -> None:
    secret = webhook_secret(provider)
    if secret is None:
        variable = variable_of(provider, "WEBHOOK_SECRET")
        raise WebhookSecretMissingError(f"The hub does not know yet what this provider signs with; set {variable}")
    try:
        verify(Signed(headers, body, clock.now().timestamp()), rules, secret)
    except SignatureRefusedError as error:
        raise WebhookRefusedError(f"The webhook is refused: {error}") from None


def _read(body: bytes) -> Any:
    try:
        return content_of(body)
    except UNREADABLE:
        raise InvalidInputError("The webhook is no JSON") from None


@transaction.atomic
def _store(
    definition: ProviderDefinition, rules: Webhooks, content: Any, headers: Mapping[str, str], body: bytes
) -> None:
    """The row, unless there is one of this event; a worker is woken for it after commit."""
    events = events_of(definition, content)
    types = sorted({event.type for event in events})
    InboundWebhook.objects.bulk_create(
        [
            InboundWebhook(
                provider=definition.provider,
                event_id=_event_id(rules, content, body),
                event_type=_kept(",".join(types), _LONGEST_TYPE),
                account_ids=_accounts(events),
                headers={name: _kept(headers[name], _LONGEST_HEADER) for name in _KEPT_HEADERS if name in headers},
                body=body,
                received_at=clock.now(),
            )
        ],
        ignore_conflicts=True,
    )
    wake_after_commit(HANDLE_WEBHOOKS)


def _accounts(events: Sequence[VendorEvent]) -> list[str]:
    """Whom the events are about, each once. What no column holds is nobody's account."""
    told = {event.account_id for event in events}
    return sorted(each for each in told if len(each) <= _LONGEST_ID and "\x00" not in each)


def _kept(text: str, length: int) -> str:
    """As much of a text as a column holds, without what PostgreSQL does not take."""
    return text.replace("\x00", "")[:length]


def _event_id(rules: Webhooks, content: Any, body: bytes) -> str:
    """The vendor's id of the event; where it has none, the same body is the same event."""
    told = value_at(content, rules.event_id_path) if rules.event_id_path else None
    if isinstance(told, str | int) and told != "" and len(str(told)) <= _LONGEST_ID and "\x00" not in str(told):
        return str(told)
    return f"sha256:{hashlib.sha256(body).hexdigest()}"
