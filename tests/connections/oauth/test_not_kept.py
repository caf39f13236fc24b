"""Consents that nothing comes of: who may not end them, and what was granted goes back to the vendor."""

from collections.abc import Callable, Iterator
from urllib.parse import parse_qs

import pytest
from django.db import connection as database

from connections.models import Connection, Credential, Integration
from connections.services.oauth import finish_consent, finishing, of_browser, start_consent
from connections.services.redirects import callback_uri
from integrations_site.audit.types import Actor
from integrations_site.kernel.errors import HubError
from integrations_site.tenancy import scope
from integrations_site.tenancy.models import ApiClient, Membership, Tenant, User
from tests.connections.world import Vendor, answer, make_connection, make_oauth_provider, vendor_running

pytestmark = pytest.mark.django_db
BROWSER = of_browser("a-secret")
# As Stripe's: what is ended is named by the account.
BY_ACCOUNT = {"token": "{token}", "account": "{accountId}"}


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    """A vendor with OAuth."""
    with vendor_running() as running:
        yield running


@pytest.fixture
def connection(in_tenant: Tenant, vendor: Vendor) -> Connection:
    """One that waits for consent."""
    return make_connection(make_oauth_provider(vendor.url, revocationParameters=BY_ACCOUNT))


def refusal(connection: Connection, actor: Actor, *, ender: Actor | None) -> str:
    """The code with which the end of a consent is refused, that the actor began."""
    consent = start_consent(connection=connection, actor=actor, redirect_uri=callback_uri(), browser=BROWSER)
    return ended(consent.state, ender)


def ended(state: str, ender: Actor | None) -> str:
    """The code with which it is refused."""
    with pytest.raises(HubError) as caught:
        finish_consent(state=state, query={"code": "c0de"}, actor=ender, browser=BROWSER)
    return caught.value.code


def handed_back(vendor: Vendor) -> list[tuple[str, str]]:
    """Token and account of each revocation."""
    forms = [parse_qs(each.body.decode(), True) for each in vendor.requests if each.path == "/revoke"]
    return [(form["token"][0], form["account"][0]) for form in forms]


def nothing_is_kept(connection: Connection) -> bool:
    """Whether the connection still waits, without a credential."""
    connection.refresh_from_db()
    return (connection.status, connection.account_id, Credential.objects.count()) == ("pending", "", 0)


@pytest.mark.parametrize(("elsewhere", "is_at_work"), [(None, False), ("", True), ("hub-client", True), ("own", False)])
def test_the_grant_of_another_account_is_handed_back_unless_it_is_at_work(
    connection: Connection, vendor: Vendor, actor: Actor, elsewhere: str | None, is_at_work: bool
) -> None:
    """A vendor may know one authorization for an account and a client, which another connection lives on."""
    Connection.objects.filter(pk=connection.pk).update(account_id="acct-0")
    if elsewhere is not None:
        another = Integration.objects.create(provider=connection.integration.provider, name="Another")
        Connection.objects.create(
            integration=another, status="active", account_id="acct-1", credential_kind="oauth", issued_to=elsewhere
        )
    assert refusal(connection, actor, ender=actor) == "ACCOUNT_CHANGED"
    assert handed_back(vendor) == ([] if is_at_work else [("refresh-1", "acct-1")])


def test_the_grant_of_an_account_that_is_not_told_is_handed_back(
    connection: Connection, vendor: Vendor, actor: Actor
) -> None:
    vendor.token_answer = answer({"access_token": "a", "refresh_token": "r", "account": {}})
    assert refusal(connection, actor, ender=actor) == "PROVIDER_UNAVAILABLE"
    assert (handed_back(vendor), nothing_is_kept(connection)) == ([("r", "")], True)
    Connection.objects.filter(pk=connection.pk).update(status="active")
    assert refusal(connection, actor, ender=actor) == "PROVIDER_UNAVAILABLE"
    assert len(handed_back(vendor)) == 1, "it may be the account that is connected"


def test_a_grant_that_cannot_be_stored_is_handed_back(
    connection: Connection, vendor: Vendor, actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finishing, "settle_status", lambda _: 1 / 0)
    consent = start_consent(connection=connection, actor=actor, redirect_uri=callback_uri())
    with pytest.raises(ZeroDivisionError):
        finish_consent(state=consent.state, query={"code": "c0de"}, actor=actor)
    assert (handed_back(vendor), nothing_is_kept(connection)) == ([("refresh-1", "acct-1")], True)


