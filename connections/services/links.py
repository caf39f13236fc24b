"""Cutting links with accounts: what disconnecting, removing and disabling have in common."""

from contextlib import suppress

from django.db.models import Q, QuerySet

from connections.models import Activity, Connection, SyncRun
from connections.services.activities import record_activity
from connections.services.secrets import drop_secret
from connections.services.syncs.asking import SyncNotRunningError, cancel_sync
from connections.services.telling import connection_payload
from integrations_site.audit.types import Actor
from integrations_site.kernel import clock
from notifications.sdk.catalog import EventType
from notifications.services.events import publish

_UNDER_WAY = (SyncRun.Status.QUEUED, SyncRun.Status.RUNNING)


def cut(connection: Connection, *, actor: Actor) -> None:
    """Ends a link in the caller's transaction: no credential, no sync, and an activity and an event that say so.

    Its access was revoked before, outside any transaction (`revoke_access`): that goes over the network. Where the hub
    stops in between, whoever repeats the request ends what was begun.
    """
    drop_secret(connection)
    cancel_syncs(Connection.objects.filter(pk=connection.pk), actor=actor)
    was_connected = connection.connected_at is not None and not connection.is_cut
    connection.status = Connection.Status.REVOKED
    if was_connected or connection.disconnected_at is None:
        connection.disconnected_at = clock.now()
    connection.expires_at = connection.next_sync_at = None
    connection.save(
        update_fields=["status", "disconnected_at", "expires_at", "next_sync_at", "updated_at"],
    )
    if was_connected:
        _tell(connection)


def mark_removed(connection: Connection) -> None:
    """A link that was cut is found nowhere any more; its records are purged in the background."""
    connection.removed_at = clock.now()
    connection.save(update_fields=["removed_at", "updated_at"])
    publish(type=EventType.CONNECTION_REMOVED, subject=connection.public_id, payload=connection_payload(connection))


def cancel_syncs(connections: QuerySet[Connection], *, actor: Actor) -> None:
    """Ends the syncs that wait, run, or would go on by themselves, in the caller's transaction."""
    waits_to_go_on = Q(status=SyncRun.Status.PARTIAL, resume_at__isnull=False)
    for run in SyncRun.objects.filter(Q(status__in=_UNDER_WAY) | waits_to_go_on, connection__in=connections):
        with suppress(SyncNotRunningError):
            cancel_sync(run=run, actor=actor)


def _tell(connection: Connection) -> None:
    record_activity(
        integration=connection.integration,
        connection=connection,
        type=Activity.Type.DISCONNECT,
        status=Activity.Status.SUCCESS,
        details={"account": connection.account_name} if connection.account_name else {},
    )
    told = connection_payload(connection)
    publish(type=EventType.CONNECTION_DISCONNECTED, subject=connection.public_id, payload=told)
