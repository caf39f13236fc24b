"""What workers do for events and webhooks: beat starts what moves them every few seconds; a change wakes it at once."""

import time

from celery import shared_task

from integrations_site.tenancy.tasks import SystemTask
from notifications.services.dispatch import deliver_due
from notifications.services.events import HANDLE_EVENTS
from notifications.services.fan_out import DELIVER_WEBHOOKS
from notifications.services.outbox import handle_due
from notifications.services.retention import forget_deliveries, forget_events, forget_retired_endpoints
from notifications.services.waking import begin, wake_after_commit

# A task gives its worker back after a while, so that no kind of work holds it for long.
_SECONDS = 60.0


@shared_task(base=SystemTask, name=HANDLE_EVENTS)
def handle_events() -> None:
    """Handles the events that are due."""
    begin(HANDLE_EVENTS)
    end = time.monotonic() + _SECONDS
    while handle_due():
        if time.monotonic() > end:
            wake_after_commit(HANDLE_EVENTS)
            return


@shared_task(base=SystemTask, name=DELIVER_WEBHOOKS)
def deliver_webhooks() -> None:
    """Sends the webhooks that are due."""
    begin(DELIVER_WEBHOOKS)
    if deliver_due(seconds=_SECONDS):
        wake_after_commit(DELIVER_WEBHOOKS)


@shared_task(base=SystemTask, name="notifications.forget")
def forget() -> None:
    """Removes deliveries and events that are done and old; deliveries first: they hold on to events and endpoints."""
    forget_deliveries()
    forget_retired_endpoints()
    forget_events()
