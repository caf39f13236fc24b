"""Purging removed connections: what came from a vendor goes, what the hub did stays for a while as figures.

The credential has gone with the removal itself. Here go records, quarantined records, seen ids, field states, drifts
and consents; what webhooks said of the account, unless another connection has it; positions and the vendor's words in
runs, steps and activities; and the account's name, id and settings. Runs, steps and activities stay with their figures
until retention removes them, the connection for the audit trail.

A purge works through a table some thousand rows at a time, each time in a transaction of its own that has locked the
connection, so that two never purge the same one. Stopped anywhere, the next goes on where it was. It is over only once
no sync is under way (one that was cancelled may be at its last page still, and stores nothing after that) and no
consent is held: whoever drops those has the vendor take back what was exchanged.
"""

import logging
import time
import uuid

from django.db import connection as database
from django.db import transaction

from connections.models import Connection, OAuthAttempt, SyncRun
from connections.services import links
from connections.services.secrets import drop_secret
from connections.services.standing import locked_with_standing
from connections.services.webhook_bodies import forget_account
from integrations_site.audit.services import announce
from integrations_site.audit.types import HUB
from integrations_site.kernel import clock
from integrations_site.tenancy import scope

_BATCH = 5_000
_CONNECTIONS_AT_ONCE = 500
_SECONDS = 50.0
_UNDER_WAY = (SyncRun.Status.QUEUED, SyncRun.Status.RUNNING)
# What an activity tells that is the hub's own.
_FIGURES = (
    *("syncId", "connectionId", "integrationId", "provider", "status", "syncType", "dataTypes", "verified"),
    *("recordsProcessed", "recordsSynced", "recordsDeleted", "errors"),
)
_DELETE = "DELETE FROM {0} WHERE id IN (SELECT id FROM {0} WHERE connection_id = %(connection)s LIMIT %(most)s)"
_STATEMENTS = {
    "records": _DELETE.format("connections_record"),
    "quarantined records": _DELETE.format("connections_quarantinedrecord"),
    "field states": _DELETE.format("connections_entitystate"),
    "drifts": _DELETE.format("connections_schemadrift"),
    "consents": """
        DELETE FROM connections_oauthattempt WHERE id IN (
            SELECT id FROM connections_oauthattempt
            WHERE connection_id = %(connection)s AND (used_at IS NOT NULL OR sealed_answer = '') LIMIT %(most)s)
        """,
    "seen ids": """
        DELETE FROM connections_seenrecords WHERE id IN (
            SELECT seen.id FROM connections_seenrecords AS seen
            JOIN connections_syncstep AS step ON step.id = seen.step_id
            JOIN connections_syncrun AS run ON run.id = step.run_id
            WHERE run.connection_id = %(connection)s LIMIT %(most)s)
        """,
    "positions": """
        UPDATE connections_syncstep SET cursor = NULL, watermark = NULL, error = NULL, notices = '[]' WHERE id IN (
            SELECT step.id FROM connections_syncstep AS step JOIN connections_syncrun AS run ON run.id = step.run_id
            WHERE run.connection_id = %(connection)s
                AND (num_nonnulls(step.cursor, step.watermark, step.error) > 0 OR step.notices <> '[]')
            LIMIT %(most)s)
        """,
    "errors": """
        UPDATE connections_syncrun SET error = NULL WHERE id IN (
            SELECT id FROM connections_syncrun
            WHERE connection_id = %(connection)s AND error IS NOT NULL LIMIT %(most)s)
        """,
    "details": """
        UPDATE connections_activity AS activity SET details = (
            SELECT coalesce(jsonb_object_agg(key, value), '{}') FROM jsonb_each(activity.details)
            WHERE key = ANY(%(figures)s))
        WHERE id IN (
            SELECT id FROM connections_activity
            WHERE connection_id = %(connection)s AND details - %(figures)s::text[] <> '{}' LIMIT %(most)s)
        """,
}
_WEBHOOKS = "webhooks"
_PARTS = (*_STATEMENTS, _WEBHOOKS)
_logger = logging.getLogger(__name__)


def purge_removed(*, seconds: float = _SECONDS) -> int:
    """Purges connections that were removed, for so many seconds; how many are purged altogether now.

    One that cannot be purged is left for the next time, and keeps no other from it.
    """
    deadline, purged = time.monotonic() + seconds, 0
    with scope.all_tenants():
        due = Connection.objects.filter(removed_at__isnull=False, purged_at=None).order_by("removed_at")
        found = list(due.values_list("tenant_id", "pk")[:_CONNECTIONS_AT_ONCE])
    for tenant, key in found:
        try:
            with scope.tenant_scope(tenant):
                purged += _purge(key, deadline)
        except Exception:
            _logger.exception("The removed connection %s was not purged", key)
    return purged


def purge_connection(key: uuid.UUID, *, seconds: float = _SECONDS) -> bool:
    """Purges a connection of the tenant in scope for so many seconds; whether nothing is left to do.

    Nothing happens where it is not removed.
    """
    return _purge(key, time.monotonic() + seconds)


def _purge(key: uuid.UUID, deadline: float) -> bool:
    if not Connection.objects.filter(pk=key, removed_at__isnull=False, purged_at=None).exists():
        return False
    for part in _PARTS:
        while _purge_some(key, part) == _BATCH:
            if time.monotonic() > deadline:
                return False
    return _finish(key)


@transaction.atomic
def _purge_some(key: uuid.UUID, part: str) -> int:
    """How many rows were purged: as many as one time takes, unless they were the last or another purge is at work."""
    due = Connection.objects.filter(pk=key, removed_at__isnull=False, purged_at=None)
    row = due.select_for_update(skip_locked=True, no_key=True).first()
    if row is None:
        return 0
    announce(action="connection.purging", actor=HUB, subject=row.public_id, data={"part": part, "at_most": _BATCH})
    count = _carry_out(part, key)
    if not count:
        transaction.set_rollback(True)
    return count


@transaction.atomic
def _finish(key: uuid.UUID) -> bool:
    """Purges what came meanwhile, and whose account it was; whether that was all.

    Nothing can come any more: no run is under way, and none is made of a connection that is removed.
    """
    row = locked_with_standing(key)
    if row.removed_at is None or row.purged_at is not None:
        return False
    runs = SyncRun.objects.filter(connection=row, status__in=_UNDER_WAY)
    if runs.exists():
        if runs.filter(cancel_requested=False).exists():
            links.cancel_syncs(Connection.objects.filter(pk=key), actor=HUB)
        return False
    if OAuthAttempt.objects.filter(connection=row, used_at=None).exclude(sealed_answer="").exists():
        return False
    announce(action="connection.purged", actor=HUB, subject=row.public_id)
    drop_secret(row)
    if any(_carry_out(part, key) == _BATCH for part in _PARTS):
        return False
    row.account_id = row.account_name = row.display_name = row.validation_error = row.issued_to = ""
    row.settings, row.permissions, row.missing_scopes, row.purged_at = {}, [], [], clock.now()
    row.save()
    return True


def _carry_out(part: str, key: uuid.UUID) -> int:
    if part == _WEBHOOKS:
        account = Connection.objects.values_list("integration__provider__provider", "account_id").get(pk=key)
        return forget_account(*account, most=_BATCH)
    with database.cursor() as cursor:
        cursor.execute(_STATEMENTS[part], {"connection": key, "most": _BATCH, "figures": list(_FIGURES)})
        return int(cursor.rowcount)
