"""What vendors' webhooks said: kept as it came while a connection has an account that it is about, and no longer.

It is looked whether anybody has one of the accounts still, in any tenant: what one tenant removes another may have. A
webhook that waits for its turn keeps its body, for without it nothing could be done about it; when its turn is over, it
is looked as well.
"""

from typing import Any

from django.db.models import BooleanField, F, Func, OuterRef, QuerySet, Subquery

from connections.models import Connection, InboundWebhook
from integrations_site.tenancy import scope


class _IsOneOf(Func):
    """Whether a text is one of an array's; an index on the text serves, as with `IN`."""

    template, arg_joiner, output_field = "%(expressions)s)", " = ANY(", BooleanField()


def holders(provider: Any) -> QuerySet[Connection]:
    """Connections with the provider (which may be an expression) that are not removed, of the tenants in scope."""
    found: QuerySet[Connection] = Connection.objects.filter(integration__provider__provider=provider, removed_at=None)
    return found


def forget_account(provider: str, account_id: str, *, most: int | None = None) -> int:
    """Forgets what was said of an account that a connection does not have any more; of how many webhooks, at `most`.

    What is about somebody's account stays. Called once the account's end is committed: of two connections that lose it
    at the same time the later one finds it nobody's.
    """
    with scope.all_tenants():
        about = _nobodys().filter(provider=provider, account_ids__contains=[account_id]).values("pk")[:most]
        return _over().filter(pk__in=about).update(body=b"")


def forget_where_nobodys(webhook: InboundWebhook) -> None:
    """Forgets what a webhook said whose turn is over, unless somebody has one of the accounts that it is about.

    All tenants are in scope, else others' accounts would look like nobody's. Called once the end of its turn is
    committed: an account that was removed before is found no more here, and one that is removed after it is purged
    after it, when the webhook waits no more.
    """
    _nobodys().filter(pk=webhook.pk).update(body=b"")


def forget_where_nobodys_any_more() -> None:
    """Forgets what was said of accounts that nobody has by now.

    All tenants are in scope. It is little: what was given up after a removal, or handled by a worker that died right
    then, or while another account took the place of its own.
    """
    _nobodys().update(body=b"")


def _nobodys() -> QuerySet[InboundWebhook]:
    """Webhooks whose turn is over, with what they said, about accounts that nobody of the tenants in scope has."""
    theirs = holders(OuterRef("provider")).filter(_IsOneOf(F("account_id"), OuterRef("account_ids")))
    # Not `Exists`: PostgreSQL joins these, and compares every connection with every webhook.
    return _over().alias(holder=Subquery(theirs.values("pk")[:1])).filter(holder=None).exclude(body=b"")


def _over() -> QuerySet[InboundWebhook]:
    found: QuerySet[InboundWebhook] = InboundWebhook.objects.exclude(status=InboundWebhook.Status.WAITING)
    return found
