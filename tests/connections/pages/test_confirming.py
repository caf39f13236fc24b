"""A consent that a browser brings which did not begin it: who confirms it, and what becomes of it otherwise."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.test import Client

from catalog.models import Provider
from connections.models import Connection, Credential, OAuthAttempt
from connections.services.oauth import drop_lapsed
from connections.services.oauth_ending import HOLDER_COOKIE
from integrations_site.kernel import clock
from integrations_site.tenancy import scope
from integrations_site.tenancy.models import Tenant, User
from tests.api.clients import api_client
from tests.connections.api.requests import RETURN, add_integration, query_of
from tests.connections.world import Vendor, make_oauth_provider, vendor_running
from tests.factories import make_member
from tests.web.forms import log_in, send_form

pytestmark = pytest.mark.django_db
CALLBACK = "/api/integrations/oauth/callback"


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    """A vendor with OAuth."""
    with vendor_running() as running:
        yield running


@pytest.fixture
def begun(admin_user: User, vendor: Vendor) -> dict[str, str]:
    """A consent that a program of the tenant's admin began."""
    program = api_client(admin_user)
    path = f"/api/tenant/integrations/{add_integration(program, make_oauth_provider(vendor.url))['id']}"
    return dict(program.post(f"{path}/connect/oauth", {"returnUrl": RETURN}).json())


def browser_of(user: User | None = None) -> Client:
    """A browser, which says that it is one; somebody is logged in, or nobody."""
    client = Client(enforce_csrf_checks=True, headers={"User-Agent": "Mozilla/5.0", "Accept": "text/html,*/*"})
    if user:
        log_in(client, user.email)
    return client


def come_back(client: Client, begun: dict[str, str], **query: str) -> Any:
    """The answer where the vendor led the browser to."""
    return client.get(CALLBACK, {"code": "c-1", "state": begun["state"]} | query)


def stored(tenant: Tenant) -> tuple[str, str, int]:
    """How the connection stands, with which account, and how many credentials there are."""
    with scope.tenant_scope(tenant.id):
        connection = Connection.objects.get()
        return connection.status, connection.account_id, Credential.objects.count()


def test_who_is_lured_to_a_consent_connects_nothing(
    begun: dict[str, str], vendor: Vendor, tenant: Tenant, rival: Tenant
) -> None:
    lured = browser_of()
    led = come_back(lured, begun)
    assert led.status_code == 302
    assert "/integrations/consents/consent-" in led["location"]
    assert "c-1" not in led["location"]
    assert begun["state"] not in led["location"]
    assert lured.cookies[HOLDER_COOKIE]["httponly"]
    assert lured.get(led["location"])["location"].startswith("/login?next=")
    log_in(lured, make_member(rival, role="tenant_admin").email)
    refused = lured.get(led["location"])
    assert (refused.status_code, "Acme Books" in refused.content.decode()) == (400, False)
    assert come_back(lured, begun)["location"] == led["location"], "loaded again it is held as before"
    assert come_back(browser_of(), begun)["location"].endswith("error=OAUTH_STATE_USED")
    assert (stored(tenant), vendor.requests) == (("pending", "", 0), [])


def test_nobody_else_confirms_what_a_browser_holds(
    begun: dict[str, str], vendor: Vendor, tenant: Tenant, admin_user: User, plain_user: User
) -> None:
    """Least of all whoever has sent somebody to the consent."""
    page = come_back(browser_of(), begun)["location"]
    assert browser_of(admin_user).get(page).status_code == 400
    held = come_back(mine := browser_of(), begun)["location"]
    assert held.endswith("error=OAUTH_STATE_USED"), mine
    assert (stored(tenant), vendor.requests) == (("pending", "", 0), [])


def test_a_user_who_may_not_connect_does_not_confirm(
    begun: dict[str, str], vendor: Vendor, tenant: Tenant, plain_user: User
) -> None:
    browser = browser_of(plain_user)
    refused = browser.get(come_back(browser, begun)["location"])
    assert (refused.status_code, "not yours to make" in refused.content.decode()) == (404, True)
    assert (stored(tenant), vendor.requests) == (("pending", "", 0), [])


def test_an_admin_sees_what_it_is_and_confirms(begun: dict[str, str], vendor: Vendor, tenant: Tenant) -> None:
    browser = browser_of(make_member(tenant, role="tenant_admin"))
    page = come_back(browser, begun)["location"]
    text = browser.get(page).content.decode()
    with scope.all_tenants():
        names = [tenant.name, "Acme Books", "acct-1", Connection.objects.get().integration.provider.display_name]
        begun_by = OAuthAttempt.objects.get().started_by
        names.append(User.objects.get(pk=begun_by.removeprefix("user-")).email)
    assert [name for name in names if name not in text] == []
    assert stored(tenant) == ("pending", "", 0)
    assert browser.post(page, {"answer": "connect"}).status_code == 403, "without the form's token"
    done = send_form(browser, page, answer="connect")
    assert query_of(done["location"])["connected"].startswith("conn-")
    assert stored(tenant) == ("active", "acct-1", 1)
    assert browser.get(page).status_code == 400
    with scope.tenant_scope(tenant.id):
        assert OAuthAttempt.objects.get().sealed_answer == ""


