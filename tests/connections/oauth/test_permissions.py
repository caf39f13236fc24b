"""What a provider is asked for where nobody says: what the connection has, else what the provider is usually asked."""

from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from catalog.definition.reading import DefinitionInvalidError
from catalog.models import Provider
from catalog.services.providers import create_provider
from catalog.services.shipped import shipped_definitions
from connections.models import Connection, OAuthAttempt
from connections.services.connections import disconnect
from connections.services.consents import consent_for_service
from connections.services.oauth import finish_consent, start_consent
from connections.services.oauth_ending import Ending
from connections.services.redirects import callback_uri
from integrations_site.audit.types import HUB, Actor
from integrations_site.tenancy import scope
from integrations_site.tenancy.models import Tenant, User
from tests.connections.pages.conftest import browser_of
from tests.connections.world import make_connection, make_oauth_provider, vendor_running
from tests.factories.catalog import make_provider
from tests.web.forms import send_form

pytestmark = pytest.mark.django_db
USUAL = {
    "stripe": "read_only",
    "slack": "channels:read,channels:history,users:read,users:read.email",
    "quickbooks": "openid com.intuit.quickbooks.accounting",
    "xero": "offline_access accounting.invoices accounting.payments accounting.banktransactions accounting.contacts",
    "gmail": "openid email https://mail.google.com/",
    "square": "MERCHANT_PROFILE_READ PAYMENTS_READ PAYMENTS_WRITE",
}


def scope_of(authorization_url: str) -> str:
    """What the vendor is asked for; nothing where it is not told."""
    return "".join(parse_qs(urlsplit(authorization_url).query).get("scope", []))


def asked(connection: Connection, actor: Actor, *permissions: str) -> str:
    """What a consent asks for."""
    consent = start_consent(
        connection=connection, actor=actor, redirect_uri=callback_uri(), permissions=list(permissions)
    )
    return scope_of(consent.authorization_url)


def _shipped(service: str) -> Provider:
    """The provider as it ships, switched on, with a client."""
    data = dict(shipped_definitions()[service])
    data |= {"status": "active", "oauthConfig": data["oauthConfig"] | {"clientId": "id", "clientSecret": "hush"}}
    return create_provider(data=data, actor=HUB)


def test_every_shipped_vendor_with_consent_is_looked_at() -> None:
    assert {name for name, each in shipped_definitions().items() if "oauthConfig" in each} == set(USUAL)


@pytest.mark.parametrize("service", USUAL)
def test_the_page_asks_each_shipped_vendor_for_what_the_hub_reads(
    admin_user: User, tenant: Tenant, service: str
) -> None:
    browser = browser_of(admin_user)
    _shipped(service)
    led = send_form(browser, "/integrations", action=f"/integrations/{service}/consent")
    assert scope_of(led["location"]) == USUAL[service]
    with scope.tenant_scope(tenant.id):
        assert OAuthAttempt.objects.get().permissions


def test_connecting_again_asks_for_what_the_connection_has(in_tenant: Tenant, actor: Actor) -> None:
    with vendor_running() as vendor:
        provider = make_oauth_provider(vendor.url, defaultPermissions=["read:books"])
        connection = make_connection(provider)
        assert asked(connection, actor) == "basic books.read"
        consent = start_consent(
            connection=connection, actor=actor, redirect_uri=callback_uri(), permissions=["write:books"]
        )
        connection = finish_consent(state=consent.state, query={"code": "c"}, actor=actor)
    assert connection.permissions == ["write:books"]
    assert asked(connection, actor) == "basic books.write"
    Connection.objects.update(permissions=["write:books", "gone:by:now"])
    connection.refresh_from_db()
    assert asked(connection, actor) == "basic books.write"
    disconnect(connection=connection, actor=actor)
    _, again = consent_for_service(service=provider.provider, user_id=None, is_admin=True, actor=actor)
    assert scope_of(again.authorization_url) == "basic books.write", "also after it was disconnected"
    connection.refresh_from_db()
    assert asked(connection, actor, "read:books") == "basic books.read", "but what is named is what is asked for"


def test_without_usual_permissions_a_provider_is_asked_for_all(in_tenant: Tenant, actor: Actor) -> None:
    assert asked(make_connection(make_oauth_provider("http://127.0.0.1:1")), actor) == "basic books.read books.write"


def test_usual_permissions_are_among_the_providers() -> None:
    config = {"authorizationUrl": "https://a.example.com/a", "tokenUrl": "https://a.example.com/t"}
    with pytest.raises(DefinitionInvalidError, match=r'"fly" is no permission of it; there are read'):
        make_provider(
            authType="oauth2", oauthConfig=config | {"permissions": {"read": ["r"]}, "defaultPermissions": ["fly"]}
        )


def test_fewer_scopes_than_asked_for_are_told_and_asked_for_again(in_tenant: Tenant, actor: Actor) -> None:
    with vendor_running() as vendor:
        connection = make_connection(make_oauth_provider(vendor.url))
        vendor.scope = "basic,books.read"
        consent = start_consent(connection=connection, actor=actor, redirect_uri=callback_uri())
        done = finish_consent(state=consent.state, query={"code": "c"}, actor=actor)
    assert (done.status, done.permissions) == ("active", ["read:books"])
    assert (done.missing_scopes, done.validation_error) == (["books.write"], "")
    assert "books.write" in done.problem
    told = urlsplit(Ending.with_connection(done, "").address).query
    assert parse_qs(told) == {"connected": [done.public_id], "missing": ["books.write"]}
    page = Client().get(f"/integrations/done?{told}").content.decode()
    assert "Not everything was granted that was asked for: books.write" in page
    assert asked(done, actor) == "basic books.read books.write"
