"""Whose turn it is: webhooks that wait are claimed by workers, a few at a time, and settled one by one.

What a worker claims belongs to it until its lease ends; where it dies, another takes over then. A worker knows by the
end of the lease that it wrote whether a webhook is still its own.
"""

import datetime as dt
import logging
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import F, QuerySet

from connections.models import InboundWebhook
from integrations_site.audit.services import announce
from integrations_site.audit.types import Actor
from integrations_site.kernel import clock
from integrations_site.kernel.errors import ConflictError
from integrations_site.tenancy.failures import describe
from notifications.services.backoff import exponential
from notifications.services.waking import wake_after_commit

HANDLE_WEBHOOKS = "connections.handle_webhooks"
LEASE = dt.timedelta(minutes=2)
# Within an hour and a half.
MAX_ATTEMPTS = 10
_FIRST_DELAY, _LONGEST_DELAY = 10.0, 3600.0
_AT_ONCE = 20
_LONGEST_OUTCOME = 500
_Status = InboundWebhook.Status
_logger = logging.getLogger(__name__)


class WebhookNotFailedError(ConflictError):
    """Only a webhook that was given up is tried again by hand."""

    code = "WEBHOOK_NOT_FAILED"


@dataclass(frozen=True, slots=True)
class Claim:
    """A webhook that belongs to this worker until then."""

    key: uuid.UUID
    until: dt.datetime


@transaction.atomic
def claim() -> Sequence[Claim]:
    """Some webhooks that are due; what another worker is claiming is passed over."""
    now = clock.now()
    due = InboundWebhook.objects.filter(status=_Status.WAITING, next_attempt_at__lte=now)
    _bury(due)
    locked = due.select_for_update(skip_locked=True).order_by("next_attempt_at").values_list("pk", flat=True)
    keys, until = list(locked[:_AT_ONCE]), now + LEASE
    InboundWebhook.objects.filter(pk__in=keys).update(next_attempt_at=until)
    return [Claim(key, until) for key in keys]


def begin(claimed: Claim) -> InboundWebhook | None:
    """The webhook, whose turn it is, with a lease of its own; None where it is another worker's by now."""
    until = clock.now() + LEASE
    own = _leased(claimed.key, claimed.until)
    if not own.update(attempts=F("attempts") + 1, next_attempt_at=until):
        return None
    found: InboundWebhook = InboundWebhook.objects.get(pk=claimed.key)
    found.next_attempt_at = until
    return found


def settle(webhook: InboundWebhook, outcome: str) -> bool:
    """It is done; whether it was still this worker's."""
    now = clock.now()
    own = _leased(webhook.pk, webhook.next_attempt_at)
    told = outcome[:_LONGEST_OUTCOME]
    return bool(own.update(status=_Status.HANDLED, handled_at=now, outcome=told, last_error=""))


def put_off(webhook: InboundWebhook, error: Exception) -> None:
    """It failed: it is tried again later, later each time, and given up after MAX_ATTEMPTS."""
    is_last, told = webhook.attempts >= MAX_ATTEMPTS, describe(error)
    delay = exponential(webhook.attempts, first=_FIRST_DELAY, longest=_LONGEST_DELAY)
    _leased(webhook.pk, webhook.next_attempt_at).update(
        status=_Status.FAILED if is_last else _Status.WAITING,
        next_attempt_at=clock.now() + delay,
        last_error=told,
    )
    level, of = logging.ERROR if is_last else logging.WARNING, (webhook.public_id, webhook.attempts, MAX_ATTEMPTS)
    _logger.log(level, "The webhook %s was not handled at attempt %s of %s: %s", *of, told)


@transaction.atomic
def retry_webhook(*, webhook: InboundWebhook, actor: Actor) -> None:
    """Has a webhook handled again that was given up. Raises WebhookNotFailedError, also where it is forgotten."""
    told = {"provider": webhook.provider, "event": webhook.event_id}
    announce(action="inbound_webhook.retried", actor=actor, subject=webhook.public_id, data=told)
    failed = InboundWebhook.objects.filter(pk=webhook.pk, status=_Status.FAILED).exclude(body=b"")
    if not failed.update(status=_Status.WAITING, attempts=0, next_attempt_at=clock.now(), last_error=""):
        raise WebhookNotFailedError("The webhook was not given up, or what it said is forgotten; it cannot be tried")
    wake_after_commit(HANDLE_WEBHOOKS)


def _leased(key: uuid.UUID, until: dt.datetime) -> QuerySet[InboundWebhook]:
    return InboundWebhook.objects.filter(pk=key, status=_Status.WAITING, next_attempt_at=until)


def _bury(due: QuerySet[InboundWebhook]) -> None:
    """Gives up webhooks that were begun as often as allowed and never came back: they kill whoever handles them."""
    spent = due.filter(attempts__gte=MAX_ATTEMPTS)
    if count := spent.update(status=_Status.FAILED, last_error="The worker died at each attempt"):
        _logger.error("%s inbound webhooks were given up: their workers died", count)
