"""What becomes of inbound webhooks: a sync of what they are about, for whomever they concern, or nothing."""

import datetime as dt
import json

import pytest

from connections.models import Connection, InboundWebhook, SyncRun, SyncStep
from connections.services.syncs import request_sync
from connections.services.webhooks import forget_webhooks, handle_waiting
from integrations_site.audit.types import HUB
from integrations_site.kernel import clock
from integrations_site.tenancy import scope
from integrations_site.tenancy.models import Tenant
from tests.connections.webhooks.vendors import deliver, event, make_connection


def runs_of(connection: Connection) -> list[SyncRun]:
    """The connection's syncs, oldest first."""
    with scope.all_tenants():
        return list(SyncRun.objects.filter(connection=connection).order_by("started_at"))


def outcomes() -> list[str]:
    """What came of the webhooks, in the order in which they came."""
    return [one.outcome for one in InboundWebhook.objects.order_by("received_at")]


@pytest.mark.parametrize(
    ("vendor", "type", "entities"),
    [
        ("stripe", "payment_intent.succeeded", ["payments"]),
        ("stripe", "customer.subscription.updated", ["subscriptions"]),
        ("stripe", "customer.updated", ["customers"]),
        ("slack", "message", ["messages"]),
        ("slack", "channel_rename", ["channels"]),
        ("quickbooks", "qbo.bill.created.v1", ["expenses"]),
        ("quickbooks", "qbo.vendor.merged.v1", ["vendors"]),
        ("xero", "INVOICE", ["expenses", "invoices"]),
        ("xero", "CONTACT", ["contacts"]),
    ],
)
def test_a_webhook_begins_a_sync_of_what_it_is_about(
    catalog: None, tenant: Tenant, vendor: str, type: str, entities: list[str]
) -> None:
    connection = make_connection(tenant, vendor)
    deliver(vendor, event(vendor, type))
    assert handle_waiting() == 1
    [run] = runs_of(connection)
    assert (run.trigger, run.sync_type, sorted(run.data_types)) == ("webhook", "incremental", entities)
    assert outcomes() == ["A sync was begun"]
    assert handle_waiting() == 0


def test_half_a_character_in_a_webhook_spoils_nothing(catalog: None, tenant: Tenant) -> None:
    """A text that the vendor has cut off. The body is kept as it came."""
    connection = make_connection(tenant, "slack")
    told = json.dumps(event("slack", "message") | {"text": "Cut off \ud83d"}).encode()
    assert deliver("slack", told).status_code == 200
    assert handle_waiting() == 1
    assert [run.data_types for run in runs_of(connection)] == [["messages"]]
    assert bytes(InboundWebhook.objects.get().body) == told


def test_every_tenant_with_the_account_is_served_and_nobody_else(catalog: None, tenant: Tenant, rival: Tenant) -> None:
    ours, theirs = make_connection(tenant, "stripe"), make_connection(rival, "stripe")
    other = make_connection(tenant, "stripe", account_id="acct_other")
    deliver("stripe", event("stripe", "invoice.paid"))
    handle_waiting()
    assert [len(runs_of(each)) for each in (ours, theirs, other)] == [1, 1, 0]
    assert runs_of(theirs)[0].tenant_id == rival.id


def test_an_account_that_nobody_can_have_concerns_nobody(catalog: None, tenant: Tenant) -> None:
    """PostgreSQL cannot even be asked for it."""
    make_connection(tenant, "stripe")
    assert deliver("stripe", event("stripe", "invoice.paid") | {"account": "acct\x00_1"}).status_code == 200
    assert (handle_waiting(), outcomes()) == (1, ["Concerns no connection"])


def test_several_events_in_one_body_reach_each_account(catalog: None, tenant: Tenant) -> None:
    first, second = make_connection(tenant, "xero"), make_connection(tenant, "xero", account_id="c3d4")
    told = event("xero", "CONTACT")
    told["events"].append({"tenantId": "c3d4", "eventCategory": "INVOICE"})
    deliver("xero", told)
    handle_waiting()
    assert [sorted(runs_of(each)[0].data_types) for each in (first, second)] == [["contacts"], ["expenses", "invoices"]]


