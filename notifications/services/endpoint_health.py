"""Endpoints that fail for good or too long: told in the API, and left alone."""

import datetime as dt
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

from django.db import transaction

from integrations_site.audit.services import announce
from integrations_site.audit.types import HUB
from integrations_site.kernel import clock
from integrations_site.tenancy import scope
from notifications.models import WebhookEndpoint
from notifications.sdk.catalog import EventType
from notifications.services.events import publish

# An endpoint that takes nothing for so long after a delivery was given up is disabled.
PATIENCE = dt.timedelta(days=3)


def note_success(endpoint: WebhookEndpoint) -> None:
    """The endpoint took a delivery, so it is not failing."""
    if endpoint.failing_since is None:
        return
    with _locked(endpoint) as row:
        if row is not None and row.failing_since is not None:
            announce(action="webhook.recovered", actor=HUB, subject=row.public_id)
            row.failing_since = None
            row.save(update_fields=["failing_since", "updated_at"])


def note_given_up(endpoint: WebhookEndpoint) -> None:
    """A delivery to the endpoint was given up; if nothing has got through for too long, it is disabled."""
    with _locked(endpoint) as row:
        if row is None:
            return
        if row.failing_since is None:
            announce(action="webhook.failing", actor=HUB, subject=row.public_id)
            row.failing_since = clock.now()
            row.save(update_fields=["failing_since", "updated_at"])
        elif clock.now() - row.failing_since > PATIENCE:
            _disable(row, f"Nothing could be delivered since {clock.iso(row.failing_since)}")


def note_gone(endpoint: WebhookEndpoint) -> None:
    """The receiver wants nothing more, ever."""
    with _locked(endpoint) as row:
        if row is not None:
            _disable(row, "The receiver answered 410 Gone")


@contextmanager
def _locked(endpoint: WebhookEndpoint) -> Iterator[WebhookEndpoint | None]:
    """The endpoint's row as it is now, locked, in its tenant's scope; None where it was deleted meanwhile."""
    with scope.tenant_scope(cast(uuid.UUID, endpoint.tenant_id)), transaction.atomic():
        yield WebhookEndpoint.objects.select_for_update().filter(pk=endpoint.pk).first()


def _disable(row: WebhookEndpoint, reason: str) -> None:
    if not row.is_active:
        return
    announce(action=EventType.WEBHOOK_DISABLED, actor=HUB, subject=row.public_id, data={"reason": reason})
    row.is_active, row.disabled_reason = False, reason
    row.save(update_fields=["is_active", "disabled_reason", "updated_at"])
    payload = {"webhook_id": row.public_id, "reason": reason}
    publish(type=EventType.WEBHOOK_DISABLED, subject=row.public_id, payload=payload)
