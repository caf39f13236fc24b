"""When another account takes the place of the one that a connection was with."""

from django.db import transaction

from connections.models import Connection, EntityState, QuarantinedRecord, Record, SchemaDrift
from connections.sdk.accounts import Account
from connections.services import links
from connections.services.syncs.interrupted import forget_positions
from connections.services.webhook_bodies import forget_account
from integrations_site.audit.services import announce
from integrations_site.audit.types import Actor

# What was read of an account, and how far.
_OF_THE_ACCOUNT = (EntityState, SchemaDrift, QuarantinedRecord, Record)


def is_other_account(connection: Connection, account: Account | None) -> bool:
    """Whether the connection is with an account already, and this is another."""
    return account is not None and bool(connection.account_id and account.id) and connection.account_id != account.id


def take_account(connection: Connection, account: Account | None, *, actor: Actor) -> None:
    """Has the connection be with this account, in the caller's transaction; the caller saves it.

    Another account begins at its own beginning: syncs of the one before end, and what they brought is deleted, so that
    nothing of the one stands beside the other's. What webhooks said of the one before is forgotten
    after commit, unless another connection has it.
    """
    if account is None:
        return
    if is_other_account(connection, account):
        data = {"before": connection.account_id, "now": account.id}
        announce(action="connection.account_changed", actor=actor, subject=connection.public_id, data=data)
        links.cancel_syncs(Connection.objects.filter(pk=connection.pk), actor=actor)
        for model in _OF_THE_ACCOUNT:
            model.objects.filter(connection=connection).delete()
        _forget_after_commit(connection.integration.provider.provider, connection.account_id)
        forget_positions(connection)
        connection.last_sync_at, connection.sync_status = None, ""
    connection.account_id = account.id or connection.account_id
    connection.account_name = account.name or connection.account_name


def _forget_after_commit(provider: str, account_id: str) -> None:
    """What fails then, the daily sweep of webhooks does."""
    transaction.on_commit(lambda: forget_account(provider, account_id), robust=True)