def test_many_webhooks_while_a_sync_runs_lead_to_one_more_and_each_is_handled(catalog: None, tenant: Tenant) -> None:
    connection = make_connection(tenant, "stripe")
    deliver("stripe", event("stripe", "invoice.paid", 1))
    handle_waiting()
    with scope.tenant_scope(tenant.id):
        SyncRun.objects.update(status=SyncRun.Status.RUNNING)
        SyncStep.objects.update(status=SyncStep.Status.RUNNING)
    for number in (2, 3, 4):
        deliver("stripe", event("stripe", "invoice.paid", number))
    assert (handle_waiting(), len(runs_of(connection))) == (3, 1)
    assert outcomes() == ["A sync was begun", *["The sync under way, or another after it, reads it"] * 3]
    assert set(InboundWebhook.objects.values_list("status", "attempts")) == {("handled", 1)}
    assert runs_of(connection)[0].follow_up == ["invoices"]


def test_a_sync_that_began_later_has_read_it(catalog: None, tenant: Tenant) -> None:
    connection = make_connection(tenant, "stripe")
    deliver("stripe", event("stripe", "invoice.paid"))
    with scope.tenant_scope(tenant.id):
        SyncRun.objects.create(
            connection=connection,
            sync_type="incremental",
            trigger="manual",
            data_types=["payments", "invoices"],
            started_at=clock.now(),
        )
    assert (handle_waiting(), len(runs_of(connection))) == (1, 1)
    assert outcomes() == ["A later sync has read it"]


def test_a_later_sync_that_goes_on_with_what_was_half_read_has_not_read_it(catalog: None, tenant: Tenant) -> None:
    """The change may be on a page that was read before the webhook came."""
    connection = make_connection(tenant, "stripe")
    with scope.tenant_scope(tenant.id):
        half = request_sync(connection=connection, sync_type="full", data_types=["invoices"], actor=HUB)
        half.steps.update(status=SyncStep.Status.WAITING, cursor={"list": None}, page=1)
        SyncRun.objects.update(status=SyncRun.Status.PARTIAL, resume_at=clock.now())
    deliver("stripe", event("stripe", "invoice.paid"))
    with scope.tenant_scope(tenant.id):
        later = request_sync(connection=connection, data_types=["invoices"], actor=HUB)
        assert later.steps.get().page == 1
        SyncRun.objects.filter(pk=later.pk).update(status=SyncRun.Status.COMPLETED)
        later.steps.update(status=SyncStep.Status.COMPLETED)
    handle_waiting()
    assert outcomes() == ["A sync was begun"]
    assert [run.trigger for run in runs_of(connection)] == ["manual", "manual", "webhook"]


def test_a_connection_that_cannot_be_synced_is_told_and_not_tried_for_ever(catalog: None, tenant: Tenant) -> None:
    connection = make_connection(tenant, "stripe")
    with scope.tenant_scope(tenant.id):
        Connection.objects.filter(pk=connection.pk).update(status=Connection.Status.EXPIRED)
    deliver("stripe", event("stripe", "invoice.paid"))
    assert (handle_waiting(), runs_of(connection)) == (1, [])
    assert outcomes()[0].startswith("No sync: ")


def test_a_persons_own_token_at_slack_is_not_the_bots(catalog: None, tenant: Tenant) -> None:
    connection = make_connection(tenant, "slack")
    deliver("slack", event("slack", "tokens_revoked"))
    handle_waiting()
    with scope.tenant_scope(tenant.id):
        connection.refresh_from_db()
    assert connection.status == Connection.Status.ACTIVE
    assert outcomes() == ["Concerns no data type"]


def test_what_was_handled_long_ago_is_forgotten(catalog: None, tenant: Tenant) -> None:
    long_ago = clock.now() - dt.timedelta(days=60)
    older = long_ago - dt.timedelta(days=60)
    kept = InboundWebhook.Status
    for name, status, received_at, handled_at in (
        ("done", kept.HANDLED, long_ago, long_ago),
        ("fresh", kept.HANDLED, long_ago, clock.now()),
        ("waiting", kept.WAITING, older, None),
        ("failed", kept.FAILED, long_ago, None),
        ("failed and forgotten", kept.FAILED, older, None),
    ):
        InboundWebhook.objects.create(
            provider="stripe", event_id=name, status=status, received_at=received_at, handled_at=handled_at, body=b"{}"
        )
    assert forget_webhooks() == 2
    assert set(InboundWebhook.objects.values_list("event_id", flat=True)) == {"waiting", "fresh", "failed"}
