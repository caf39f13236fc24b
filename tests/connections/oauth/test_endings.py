"""Connections that end: the credential goes with the link, in one transaction, whatever happens at the same time."""

from collections.abc import Iterator

import pytest
from django.db import connection as database

from connections.models import Connection, Credential
from connections.sdk.errors import CredentialError
from connections.services import connections
from connections.services.secrets import read_secret
from connections.services.vendor_http import vendor_http
from connections.services.webhooks.endings import end_by_vendor
from integrations_site.audit.types import Actor
from integrations_site.kernel import clock
from integrations_site.tenancy import scope
from integrations_site.tenancy.models import Tenant
from tests.connections.world import Vendor, make_connection, make_oauth_provider, secret_of, vendor_running

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    """A vendor with OAuth."""
    with vendor_running() as running:
        yield running


def test_a_renewal_under_way_gives_an_ended_connection_no_credential(in_tenant: Tenant, vendor: Vendor) -> None:
    provider, since = make_oauth_provider(vendor.url), clock.now()
    connection = make_connection(provider, secret=secret_of(vendor.tokens()), connected_at=since)
    vendor.tokens()  # the one that is stored serves no more

    def end() -> None:
        """On the vendor's thread."""
        with scope.tenant_scope(in_tenant.id):
            end_by_vendor(connection=Connection.objects.get(pk=connection.pk), reason="Taken back", at=clock.now())
        database.close()

    vendor.before_answer = end
    with pytest.raises(CredentialError):
        vendor_http(connection).request("GET", "/list")
    connection.refresh_from_db()
    assert (connection.status, connection.validation_error) == ("revoked", "Taken back")
    assert not Credential.objects.exists()


def test_a_disconnect_that_fails_keeps_the_credential(
    in_tenant: Tenant, vendor: Vendor, actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = make_connection(make_oauth_provider(vendor.url), secret=secret_of(vendor.tokens()))
    with monkeypatch.context() as broken:
        broken.setattr(connections, "settle_status", lambda _: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            connections.disconnect(connection=connection, actor=actor)
    connection.refresh_from_db()
    assert connection.status == "active"
    assert read_secret(connection, purpose="test")["refreshToken"] == "refresh-1"
    assert connections.disconnect(connection=connection, actor=actor).connection.status == "revoked"
    assert not Credential.objects.exists()


def test_a_connection_that_is_made_while_another_is_cut_stays_whole(
    in_tenant: Tenant, vendor: Vendor, actor: Actor
) -> None:
    """Active with its credential, or revoked without one; never the one with the other."""
    connection = make_connection(make_oauth_provider(vendor.url), secret=secret_of(vendor.tokens()))
    stale = Connection.objects.select_related("integration__provider").get(pk=connection.pk)
    connections.disconnect(connection=connection, actor=actor)
    again = connections.begin_consent(integration=connection.integration, user_id=None, actor=actor)
    assert again.status == "pending"
    connections.disconnect(connection=stale, actor=actor)
    again.refresh_from_db()
    assert (again.status, Credential.objects.count()) == ("revoked", 0)
