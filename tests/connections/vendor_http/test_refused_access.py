"""A credential that the vendor refuses, and nothing renews, is known to the connection, and its owner is told once."""

from collections.abc import Iterator

import pytest

from connections.models import Connection, Credential
from connections.sdk.errors import CredentialError, ProviderRejected
from connections.services.secrets import store_secret
from connections.services.testing import test_connection as try_connection
from connections.services.vendor_http import vendor_http
from integrations_site.audit.types import Actor
from integrations_site.kernel import clock
from integrations_site.tenancy.models import Tenant
from notifications.models import Event
from tests.connections.world import (
    Vendor,
    answer,
    make_connection,
    make_key_provider,
    make_oauth_provider,
    secret_of,
    vendor_running,
)
from tests.receiver import Receiver, receiving


@pytest.fixture
def vendor() -> Iterator[Receiver]:
    """A vendor that knows nobody."""
    with receiving(lambda _: answer({"error": {"code": "unauthorized"}}, 401)) as receiver:
        yield receiver


def refused(connection: Connection) -> None:
    """A call that is refused, by somebody who has just begun."""
    with pytest.raises(CredentialError):
        vendor_http(connection).request("GET", "/list")
    connection.refresh_from_db()


def told() -> list[str]:
    """Which events there are."""
    return list(Event.objects.order_by("id").values_list("type", flat=True))


def test_a_revoked_key_ends_the_connection_until_somebody_acts(in_tenant: Tenant, vendor: Receiver) -> None:
    connection = make_connection(make_key_provider(vendor.url), secret={"apiKey": "k"})
    for _ in range(2):
        refused(connection)
    assert (connection.status, connection.integration.status) == ("expired", "error")
    assert "does not accept" in connection.validation_error
    assert told() == ["connection.expired"]


def test_what_is_merely_forbidden_changes_nothing(in_tenant: Tenant, vendor: Receiver, actor: Actor) -> None:
    vendor.respond = lambda _: answer({}, 403)
    rules = {"errors": {"rules": [{"status": 403, "kind": "credential"}]}, "health": {"path": "/health"}}
    connection = make_connection(make_key_provider(vendor.url, connection=rules), secret={"apiKey": "k"})
    refused(connection)
    assert (connection.status, told()) == ("active", [])
    assert try_connection(connection=connection, actor=actor).error == "CONNECTION_FAILED"
    connection.refresh_from_db()
    assert (connection.status, told()) == ("active", [])


def test_a_401_that_says_that_a_permission_is_missing_spends_no_renewal(in_tenant: Tenant, oauth: Vendor) -> None:
    rule = {"status": 401, "codePath": "error.code", "code": "unauthorized", "kind": "forbidden"}
    provider = make_oauth_provider(oauth.url, connection={"errors": {"rules": [rule]}})
    connection = make_connection(provider, secret=secret_of(oauth.tokens()))
    oauth.uses = 0
    oauth.tokens()
    refused(connection)
    assert (oauth.exchanges, connection.status, told()) == (0, "active", [])


@pytest.mark.parametrize("key", ["new", "old"])
def test_whoever_was_connected_anew_meanwhile_stays_connected(in_tenant: Tenant, vendor: Receiver, key: str) -> None:
    connection = make_connection(make_key_provider(vendor.url), secret={"apiKey": "old"})

    http = vendor_http(connection)
    vendor.respond = lambda _: answer({})
    http.request("GET", "/list")  # the old key is in use
    store_secret(connection, {"apiKey": key})
    Connection.objects.update(connected_at=clock.now())
    vendor.respond = lambda _: answer({}, 401)
    with pytest.raises(CredentialError):
        http.request("GET", "/list")
    connection.refresh_from_db()
    assert (connection.status, told()) == ("active", [])


@pytest.fixture
def oauth() -> Iterator[Vendor]:
    """A vendor with OAuth."""
    with vendor_running() as running:
        yield running


def test_access_that_was_renewed_and_is_refused_still_has_expired(in_tenant: Tenant, oauth: Vendor) -> None:
    connection = make_connection(make_oauth_provider(oauth.url), secret=secret_of(oauth.tokens()))
    oauth.uses = 0
    oauth.tokens()
    refused(connection)
    assert (oauth.exchanges, connection.status, told()) == (1, "expired", ["connection.expired"])


def test_access_that_somebody_else_renewed_before_is_not_the_last_word(in_tenant: Tenant, oauth: Vendor) -> None:
    connection = make_connection(make_oauth_provider(oauth.url), secret=secret_of(oauth.tokens()))
    http = vendor_http(connection)
    http.request("GET", "/list")
    store_secret(connection, secret_of(oauth.tokens()))
    oauth.tokens()  # both are over by now
    with pytest.raises(CredentialError):
        http.request("GET", "/list")
    connection.refresh_from_db()
    assert (connection.status, oauth.exchanges) == ("active", 0)
    http.request("GET", "/list")
    assert oauth.exchanges == 1
    assert Credential.objects.get().exchange_started_at is None


def test_a_refusal_of_the_request_says_nothing_about_the_credential(in_tenant: Tenant, vendor: Receiver) -> None:
    vendor.respond = lambda _: answer({}, 404)
    connection = make_connection(make_key_provider(vendor.url), secret={"apiKey": "k"})
    with pytest.raises(ProviderRejected):
        vendor_http(connection).request("GET", "/list")
    connection.refresh_from_db()
    assert connection.status == "active"