def test_nobody_plants_the_cookie_that_confirms(begun: dict[str, str], settings: Any) -> None:
    """Browsers take this name from the hub itself alone, over TLS, for all its paths."""
    settings.COOKIE_PREFIX, settings.SESSION_COOKIE_SECURE = "__Host-", True
    browser = browser_of()
    held = come_back(browser, begun)["location"]
    [(name, left)] = browser.cookies.items()
    assert name == f"__Host-{HOLDER_COOKIE}"
    assert (left["secure"], left["path"], left["domain"], left["httponly"]) == (True, "/", "", True)
    assert come_back(browser, begun)["location"] == held
    browser.cookies[HOLDER_COOKIE] = browser.cookies.pop(name).value
    assert query_of(come_back(browser, begun)["location"]) == {"error": "OAUTH_STATE_USED"}


@pytest.mark.parametrize("is_late", [False, True])
def test_what_is_not_confirmed_is_handed_back(
    begun: dict[str, str], vendor: Vendor, tenant: Tenant, is_late: bool
) -> None:
    browser = browser_of(make_member(tenant, role="tenant_admin"))
    page = come_back(browser, begun)["location"]
    assert browser.get(page).status_code == 200
    if is_late:
        with time_machine.travel(clock.now() + dt.timedelta(minutes=11)):
            assert (drop_lapsed(), drop_lapsed()) == (1, 0)
    else:
        declined = send_form(browser, page, answer="decline")
        assert query_of(declined["location"]) == {"error": "OAUTH_NOT_CONFIRMED"}
    assert (stored(tenant), vendor.requests[-1].path) == (("pending", "", 0), "/revoke")
    with scope.tenant_scope(tenant.id):
        assert OAuthAttempt.objects.get().sealed_answer == ""


def test_what_is_confirmed_and_may_not_be_connected_is_handed_back(
    begun: dict[str, str], vendor: Vendor, tenant: Tenant
) -> None:
    browser = browser_of(make_member(tenant, role="tenant_admin"))
    page = come_back(browser, begun)["location"]
    assert browser.get(page).status_code == 200
    Provider.objects.update(is_premium=True)
    done = send_form(browser, page, answer="connect")
    assert query_of(done["location"]) == {"error": "PLAN_REQUIRED"}
    assert (stored(tenant), vendor.requests[-1].path) == (("pending", "", 0), "/revoke")


def test_whoever_began_it_ends_it_directly(begun: dict[str, str], tenant: Tenant, admin_user: User) -> None:
    back = come_back(browser_of(admin_user), begun)
    assert "connected" in query_of(back["location"])
    assert stored(tenant) == ("active", "acct-1", 1)


def test_a_program_from_elsewhere_does_not_end_it(begun: dict[str, str], vendor: Vendor, tenant: Tenant) -> None:
    elsewhere = Client(REMOTE_ADDR="192.0.2.7")
    assert query_of(come_back(elsewhere, begun)["location"]) == {"error": "OAUTH_STATE_FOREIGN"}
    forged = Client(REMOTE_ADDR="192.0.2.7")
    forged.cookies["hub_consent"] = "network:127.0.0.1"
    assert query_of(come_back(forged, begun)["location"]) == {"error": "OAUTH_STATE_FOREIGN"}
    assert (stored(tenant), vendor.requests) == (("pending", "", 0), [])


def test_a_denied_consent_is_told_in_any_browser(begun: dict[str, str], tenant: Tenant) -> None:
    back = come_back(browser_of(), begun, code="", error="access_denied")
    assert query_of(back["location"]) == {"error": "OAUTH_CONSENT_DENIED"}
    assert stored(tenant) == ("pending", "", 0)


def test_a_held_consent_that_no_key_opens_holds_up_no_other(begun: dict[str, str], tenant: Tenant) -> None:
    come_back(browser_of(), begun)
    with scope.tenant_scope(tenant.id):
        OAuthAttempt.objects.update(sealed_answer="a-key-that-is-gone:AAAA")
    with time_machine.travel(clock.now() + dt.timedelta(minutes=11)):
        assert (drop_lapsed(), drop_lapsed()) == (1, 0)


def test_what_the_database_cannot_hold_is_told_all_the_same(begun: dict[str, str], tenant: Tenant) -> None:
    """Anybody can write anything into the address."""
    back = come_back(browser_of(), begun, code="", error="odd\x00", error_description="a\x00b")
    assert query_of(back["location"]) == {"error": "OAUTH_VENDOR_ERROR"}
    assert stored(tenant) == ("pending", "", 0)
