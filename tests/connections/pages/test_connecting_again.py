"""Connecting again: the very account whose card says so, and for nobody else than before."""

import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest
from django.test import Client

from catalog.models import Provider
from connections.models import Connection, Credential, Integration
from integrations_site.tenancy import scope
from integrations_site.tenancy.models import Tenant, User
from tests.connections.api.requests import query_of
from tests.connections.pages.conftest import browser_of
from tests.connections.search.records import connect, make_searchable_provider
from tests.connections.world import Vendor, make_integration, make_oauth_provider, vendor_running
from tests.receiver import Answer, receiving
from tests.web.forms import send_form

pytestmark = pytest.mark.django_db
PATH = "/integrations"
EXPIRED = Connection.Status.EXPIRED


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    """A vendor with OAuth."""
    with vendor_running() as running:
        yield running


def lost(provider: Provider, *, user: User | None = None, **fields: object) -> Connection:
    """A connection that needs a person, with an integration of its own."""
    integration = make_integration(provider, user_scoped=user is not None, status=Integration.Status.ERROR, **fields)
    return connect(integration, user=user, status=EXPIRED, account_id="acct-1", account_name="Acme Books")


def press(browser: Client, label: str) -> Any:
    """The answer to the form whose one button says so to a screen reader."""
    page = browser.get(PATH).content.decode()
    forms = re.findall(r'<form method="post" action="([^"]+)">(.*?)</form>', page, re.DOTALL)
    [(action, form)] = [(action, form) for action, form in forms if f'aria-label="{label}"' in form]
    fields = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]+)"', form)
    return browser.post(unescape(action), dict(fields))


def consented(browser: Client, led: Any) -> None:
    """The vendor led the browser back with consent."""
    back = browser.get("/api/integrations/oauth/callback", {"code": "c-1", "state": query_of(led["location"])["state"]})
    assert "connected" in query_of(back["location"])


def test_an_admins_own_account_stays_their_own(
    browser: Client, admin_user: User, vendor: Vendor, tenant: Tenant
) -> None:
    with scope.tenant_scope(tenant.id):
        own = lost(make_oauth_provider(vendor.url), user=admin_user)
    consented(browser, press(browser, f"Connect again: {own.integration}"))
    with scope.tenant_scope(tenant.id):
        connection = Connection.objects.get()
        assert (connection.pk, connection.status, connection.user_id) == (own.pk, "active", admin_user.pk)
        assert Integration.objects.count() == 1


def test_the_one_in_trouble_is_connected_and_no_other(browser: Client, vendor: Vendor, tenant: Tenant) -> None:
    provider = make_oauth_provider(vendor.url)
    with scope.tenant_scope(tenant.id):
        first = connect(make_integration(provider), status=Connection.Status.PENDING, connected_at=None)
        second = lost(provider)
    consented(browser, press(browser, f"Connect again: {second.integration}"))
    with scope.tenant_scope(tenant.id):
        assert dict(Connection.objects.values_list("pk", "status")) == {first.pk: "pending", second.pk: "active"}


def test_credentials_are_typed_in_for_the_one_in_trouble(browser: Client, admin_user: User, tenant: Tenant) -> None:
    with receiving(lambda _: Answer(200, b'{"data": []}')) as running:
        provider = make_searchable_provider(running.url)
        with scope.tenant_scope(tenant.id):
            other, own = connect(make_integration(provider)), lost(provider, user=admin_user)
        page = browser.get(PATH).content.decode()
        [link] = re.findall(rf'<a [^>]*href="([^"]+)" aria-label="Connect again: {own.integration}"', page)
        assert send_form(browser, link, apiKey="k-1").status_code == 302
    with scope.tenant_scope(tenant.id):
        assert Credential.objects.get().connection_id == own.pk
        found = dict(Connection.objects.values_list("pk", "user_id"))
        assert found == {other.pk: None, own.pk: admin_user.pk}


def test_nobody_connects_again_what_is_not_theirs(
    browser: Client, plain_user: User, vendor: Vendor, tenant: Tenant
) -> None:
    provider = make_oauth_provider(vendor.url)
    with scope.tenant_scope(tenant.id):
        tenants, own = lost(provider), lost(provider, user=plain_user)
    for client, foreign in ((browser_of(plain_user), tenants), (browser, own)):
        for way in ("consent", "credentials"):
            path = f"{PATH}/connections/{foreign.public_id}/{way}"
            assert send_form(client, PATH, action=path).status_code == 404
    with scope.tenant_scope(tenant.id):
        assert set(Connection.objects.values_list("status", flat=True)) == {EXPIRED}
    assert vendor.requests == []
