"""What the hub itself lacks to renew access is no end of anybody's access: it goes on once that is put right."""

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
from pytest_django import Settings

from catalog.models import Provider
from catalog.services.providers import update_provider
from connections.models import Connection
from connections.sdk.errors import CredentialError, ProviderUnavailable
from connections.services import testing
from connections.services.syncs import request_sync, run_sync
from connections.services.vendor_http import vendor_http
from integrations_site.audit.types import HUB, Actor
from integrations_site.kernel import clock
from integrations_site.tenancy.models import Tenant
from notifications.models import Event
from tests.connections.world import Vendor, make_connection, make_oauth_provider, secret_of, vendor_running

pytestmark = pytest.mark.django_db
ACCOUNTS = {
    "name": "Account",
    "path": "/list",
    "records": "data",
    "id": "id",
    "paging": {"type": "none"},
    "fields": [{"name": "id", "path": "id", "type": "text"}],
}
# What is missing, and what brings it back.
Gap = Callable[[Provider], Callable[[], Any]]


def no_client(provider: Provider) -> Callable[[], Any]:
    """The hub has no client with the vendor."""
    Provider.objects.filter(pk=provider.pk).update(client_id="")
    return lambda: Provider.objects.filter(pk=provider.pk).update(client_id="hub-client")


def no_key(provider: Provider) -> Callable[[], Any]:
    """What sealed the client's secret is not among the hub's keys."""
    sealed = Provider.objects.get(pk=provider.pk).sealed_client_secret
    Provider.objects.filter(pk=provider.pk).update(sealed_client_secret=f"lost:{sealed.partition(':')[2]}")
    return lambda: Provider.objects.filter(pk=provider.pk).update(sealed_client_secret=sealed)


def no_oauth(provider: Provider) -> Callable[[], Any]:
    """The definition says nothing of OAuth any more."""
    before = Provider.objects.filter(pk=provider.pk).values("definition", "client_id", "sealed_client_secret").get()
    keys = {"authType": "api_key", "oauthConfig": None}
    update_provider(provider_id=provider.pk, patch=keys, actor=HUB)
    return lambda: Provider.objects.filter(pk=provider.pk).update(**before)


GAPS = [(no_client, "PROVIDER_NOT_CONFIGURED"), (no_key, "SECRET_UNREADABLE"), (no_oauth, "OAUTH_NOT_OFFERED")]


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    """A vendor with OAuth."""
    with vendor_running() as running:
        yield running


@pytest.fixture
def connection(in_tenant: Tenant, vendor: Vendor) -> Connection:
    """One whose access has ended."""
    provider = make_oauth_provider(vendor.url, connection={"entities": [ACCOUNTS], "health": {"path": "/list"}})
    ended = {"expiresAt": clock.now().isoformat()}
    return make_connection(provider, secret=secret_of(vendor.tokens(), **ended))


def fresh(connection: Connection) -> Connection:
    """As a worker reads it that has just begun."""
    return Connection.objects.select_related("integration__provider").get(pk=connection.pk)


def requires_nobody(connection: Connection) -> bool:
    """Whether the connection is as good as before, and its owner is left in peace."""
    row = fresh(connection)
    return (row.status, row.told_at, Event.objects.filter(type="connection.expired").count()) == ("active", None, 0)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("gap", "code"), GAPS)
def test_a_sync_waits_until_the_hub_is_put_right(connection: Connection, gap: Gap, code: str, actor: Actor) -> None:
    put_right = gap(connection.integration.provider)
    run = request_sync(connection=fresh(connection), sync_type="full", actor=actor)
    assert not run_sync(run.pk)
    run.refresh_from_db()
    assert run.error is not None
    assert (run.error["code"], run.error["vendorCode"]) == ("PROVIDER_UNAVAILABLE", code)
    assert "runs the hub" in run.error["message"]
    assert [step.status for step in run.steps.all()] == ["waiting"]
    assert requires_nobody(connection)
    put_right()
    assert vendor_http(fresh(connection)).request("GET", "/list").json() == {"data": [{"id": "1"}]}


@pytest.mark.parametrize(("gap", "code"), GAPS)
def test_a_test_says_what_the_hub_lacks(connection: Connection, gap: Gap, code: str, actor: Actor) -> None:
    gap(connection.integration.provider)
    with pytest.raises(ProviderUnavailable) as caught:
        vendor_http(fresh(connection)).request("GET", "/list")
    assert caught.value.code == code
    result = testing.test_connection(connection=fresh(connection), actor=actor)
    assert (result.error, requires_nobody(connection)) == ("CONNECTION_FAILED", True)


def test_access_that_still_holds_is_used_meanwhile(in_tenant: Tenant, vendor: Vendor) -> None:
    ends = clock.now() + dt.timedelta(seconds=30)
    times = {"expiresAt": ends.isoformat(), "renewAt": clock.now().isoformat()}
    connection = make_connection(make_oauth_provider(vendor.url), secret=secret_of(vendor.tokens(), **times))
    no_client(connection.integration.provider)
    assert vendor_http(fresh(connection)).request("GET", "/list").status == 200
    with time_machine.travel(ends), pytest.raises(ProviderUnavailable):
        vendor_http(fresh(connection)).request("GET", "/list")


def test_a_credential_that_does_not_open_is_the_hubs_own_fault_as_well(
    connection: Connection, settings: Settings
) -> None:
    settings.ENCRYPTION_KEYS = {"other": "another key, which sealed nothing so far"}
    with pytest.raises(ProviderUnavailable, match="runs the hub") as caught:
        vendor_http(fresh(connection)).request("GET", "/list")
    assert (caught.value.code, requires_nobody(connection)) == ("SECRET_UNREADABLE", True)


def test_a_credential_that_is_gone_is_to_be_connected_again(connection: Connection) -> None:
    connection.credential.delete()
    with pytest.raises(CredentialError) as caught:
        vendor_http(fresh(connection)).request("GET", "/list")
    assert caught.value.code == "NOT_CONNECTED"
