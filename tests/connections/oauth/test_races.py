"""Refresh tokens that can be used once, many processes, and processes that are killed."""

import signal
from collections.abc import Iterator
from typing import Any

import pytest

from connections.models import Connection, Credential
from connections.sdk.errors import CredentialError
from connections.services.vendor_http import vendor_http
from integrations_site.tenancy import scope
from integrations_site.tenancy.models import Tenant
from notifications.models import Event
from tests.chaos.processes import callers
from tests.connections.world import Vendor, make_connection, make_oauth_provider, secret_of, vendor_running

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    """A vendor with OAuth."""
    with vendor_running() as running:
        yield running


def test_one_exchange_for_each_expiry_however_many_want_it(tenant: Tenant, vendor: Vendor) -> None:
    with scope.tenant_scope(tenant.id):
        connection = make_connection(make_oauth_provider(vendor.url), secret=secret_of(vendor.tokens()))
    vendor.callers, vendor.stops_after = 4, 25
    with callers(connection, 4) as processes:
        for process in processes:
            _, errors = process.communicate(timeout=120)
            assert process.returncode == 0, errors
    assert (vendor.exchanges, vendor.expiries, vendor.reused) == (25, 25, [])
    with scope.tenant_scope(tenant.id):
        assert Credential.objects.get().version == 26


def _killed_between_exchange_and_commit(tenant: Tenant, vendor: Vendor, **oauth: Any) -> Connection:
    """A connection whose refresh token the vendor has taken, and whose process died before it knew the answer."""
    vendor.uses = 1
    with scope.tenant_scope(tenant.id):
        connection = make_connection(make_oauth_provider(vendor.url, **oauth), secret=secret_of(vendor.tokens()))
    with callers(connection, 1) as [process]:
        vendor.before_answer = process.kill
        process.wait(60)
    assert process.returncode == -signal.SIGKILL
    vendor.before_answer = lambda: None
    vendor.uses = None
    assert vendor.exchanges == 1
    return connection


def test_a_kill_between_exchange_and_commit_is_noticed(tenant: Tenant, vendor: Vendor) -> None:
    connection = _killed_between_exchange_and_commit(tenant, vendor)
    with scope.tenant_scope(tenant.id):
        assert Credential.objects.get().exchange_started_at is not None
        for _ in range(3):
            with pytest.raises(CredentialError, match="connect the account again"):
                vendor_http(connection).request("GET", "/list")
        assert vendor.exchanges == 1
        connection.refresh_from_db()
        assert connection.status == "expired"
        assert Event.objects.values_list("type", flat=True).get() == "connection.expired"


def test_within_the_vendors_grace_the_token_is_sent_once_more(tenant: Tenant, vendor: Vendor) -> None:
    vendor.forgives = True
    connection = _killed_between_exchange_and_commit(tenant, vendor, refreshGraceSeconds=1800)
    with scope.tenant_scope(tenant.id):
        assert vendor_http(connection).request("GET", "/list").json() == {"data": [{"id": "1"}]}
        assert vendor.exchanges == 2
        assert Credential.objects.get().exchange_started_at is None
