"""What webhooks said: kept as it came while somebody has the account that they are about, and no longer."""

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest

from connections.models import Connection, InboundWebhook, SyncRun
from connections.sdk.accounts import Account
from connections.services import account_changes
from connections.services.connections import remove_connection
from connections.services.purging import purge_connection
from connections.services.syncs import request_sync
from connections.services.webhooks import forget_webhooks, handle_waiting, retry_webhook
from connections.services.webhooks.queue import WebhookNotFailedError
from integrations_site.audit.types import HUB
from integrations_site.kernel import clock
from integrations_site.tenancy import scope
from integrations_site.tenancy.models import Tenant
from tests.connections.webhooks.vendors import ACCOUNTS, deliver, event, make_connection

Commit = Callable[..., AbstractContextManager[Any]]
PAID = event("stripe", "invoice.paid")


def bodies() -> list[bytes]:
    """What webhooks said, in the order in which they came."""
    return [bytes(one.body) for one in InboundWebhook.objects.order_by("received_at", "pk")]


def kept() -> set[str]:
    """The events whose bodies there are."""
    return set(InboundWebhook.objects.exclude(body=b"").values_list("event_id", flat=True))


def make_webhook(name: str, *accounts: str, **fields: Any) -> InboundWebhook:
    """One of Stripe's that was handled, about one account or several."""
    told = {"provider": "stripe", "status": "handled", "body": b"{}", "received_at": clock.now()} | fields
    return InboundWebhook.objects.create(event_id=name, account_ids=accounts or [ACCOUNTS["stripe"]], **told)


def remove(tenant: Tenant, connection: Connection) -> None:
    """Removes and purges a connection."""
    with scope.tenant_scope(tenant.id):
        remove_connection(connection=connection, actor=HUB)
        assert purge_connection(connection.pk)


def each_way() -> None:
    """A webhook of every kind that a purge may meet."""
    make_webhook("handled")
    make_webhook("given up", status="failed")
    make_webhook("of several", "acct_2", "acct_1")
    make_webhook("of several others", "acct_2", "acct_10")
    make_webhook("waiting", status="waiting")
    make_webhook("of another account", "acct_2")
    make_webhook("of another vendor", provider="xero")


LEFT = {"waiting", "of another account", "of another vendor", "of several others"}


@pytest.mark.parametrize("status", [Connection.Status.ACTIVE, Connection.Status.EXPIRED, Connection.Status.REVOKED])
def test_it_is_kept_as_it_came_while_the_account_is_somebodys(catalog: None, tenant: Tenant, status: str) -> None:
    connection = make_connection(tenant, "stripe")
    with scope.tenant_scope(tenant.id):
        Connection.objects.filter(pk=connection.pk).update(status=status)
    deliver("stripe", PAID)
    assert handle_waiting() == 1
    assert bodies() == [json.dumps(PAID).encode()]
    forget_webhooks()
    assert bodies() == [json.dumps(PAID).encode()]


def test_what_concerns_nobody_is_forgotten_at_once(catalog: None, tenant: Tenant, rival: Tenant) -> None:
    make_connection(tenant, "stripe", account_id="acct_other")
    make_connection(tenant, "xero", account_id=ACCOUNTS["stripe"])
    removed = make_connection(rival, "stripe")
    with scope.tenant_scope(rival.id):
        remove_connection(connection=removed, actor=HUB)
    for content in (PAID, {"id": "evt_2", "type": "invoice.paid"}, PAID | {"id": "evt_3", "account": "acct\x00_1"}):
        assert deliver("stripe", content).status_code == 200
    assert handle_waiting() == 3
    assert bodies() == [b""] * 3


@pytest.mark.parametrize(("account", "expected"), [("c3d4", 1), ("none of these", 0)])
def test_one_of_several_accounts_is_enough(catalog: None, tenant: Tenant, account: str, expected: int) -> None:
    make_connection(tenant, "xero", account_id=account)
    told = event("xero", "CONTACT")
    told["events"].append({"tenantId": "c3d4", "eventCategory": "INVOICE"})
    deliver("xero", told)
    assert handle_waiting() == 1
    assert len(kept()) == expected


