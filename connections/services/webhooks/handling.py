"""Handling what was taken in: whose it is, and what is to be done about it.

A webhook says that something of an account changed; what it is now is read by a sync of those data types. A sync that
is under way and began before the webhook came may have read past the change already; it is followed by another.
"""

import datetime as dt
import logging
import time
import uuid
from collections.abc import Sequence
from typing import Any

import msgspec
from django.db.models import Exists, OuterRef, Q

from catalog.definition import ProviderDefinition
from catalog.models import Provider
from catalog.services.providers import definition_of
from connections.connectors.registry import EVENT_READERS
from connections.models import Connection, InboundWebhook, SyncRun, SyncStep
from connections.sdk.decoding import mended
from connections.sdk.webhooks import VendorEvent, entity_of, read_event
from connections.services.entities import not_allowed
from connections.services.syncs import request_sync
from connections.services.webhook_bodies import forget_where_nobodys, holders
from connections.services.webhooks.endings import end_by_vendor
from connections.services.webhooks.queue import Claim, begin, claim, put_off, settle
from integrations_site.audit.types import HUB
from integrations_site.kernel.errors import HubError, NotFoundError, TransientError
from integrations_site.tenancy import scope

# A task gives its worker back after a while; the next sweep goes on.
_SECONDS = 60.0
_READS = (SyncRun.Status.QUEUED, SyncRun.Status.RUNNING, SyncRun.Status.COMPLETED)
_logger = logging.getLogger(__name__)


def content_of(body: bytes) -> Any:
    """What a webhook's body says, also with half a character in it. Raises what `UNREADABLE` names."""
    return msgspec.json.decode(mended(body))


def events_of(definition: ProviderDefinition, content: Any) -> Sequence[VendorEvent]:
    """The events in a webhook's JSON."""
    if definition.webhooks is None:
        return ()
    return EVENT_READERS.get(definition.connector or "", read_event)(content, definition.webhooks)


def handle_waiting(*, seconds: float = _SECONDS) -> int:
    """Handles webhooks that are due, for so many seconds; how many were. Several workers may do so at once.

    What goes wrong is kept with its webhook, which is tried again later, and keeps no other from being handled.
    """
    deadline, handled = time.monotonic() + seconds, 0
    with scope.all_tenants():
        while time.monotonic() < deadline and (claims := claim()):
            handled += sum(_take_turn(each) for each in claims)
    return handled


def _take_turn(claimed: Claim) -> bool:
    """Whether everything about a webhook is done."""
    webhook = begin(claimed)
    if webhook is None:
        return False
    try:
        outcome = _outcome(webhook)
    except Exception as error:
        put_off(webhook, error)
        return False
    if not settle(webhook, outcome):
        return False
    forget_where_nobodys(webhook)
    return True


def _outcome(webhook: InboundWebhook) -> str:
    """What came of a webhook. Every connection is told before a failure is raised."""
    provider = Provider.objects.filter(provider=webhook.provider).first()
    if provider is None:
        return "There is no such provider any more"
    definition = definition_of(provider)
    events = events_of(definition, content_of(bytes(webhook.body)))
    outcomes, failures = [], []
    for tenant, key, account in _connections(webhook):
        about = [event for event in events if event.account_id == account]
        try:
            with scope.tenant_scope(tenant):
                outcomes.append(_tell(key, definition, about, webhook.received_at))
        except Exception as error:
            failures.append(error)
            _logger.warning("A webhook's connection %s was not told", key, exc_info=True)
    if failures:
        raise failures[0]
    return "; ".join(dict.fromkeys(outcomes)) or "Concerns no connection"


def _connections(webhook: InboundWebhook) -> list[tuple[uuid.UUID, uuid.UUID, str]]:
    """Tenant, key and account of the connections with one of its accounts, of whatever tenant."""
    found = (
        holders(webhook.provider).filter(account_id__in=webhook.account_ids).exclude(status=Connection.Status.REVOKED)
    )
    return list(found.order_by("pk").values_list("tenant_id", "pk", "account_id"))


def _tell(
    key: uuid.UUID, definition: ProviderDefinition, events: Sequence[VendorEvent], received_at: dt.datetime
) -> str:
    """What came of it for one connection."""
    connection = Connection.objects.select_related("integration__provider").get(pk=key)
    if any(event.ends_access for event in events) and _end(connection, definition, events, received_at):
        return "The connection was ended"
    rules = definition.webhooks
    found = {entity_of(event, rules) for event in events} if rules else set()
    kept = not_allowed(connection.integration)
    entities = sorted(name for name in found if name and name not in kept)
    return _sync(connection, entities, received_at) if entities else "Concerns no data type"


def _end(
    connection: Connection, definition: ProviderDefinition, events: Sequence[VendorEvent], received_at: dt.datetime
) -> bool:
    """Whether access is over. A vendor's clock that is ahead of the hub's moves nothing into the future."""
    moment = max(min(event.at or received_at, received_at) for event in events if event.ends_access)
    reason = f"{definition.display_name} says that access was taken back"
    try:
        return end_by_vendor(connection=connection, reason=reason, at=moment)
    except NotFoundError:  # removed meanwhile
        return True


def _sync(connection: Connection, entities: Sequence[str], received_at: dt.datetime) -> str:
    """Has these data types read by a sync that begins with them after the webhook came.

    An increment that reads one in full may go on with what another had half read before.
    """
    since = SyncRun.objects.filter(
        connection=connection, started_at__gte=received_at, data_types__contains=list(entities), status__in=_READS
    )
    read_in_full = SyncStep.objects.filter(run=OuterRef("pk"), entity__in=entities, is_full=True)
    if since.filter(~Exists(read_in_full) | Q(sync_type=SyncRun.Kind.FULL)).exists():
        return "A later sync has read it"
    try:
        run = request_sync(connection=connection, data_types=entities, trigger=SyncRun.Trigger.WEBHOOK, actor=HUB)
    except TransientError:
        raise
    except HubError as error:
        _logger.info("No sync of %s after a webhook: %s", connection.public_id, error.message)
        return f"No sync: {error.message}"
    return "A sync was begun" if run.started_at >= received_at else "The sync under way, or another after it, reads it"
