"""What vendors' webhooks said: kept as it came while a connection has an account that it is about, and no longer.

A webhook that waits for its turn keeps its body, for without it nothing could be done about it; when its turn is over,
it is looked whether anybody has the account still.
"""

from collections.abc import Iterable
from typing import Any

from django.db import connection as database
from django.db.models import Exists, OuterRef, QuerySet

from connections.models import Connection, InboundWebhook

# Of a connection's account. One of several accounts (which no column names) is looked for in the body.
FORGET = """
    UPDATE connections_inboundwebhook SET body = '' WHERE status <> 'waiting' AND id IN (
        SELECT webhook.id FROM connections_connection AS connection
        JOIN connections_integration AS integration ON integration.id = connection.integration_id
        JOIN catalog_provider AS provider ON provider.id = integration.provider_id
        JOIN connections_inboundwebhook AS webhook
            ON webhook.provider = provider.provider AND webhook.account_id IN (connection.account_id, '')
        WHERE connection.id = %(connection)s AND connection.account_id <> ''
            AND webhook.status <> 'waiting' AND webhook.body <> ''
            AND (webhook.account_id <> '' OR position(convert_to(connection.account_id, 'UTF8') IN webhook.body) > 0)
        LIMIT %(most)s)
    """


def holders(provider: Any, accounts: Iterable[Any]) -> QuerySet[Connection]:
    """Connections with one of these accounts at the provider that are not removed, of the tenants in scope.

    Both may be expressions. No account is "" or has a null character in it.
    """
    return Connection.objects.filter(
        integration__provider__provider=provider, account_id__in=accounts, removed_at=None
    ).exclude(account_id="")


def forget_account(connection: Connection) -> None:
    """Forgets what was said of the account that is stored with the connection, whoever else has it too."""
    with database.cursor() as cursor:
        cursor.execute(FORGET, {"connection": connection.pk, "most": None})


def forget_where_nobodys(webhook: InboundWebhook, accounts: Iterable[str]) -> None:
    """Forgets what a webhook said whose turn is over, unless somebody has one of the accounts that it is about.

    All tenants are in scope, else others' accounts would look like nobody's. Called once the end of its turn is
    committed: an account that was removed before is found no more here, and one that is removed after it is purged
    after it, when the webhook waits no more.
    """
    _over().filter(~Exists(holders(webhook.provider, accounts)), pk=webhook.pk).update(body=b"")


def forget_where_nobodys_any_more() -> None:
    """Forgets what was said of accounts that nobody has by now, in webhooks about one account each.

    All tenants are in scope. It is little: what was given up after a removal, or handled by a worker that died right
    then, or while another account took the place of its own.
    """
    theirs = holders(OuterRef("provider"), [OuterRef("account_id")])
    _over().filter(~Exists(theirs)).exclude(account_id="").exclude(body=b"").update(body=b"")


def _over() -> QuerySet[InboundWebhook]:
    found: QuerySet[InboundWebhook] = InboundWebhook.objects.exclude(status=InboundWebhook.Status.WAITING)
    return found
