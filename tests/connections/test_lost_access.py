"""Access that is over, however that shows: the connection waits to be connected again, and its owner is told once."""

from collections.abc import Iterator

import pytest

from connections.models import Connection
from connections.services import testing
from connections.services.access import refresh_access
from connections.services.errors import ReconnectNeededError
from connections.services.syncs import request_sync
from integrations_site.audit.types import Actor
from integrations_site.tenancy.models import Tenant
from notifications.models import Event
from tests.connections.world import (
    answer,
    make_connection,
    make_key_provider,
    make_oauth_provider,
    secret_of,
    vendor_running,
)
from tests.receiver import Receiver, receiving

pytestmark = pytest.mark.django_db
ACCOUNT = {"path": "/me", "idPath": "id", "namePath": "name"}


@pytest.fixture
def vendor() -> Iterator[Receiver]:
    """A vendor that lets the account `mine` in."""
    with receiving(lambda _: answer({"id": "mine", "name": "Mine"})) as receiver:
        yield receiver


@pytest.fixture
def connection(in_tenant: Tenant, vendor: Receiver) -> Connection:
    """An active one with that account."""
    provider = make_key_provider(vendor.url, connection={"account": ACCOUNT})
    return make_connection(provider, secret={"apiKey": "k"}, account_id="mine", account_name="Mine")


def told() -> list[str]:
    """How the connection stood each time that its owner was told."""
    events = Event.objects.filter(type="connection.expired").order_by("id")
    return [event.payload["status"] for event in events]


def tried(connection: Connection, actor: Actor) -> testing.TestResult:
    """What came of a test; the connection is as it is then."""
    result = testing.test_connection(connection=connection, actor=actor)
    connection.refresh_from_db()
    return result


def test_a_test_that_is_refused_is_told_once_until_access_is_back(
    connection: Connection, vendor: Receiver, actor: Actor
) -> None:
    for times in (1, 2):
        vendor.respond = lambda _: answer({}, 401)
        for _ in range(2):
            assert tried(connection, actor).error == "INVALID_CREDENTIALS"
            assert (connection.status, told()) == ("expired", ["expired"] * times)
        vendor.respond = lambda _: answer({"id": "mine"})
        assert tried(connection, actor).success
        assert (connection.status, connection.validation_error) == ("active", "")


def test_a_credential_of_another_account_is_told_and_used_for_nothing(
    connection: Connection, vendor: Receiver, actor: Actor
) -> None:
    vendor.respond = lambda _: answer({"id": "theirs", "name": "Theirs"})
    for _ in range(2):
        assert tried(connection, actor).error == "ACCOUNT_CHANGED"
    assert (connection.status, connection.account_id, told()) == ("error", "mine", ["error"])
    assert "Theirs" in connection.validation_error
    with pytest.raises(ReconnectNeededError):
        request_sync(connection=connection, sync_type="full", data_types=(), trigger="manual", actor=actor)
    vendor.respond = lambda _: answer({}, 401)
    assert tried(connection, actor).error == "INVALID_CREDENTIALS"
    assert (connection.status, told()) == ("expired", ["error"])


@pytest.mark.parametrize("status", ["active", "error"])
def test_a_renewal_that_is_refused_ends_access_from_either_status(in_tenant: Tenant, actor: Actor, status: str) -> None:
    with vendor_running() as oauth:
        secret = secret_of(oauth.tokens())
        connection = make_connection(make_oauth_provider(oauth.url), secret=secret, status=status)
        oauth.token_answer = answer({"error": "invalid_grant"}, 400)
        for _ in range(2):
            with pytest.raises(ReconnectNeededError):
                refresh_access(connection=connection, actor=actor)
            connection.refresh_from_db()
    assert (connection.status, told()) == ("expired", ["expired"])
