"""Handling what was taken in: whose it is, and what is to be done about it.

A webhook says that something of an account changed; what it is now is read by a sync of those data types. A webhook
waits while a sync is under way that began before it came, for that sync may have read past the change already.
"""

import datetime as dt
import logging
import uuid
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from django.db.models import Exists, OuterRef

from catalog.definition import ProviderDefinition
from catalog.models import Provider
from catalog.services.providers import definition_of
from connections.connectors.registry import EVENT_READERS
from connections.models import Connection, InboundWebhook, SyncRun
from connections.sdk.webhooks import VendorEvent, entity_of, read_event
from connections.services.syncs import SyncRunningError, request_sync
from connections.services.webhooks.endings import end_by_vendor
from integrations_site.audit.types import HUB
from integrations_site.kernel import clock
from integrations_site.kernel.errors import HubError
from integrations_site.tenancy import scope

HANDLE_WEBHOOKS = "connections.handle_webhooks"
_AT_ONCE = 500
_LONGEST_OUTCOME = 500
_UNDER_WAY = (SyncRun.Status.QUEUED, SyncRun.Status.RUNNING)
_logger = logging.getLogger(__name__)


def events_of(definition: ProviderDefinition, content: Any) -> Sequence[VendorEvent]:
    """The events in a webhook's JSON."""
    if definition.webhooks is None:
        return ()
    return EVENT_READERS.get(definition.connector or "", read_event)(content, definition.webhooks)


def handle_waiting() -> int:
    """Handles webhooks that wait; how many were. Those that have to wait longer are left for the next time.

    One that cannot be handled keeps none after it from being handled; what it raised is raised at the end.
    """
    handled, failures = 0, []
    with scope.all_tenants():
        _pass_over_repeated()
        for webhook in InboundWebhook.objects.filter(handled_at=None).order_by("received_at")[:_AT_ONCE]:
            try:
                handled += _handle(webhook)
            except Exception as error:
                _logger.exception("The webhook %s was not handled", webhook.public_id)
                failures.append(error)
    if failures:
        raise failures[0]
    return handled


def _pass_over_repeated() -> None:
    """Of webhooks that say the same of one account the last is enough: its sync begins after all of them."""
    waiting = InboundWebhook.objects.filter(handled_at=None)
    later = waiting.filter(
        provider=OuterRef("provider"),
        account_id=OuterRef("account_id"),
        event_type=OuterRef("event_type"),
        received_at__gt=OuterRef("received_at"),
    )
    repeated = waiting.exclude(account_id="").filter(Exists(later))
    repeated.update(handled_at=clock.now(), outcome="A later one says the same")


def _handle(webhook: InboundWebhook) -> bool:
    """Whether everything about a webhook is done."""
    provider = Provider.objects.filter(provider=webhook.provider).first()
    definition = definition_of(provider) if provider else None
    events = events_of(definition, msgspec.json.decode(bytes(webhook.body))) if definition else ()
    outcomes = [
        _tell_connection(tenant, key, definition, [event for event in events if event.account_id == account], webhook)
        for tenant, key, account in _connections(webhook.provider, {event.account_id for event in events})
        if definition is not None
    ]
    if None in outcomes:
        return False
    outcome = "; ".join(dict.fromkeys(told for told in outcomes if told)) or "Concerns no connection"
    changed = InboundWebhook.objects.filter(pk=webhook.pk, handled_at=None)
    return bool(changed.update(handled_at=clock.now(), outcome=outcome[:_LONGEST_OUTCOME]))


def _connections(provider: str, accounts: Iterable[str]) -> list[tuple[uuid.UUID, uuid.UUID, str]]:
    """Tenant, key and account of the connections with these accounts, of whatever tenant."""
    found = Connection.objects.filter(
        integration__provider__provider=provider, account_id__in=list(accounts), removed_at=None
    ).exclude(status=Connection.Status.REVOKED)
    return list(found.exclude(account_id="").order_by("pk").values_list("tenant_id", "pk", "account_id"))


def _tell_connection(
    tenant: uuid.UUID,
    key: uuid.UUID,
    definition: ProviderDefinition,
    events: Sequence[VendorEvent],
    webhook: InboundWebhook,
) -> str | None:
    """What came of it for one connection; None where it has to wait."""
    with scope.tenant_scope(tenant):
        connection = Connection.objects.select_related("integration__provider").get(pk=key)
        if any(event.ends_access for event in events):
            end_by_vendor(connection=connection, reason=f"{definition.display_name} says that access was taken back")
            return "The connection was ended"
        rules = definition.webhooks
        found = {entity_of(event, rules) for event in events} if rules else set()
        entities = sorted(name for name in found if name)
        return _sync(connection, entities, webhook.received_at) if entities else "Concerns no data type"


def _sync(connection: Connection, entities: Sequence[str], received_at: dt.datetime) -> str | None:
    """A sync of these data types that begins after the webhook came; None where another one is in the way."""
    runs = SyncRun.objects.filter(connection=connection)
    since = runs.filter(started_at__gte=received_at, data_types__contains=list(entities))
    if since.filter(status__in=(*_UNDER_WAY, SyncRun.Status.COMPLETED)).exists():
        return "A later sync has read it"
    if runs.filter(status__in=_UNDER_WAY).exists():
        return None
    try:
        request_sync(connection=connection, data_types=entities, trigger=SyncRun.Trigger.WEBHOOK, actor=HUB)
    except SyncRunningError:
        return None
    except HubError as error:
        _logger.info("No sync of %s after a webhook: %s", connection.public_id, error.message)
        return f"No sync: {error.message}"
    return "A sync was begun"
