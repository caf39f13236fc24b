"""Which authorizations are ended with a connection, which are left because others live on them, and what is told."""

from collections.abc import Iterator

import pytest

from connections.models import Connection, Credential, Integration
from connections.services.connections import disconnect, remove_connection
from connections.services.integrations import remove_integration
from connections.services.oauth import finish_consent, start_consent
from connections.services.redirects import callback_uri
from connections.services.secrets import store_secret
from connections.services.testing import test_connection as try_connection
from connections.services.tokens.clients import set_own_client
from integrations_site.audit.types import Actor
from integrations_site.tenancy import scope
from integrations_site.tenancy.models import Tenant, User
from notifications.models import Event
from tests.connections.world import Vendor, make_connection, make_integration, make_oauth_provider, vendor_running

pytestmark = pytest.mark.django_db
ACCOUNT, HUBS, SECRET = "acct-1", "hub-client", {"accessToken": "a", "refreshToken": "r"}
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
    return make_connection(make_oauth_provider(vendor.url), secret=SECRET, account_id=ACCOUNT, issued_to=HUBS)


def also(connection: Connection, tenant: Tenant) -> Connection:
    """Another tenant's connection with the account, by the hub's client."""
    with scope.tenant_scope(tenant.id):
        return Connection.objects.create(
            integration=make_integration(connection.integration.provider),
            status="active",
            account_id=connection.account_id,
            credential_kind="oauth",
            issued_to=connection.issued_to,
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
            integration=integration,
            user=user,
            status="active",
            account_id=ACCOUNT,
            credential_kind="oauth",
            issued_to=connection.issued_to,
        )
        store_secret(sibling, SECRET)
    return integration


def test_an_integrations_connections_with_one_account_are_all_ended(
    connection: Connection, vendor: Vendor, actor: Actor, plain_user: User, admin_user: User
) -> None:
    integration = siblings(connection, plain_user, admin_user)
    remove_integration(integration=integration, actor=actor)
    assert (ended(vendor), left(integration), Credential.objects.count()) == (3, [], 0)


@pytest.mark.parametrize(
    ("statuses", "issued_to", "are_left"),
    [
        ([200, 401, 400], HUBS, 0),
        ([200, 503, 429], HUBS, 2),
        ([401, 401, 401], HUBS, 3),
        ([200, 401, 401], "", 2),
    ],
)
def test_what_ended_with_an_account_is_not_told_as_left(
    connection: Connection,
    vendor: Vendor,
    actor: Actor,
    plain_user: User,
    admin_user: User,
    statuses: list[int],
    issued_to: str,
    are_left: int,
) -> None:
    """A vendor that ends an account's authorization as a whole refuses whoever asks for that again."""
    connection.issued_to = issued_to
    connection.save()
    integration = siblings(connection, plain_user, admin_user)
    vendor.revocations = [*statuses]
    remove_integration(integration=integration, actor=actor)
    assert (ended(vendor), len(left(integration)), Credential.objects.count()) == (3, are_left, 0)


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
def test_another_oauth_client_is_another_authorization(
    connection: Connection, vendor: Vendor, actor: Actor, rival: Tenant, is_the_others: bool
) -> None:
    other = also(connection, rival)
    changed = other if is_the_others else connection
    with scope.all_tenants():
        Integration.objects.filter(pk=changed.integration.pk).update(client_id="own", sealed_client_secret="")
        Connection.objects.filter(pk=changed.pk).update(issued_to="own")
    connection.refresh_from_db()
    assert disconnect(connection=connection, actor=actor).notice == ""
    assert ended(vendor) == 1


@pytest.mark.parametrize("issued_to", [HUBS, ""])
@pytest.mark.parametrize("is_the_others", [False, True])
def test_what_was_issued_to_the_client_before_may_be_the_same_authorization(
    connection: Connection,
    vendor: Vendor,
    actor: Actor,
    in_tenant: Tenant,
    rival: Tenant,
    is_the_others: bool,
    issued_to: str,
) -> None:
    """The client is changed, and the account not connected again since; also where it is not known for whom it was."""
    connection.issued_to = issued_to
    connection.save()
    other = also(connection, rival)
    whose, changed = (rival, other) if is_the_others else (in_tenant, connection)
    with scope.tenant_scope(whose.id):
        set_own_client(integration=changed.integration, client_id="own", client_secret="s", actor=actor)
    connection.refresh_from_db()
    assert "connected elsewhere" in disconnect(connection=connection, actor=actor).notice
    assert ended(vendor) == 0


def consented(connection: Connection, actor: Actor) -> Connection:
    """The connection, active after a consent."""
    consent = start_consent(connection=connection, actor=actor, redirect_uri=callback_uri())
    return finish_consent(state=consent.state, query={"code": "c0de"}, actor=actor)


@pytest.mark.parametrize("ends_the_others", [False, True])
@pytest.mark.parametrize("is_connected_again", [False, True])
def test_a_test_makes_no_other_authorization_of_it(
    in_tenant: Tenant, vendor: Vendor, actor: Actor, ends_the_others: bool, is_connected_again: bool
) -> None:
    """What a test finds takes the place of what is told of the client; only a consent brings another authorization."""
    provider = make_oauth_provider(vendor.url, connection={"health": {"path": "/list"}})
    other, changed = (consented(make_connection(provider), actor) for _ in range(2))
    set_own_client(integration=changed.integration, client_id="own", client_secret="s", actor=actor)
    if is_connected_again:
        changed = consented(changed, actor)
    assert try_connection(connection=changed, actor=actor).success
    ending = Connection.objects.get(pk=(other if ends_the_others else changed).pk)
    assert ("connected elsewhere" in disconnect(connection=ending, actor=actor).notice) != is_connected_again
    assert ended(vendor) == int(is_connected_again)