def _leaves(user: User) -> None:
    Membership.objects.filter(user=user).delete()


def _is_demoted(user: User) -> None:
    Membership.objects.filter(user=user).update(role="user")


def _is_locked_out(user: User) -> None:
    User.objects.filter(pk=user.pk).update(is_active=False)


CHANGES = [_leaves, _is_demoted, _is_locked_out]


@pytest.mark.parametrize("is_logged_in", [True, False])
@pytest.mark.parametrize("change", CHANGES)
def test_who_may_not_connect_any_more_ends_no_consent(
    connection: Connection,
    vendor: Vendor,
    actor: Actor,
    admin_user: User,
    change: Callable[[User], None],
    is_logged_in: bool,
) -> None:
    consent = start_consent(connection=connection, actor=actor, redirect_uri=callback_uri(), browser=BROWSER)
    change(admin_user)
    assert ended(consent.state, actor if is_logged_in else None) == "OAUTH_NOT_ENTITLED"
    assert (vendor.requests, nothing_is_kept(connection)) == ([], True)


def test_a_program_that_was_removed_ends_no_consent(connection: Connection, vendor: Vendor, tenant: Tenant) -> None:
    program = ApiClient.objects.create(
        tenant=tenant, role="tenant_admin", client_type="confidential", authorization_grant_type="client-credentials"
    )
    program_id, actor = program.pk, Actor(program.public_id)
    first, second = (
        start_consent(connection=connection, actor=actor, redirect_uri=callback_uri(), browser=BROWSER) for _ in "ab"
    )
    assert finish_consent(state=first.state, query={"code": "c"}, actor=None, browser=BROWSER).status == "active"
    ApiClient.objects.filter(pk=program_id).delete()
    vendor.requests.clear()
    assert (ended(second.state, None), vendor.requests) == ("OAUTH_NOT_ENTITLED", [])


def test_a_users_own_consent_is_for_that_user(
    in_tenant: Tenant, vendor: Vendor, plain_user: User, admin_user: User
) -> None:
    def own() -> Connection:
        connection = make_connection(make_oauth_provider(vendor.url), user=plain_user)
        Integration.objects.filter(pk=connection.integration_id).update(user_scoped=True)
        return connection

    person, admin = Actor(plain_user.public_id), Actor(admin_user.public_id)
    assert refusal(own(), person, ender=admin) == "OAUTH_NOT_ENTITLED", "in the same browser"
    consent = start_consent(connection=own(), actor=person, redirect_uri=callback_uri())
    assert finish_consent(state=consent.state, query={"code": "c"}, actor=person).status == "active"
    third = start_consent(connection=own(), actor=person, redirect_uri=callback_uri())
    _leaves(plain_user)
    assert ended(third.state, person) == "OAUTH_NOT_ENTITLED"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_of_plan", [True, False])
def test_what_changes_while_the_vendor_is_asked_counts(
    connection: Connection, vendor: Vendor, actor: Actor, admin_user: User, tenant: Tenant, is_of_plan: bool
) -> None:
    def change() -> None:
        """On the vendor's thread."""
        with scope.tenant_scope(tenant.id):
            if is_of_plan:
                type(connection.integration.provider).objects.update(is_premium=True)
            else:
                _leaves(admin_user)
        database.close()

    vendor.before_answer = change
    assert refusal(connection, actor, ender=actor) == ("PLAN_REQUIRED" if is_of_plan else "OAUTH_NOT_ENTITLED")
    assert (handed_back(vendor), nothing_is_kept(connection)) == ([("refresh-1", "acct-1")], True)


def test_what_may_not_be_connected_any_more_is_not_asked_for(
    connection: Connection, vendor: Vendor, actor: Actor
) -> None:
    consent = start_consent(connection=connection, actor=actor, redirect_uri=callback_uri())
    Integration.objects.update(status="disabled")
    assert ended(consent.state, actor) == "INTEGRATION_DISABLED"
    assert (vendor.requests, nothing_is_kept(connection)) == ([], True)
