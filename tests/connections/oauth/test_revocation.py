"""Which authorizations are ended with a connection, which are left because others live on them, and what is told."""

from collections.abc import Iterator

import pytest

from connections.models import Connection, Credential, Integration
from connections.services.connections import disconnect, remove_connection
from connections.services.integrations import remove_integration
from connections.services.secrets import store_secret
from connections.services.tokens.clients import set_own_client
from integrations_site.audit.types import Actor
from integrations_site.tenancy import scope
from integrations_site.tenancy.models import Tenant, User
from notifications.models import Event
from tests.connections.world import Vendor, make_connection, make_integration, make_oauth_provider, vendor_running

pytestmark = pytest.mark.django_db
ACCOUNT, SECRET = "acct-1", {"accessToken": "a", "refreshToken": "r"}
ENTRIES = {"matchPath": "event", "claim": "event", "linkPath": "id", "endPath": "/orgs/{link}"}
BY_CALL = {"from": "call", "call": {"path": "/orgs"}, "idPath": "org", "entries": ENTRIES}


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    """A vendor with OAuth."""
    with vendor_running() as running:
        yield running


@pytest.fixture
def connection(in_tenant: Tenant, vendor: Vendor) -> Connection:
    """The tenant's, active with an account."""
    return make_connection(make_oauth_provider(vendor.url), secret=SECRET, account_id=ACCOUNT)


def also(connection: Connection, tenant: Tenant) -> Connection:
    """Another tenant's connection with the account, by the hub's client."""
    with scope.tenant_scope(tenant.id):
        return Connection.objects.create(
            integration=make_integration(connection.integration.provider),
            status="active",
            account_id=connection.account_id,
            credential_kind="oauth",
        )


def ended(vendor: Vendor) -> int:
    """How many authorizations the vendor was told to end."""
    return sum(each.path == "/revoke" for each in vendor.requests)


def left(integration: Integration) -> list[str]:
    """The connections whose authorization was left, by the event of the integration's removal."""
    event = Event.objects.get(type="integration.removed", subject=integration.public_id)
    return [each["connectionId"] for each in event.payload["left"]]


def siblings(connection: Connection, *users: User) -> Integration:
    """The connection's integration, in which these users too have connected the account, each for themselves."""
    integration = connection.integration
    for user in users:
        sibling = Connection.objects.create(
            integration=integration, user=user, status="active", account_id=ACCOUNT, credential_kind="oauth"
        )
        store_secret(sibling, SECRET)
    return integration


def test_an_integrations_connections_with_one_account_are_all_ended(
    connection: Connection, vendor: Vendor, actor: Actor, plain_user: User, admin_user: User
) -> None:
    integration = siblings(connection, plain_user, admin_user)
    remove_integration(integration=integration, actor=actor)
    assert (ended(vendor), left(integration), Credential.objects.count()) == (3, [], 0)


def test_what_a_vendor_ended_at_once_for_all_is_not_told_as_left(
    connection: Connection, vendor: Vendor, actor: Actor, plain_user: User
) -> None:
    vendor.revocations = 1
    integration = siblings(connection, plain_user)
    remove_integration(integration=integration, actor=actor)
    assert (ended(vendor), left(integration)) == (2, [])


def test_what_a_vendor_refuses_to_end_is_left(
    connection: Connection, vendor: Vendor, actor: Actor, plain_user: User
) -> None:
    vendor.revocations = 0
    integration = siblings(connection, plain_user)
    connections = {each.public_id for each in integration.connections.all()}
    remove_integration(integration=integration, actor=actor)
    assert (ended(vendor), set(left(integration))) == (2, connections)


def test_an_account_that_is_connected_beyond_the_integration_is_left(
    connection: Connection, vendor: Vendor, actor: Actor, plain_user: User, rival: Tenant
) -> None:
    also(connection, rival)
    integration = siblings(connection, plain_user)
    connections = {each.public_id for each in integration.connections.all()}
    remove_integration(integration=integration, actor=actor)
    assert (ended(vendor), set(left(integration))) == (0, connections)


def test_a_users_own_connection_that_ends_alone_leaves_the_account_of_another(
    connection: Connection, vendor: Vendor, actor: Actor, plain_user: User
) -> None:
    siblings(connection, plain_user)
    assert "connected elsewhere" in remove_connection(connection=connection, actor=actor).notice
    assert ended(vendor) == 0


@pytest.mark.parametrize("account", [BY_CALL, {"from": "token", "idPath": "account.id"}])
@pytest.mark.parametrize("was_connected", [True, False])
def test_where_there_was_no_authorization_nothing_is_told(
    in_tenant: Tenant, vendor: Vendor, actor: Actor, rival: Tenant, account: dict[str, object], was_connected: bool
) -> None:
    """Also while another tenant has the account, which the connection is still known to have had."""
    provider = make_oauth_provider(vendor.url, account=account)
    status = Connection.Status.REVOKED if was_connected else Connection.Status.PENDING
    connection = make_connection(provider, account_id=ACCOUNT if was_connected else "", status=status)
    other = make_connection(provider, account_id=ACCOUNT, status=status)
    also(other, rival)
    assert remove_connection(connection=connection, actor=actor).notice == ""
    remove_integration(integration=other.integration, actor=actor)
    assert (left(other.integration), vendor.requests) == ([], [])


def test_what_was_ended_already_is_not_told_as_left(connection: Connection, vendor: Vendor, actor: Actor) -> None:
    cuts = [act(connection=connection, actor=actor) for act in (disconnect, remove_connection)]
    assert ([cut.notice for cut in cuts], ended(vendor)) == (["", ""], 1)


def test_a_credential_that_cannot_be_read_is_one_that_is_left(
    connection: Connection, vendor: Vendor, actor: Actor
) -> None:
    Credential.objects.update(sealed="", location="")
    assert "end the authorization there" in disconnect(connection=connection, actor=actor).notice
    assert ended(vendor) == 0


@pytest.mark.parametrize("is_the_others", [False, True])
def test_what_was_issued_to_the_client_before_may_be_the_same_authorization(
    connection: Connection, vendor: Vendor, actor: Actor, in_tenant: Tenant, rival: Tenant, is_the_others: bool
) -> None:
    """The client is changed, and the account not connected again since; a test of it may have succeeded."""
    other = also(connection, rival)
    whose, changed = (rival, other) if is_the_others else (in_tenant, connection)
    with scope.tenant_scope(whose.id):
        set_own_client(integration=changed.integration, client_id="own", client_secret="s", actor=actor)
        Connection.objects.filter(pk=changed.pk).update(validation_error="")
    connection.refresh_from_db()
    assert "connected elsewhere" in disconnect(connection=connection, actor=actor).notice
    assert ended(vendor) == 0