def test_an_account_that_is_removed_takes_it_along(catalog: None, tenant: Tenant) -> None:
    connection = make_connection(tenant, "stripe")
    each_way()
    remove(tenant, connection)
    assert kept() == LEFT


def test_what_another_still_needs_stays_until_that_is_removed_too(catalog: None, tenant: Tenant, rival: Tenant) -> None:
    """Of the tenant's own connections, or of another tenant's."""
    holders = [(tenant, make_connection(tenant, "stripe")), (rival, make_connection(rival, "stripe"))]
    holders.insert(1, (tenant, make_connection(tenant, "stripe", account_id=ACCOUNTS["stripe"])))
    make_connection(rival, "stripe", account_id="acct_3")
    each_way()
    make_webhook("of several, one somebody's", "acct_1", "acct_3")
    for who, connection in holders:
        assert len(kept()) == 8
        remove(who, connection)
    assert kept() == LEFT | {"of several, one somebody's"}


def test_one_that_is_removed_without_an_account_takes_nothing_along(catalog: None, tenant: Tenant) -> None:
    connection = make_connection(tenant, "stripe")
    with scope.tenant_scope(tenant.id):
        Connection.objects.filter(pk=connection.pk).update(account_id="")
    make_webhook("of several", "acct_2", "acct_1")
    remove(tenant, connection)
    assert kept() == {"of several"}


def test_an_account_whose_place_another_takes_takes_it_along(
    catalog: None, tenant: Tenant, rival: Tenant, django_capture_on_commit_callbacks: Commit
) -> None:
    connection, theirs = make_connection(tenant, "stripe"), make_connection(rival, "stripe")
    each_way()

    def take(whose: Tenant, of: Connection, account: str) -> int:
        """How many are kept then."""
        with scope.tenant_scope(whose.id), django_capture_on_commit_callbacks(execute=True):
            account_changes.take_account(of, Account(account, "Somebody"), actor=HUB)
            of.save()
        return len(kept())

    assert [take(tenant, connection, account) for account in ("acct_1", "acct_9")] == [7, 7]
    take(rival, theirs, "acct_9")
    assert kept() == LEFT


def test_what_waits_while_its_account_is_removed_is_forgotten_once_it_is_handled(catalog: None, tenant: Tenant) -> None:
    connection = make_connection(tenant, "stripe")
    deliver("stripe", PAID)
    remove(tenant, connection)
    assert bodies() != [b""]
    assert (handle_waiting(), bodies()) == (1, [b""])


def test_an_account_that_is_removed_while_its_webhook_is_handled(
    catalog: None, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The purge leaves it, for it waits; and the worker has found the connection before."""
    connection = make_connection(tenant, "stripe")

    def remove_meanwhile(**about: Any) -> SyncRun:
        run = request_sync(**about)
        remove(tenant, connection)
        assert bodies() != [b""]
        return run

    monkeypatch.setattr("connections.services.webhooks.handling.request_sync", remove_meanwhile)
    deliver("stripe", PAID)
    assert (handle_waiting(), bodies()) == (1, [b""])


def test_each_day_what_is_nobodys_any_more_is_forgotten(catalog: None, tenant: Tenant) -> None:
    """Such as what was given up after its account was removed, or was handled by a worker that died right after."""
    make_connection(tenant, "xero")
    for name, fields in {"handled": {}, "given up": {"status": "failed"}, "waiting": {"status": "waiting"}}.items():
        make_webhook(name, **fields)
    make_webhook("given up of several", "acct_1", "acct_2", status="failed")
    make_webhook("somebody's", "none", ACCOUNTS["xero"], provider="xero")
    assert forget_webhooks() == 0
    assert kept() == {"waiting", "somebody's"}


def test_one_that_is_forgotten_is_not_tried_again(catalog: None) -> None:
    forgotten = make_webhook("forgotten", status="failed", body=b"")
    with scope.all_tenants(), pytest.raises(WebhookNotFailedError, match="forgotten"):
        retry_webhook(webhook=forgotten, actor=HUB)
    forgotten.refresh_from_db()
    assert forgotten.status == "failed"
