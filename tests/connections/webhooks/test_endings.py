"""Access that was taken back at the vendor: the connection is cut once, and none that was made since."""

import datetime as dt
import json

import pytest

from connections.models import Connection, Credential, InboundWebhook
from connections.services.secrets import store_secret
from connections.services.webhooks import handle_waiting
from connections.services.webhooks.endings import end_by_vendor
from integrations_site.kernel import clock
from integrations_site.tenancy import scope
from integrations_site.tenancy.models import Tenant
from notifications.models import Event
from tests.connections.webhooks.vendors import deliver, event, make_connection

ENDINGS = [("stripe", "account.application.deauthorized"), ("slack", "app_uninstalled")]
TIMES = {"stripe": "created", "slack": "event_time"}
SINCE = dt.timedelta(minutes=5)


def connected_at(connection: Connection, moment: dt.datetime) -> None:
    """The account was connected then."""
    with scope.all_tenants():
        Connection.objects.filter(pk=connection.pk).update(connected_at=moment)


def status_of(connection: Connection) -> str:
    """As it is now."""
    with scope.all_tenants():
        return Connection.objects.get(pk=connection.pk).status


def has_credential(connection: Connection) -> bool:
    """Whether the hub still holds what it authenticates with."""
    with scope.all_tenants():
        return Credential.objects.filter(connection=connection).exists()


@pytest.mark.parametrize(("vendor", "type"), ENDINGS)
def test_access_that_was_taken_back_ends_the_connection_and_tells_once(
    catalog: None, tenant: Tenant, vendor: str, type: str
) -> None:
    connection, other = make_connection(tenant, vendor), make_connection(tenant, vendor, account_id="other")
    for number in (1, 2):
        deliver(vendor, event(vendor, type, number))
        handle_waiting()
    with scope.tenant_scope(tenant.id):
        connection.refresh_from_db()
        other.refresh_from_db()
        assert (connection.status, other.status) == (Connection.Status.REVOKED, Connection.Status.ACTIVE)
        assert "taken back" in connection.validation_error
        assert [one.connection_id for one in Credential.objects.all()] == [other.pk]
        [told] = Event.objects.filter(type="connection.disconnected")
        integration = connection.integration.public_id
    assert told.payload == {
        "connectionId": connection.public_id,
        "integrationId": integration,
        "provider": vendor,
        "status": "revoked",
        "accountId": connection.account_id,
        "accountName": "",
        "permissions": [],
    }


@pytest.mark.parametrize(("vendor", "type"), ENDINGS)
def test_one_that_came_before_the_account_was_connected_again_cuts_nothing(
    catalog: None, tenant: Tenant, vendor: str, type: str
) -> None:
    connection = make_connection(tenant, vendor)
    deliver(vendor, event(vendor, type))
    connected_at(connection, clock.now())
    assert handle_waiting() == 1
    assert (status_of(connection), has_credential(connection)) == ("active", True)


@pytest.mark.parametrize(("vendor", "type"), ENDINGS)
@pytest.mark.parametrize(("is_late", "status"), [(True, "active"), (False, "revoked")])
def test_one_that_comes_late_tells_of_the_access_before(
    catalog: None, tenant: Tenant, vendor: str, type: str, is_late: bool, status: str
) -> None:
    connection = make_connection(tenant, vendor)
    moment = clock.now() - SINCE
    connected_at(connection, moment)
    told = event(vendor, type)
    told[TIMES[vendor]] = int((moment + (-SINCE if is_late else SINCE)).timestamp())
    deliver(vendor, told)
    assert handle_waiting() == 1
    assert (status_of(connection), has_credential(connection)) == (status, status == "active")


def test_a_time_that_is_none_counts_as_the_time_of_its_coming(catalog: None, tenant: Tenant) -> None:
    connection = make_connection(tenant, "stripe")
    deliver("stripe", event("stripe", ENDINGS[0][1]) | {"created": "yesterday"})
    handle_waiting()
    assert status_of(connection) == "revoked"


def test_a_consent_under_way_is_left_alone(catalog: None, tenant: Tenant) -> None:
    connection = make_connection(tenant, "stripe")
    with scope.tenant_scope(tenant.id):
        Connection.objects.filter(pk=connection.pk).update(status=Connection.Status.PENDING)
    deliver("stripe", event("stripe", ENDINGS[0][1]))
    handle_waiting()
    assert status_of(connection) == "pending"


def test_whoever_connects_between_reading_and_ending_keeps_the_credential(catalog: None, tenant: Tenant) -> None:
    connection, before = make_connection(tenant, "stripe"), clock.now()
    with scope.tenant_scope(tenant.id):
        stale = Connection.objects.select_related("integration").get(pk=connection.pk)
        connected_at(connection, clock.now())
        store_secret(connection, {"accessToken": "fresh"})
        assert not end_by_vendor(connection=stale, reason="x", at=before)
    assert (status_of(connection), has_credential(connection)) == ("active", True)


def test_other_events_of_one_that_ends_nothing_are_followed(catalog: None, tenant: Tenant) -> None:
    connection = make_connection(tenant, "stripe")
    old = event("stripe", ENDINGS[0][1])
    InboundWebhook.objects.create(
        provider="stripe",
        event_id="old",
        account_ids=["acct_1"],
        body=json.dumps(old).encode(),
        received_at=dt.datetime(2025, 1, 1, tzinfo=dt.UTC),
    )
    deliver("stripe", event("stripe", "invoice.paid", 2))
    assert handle_waiting() == 2
    told = dict(InboundWebhook.objects.values_list("event_id", "outcome"))
    assert told == {"old": "Concerns no data type", "evt_2": "A sync was begun"}
    assert status_of(connection) == "active"
