"""The pages of integrations, in a browser that keeps cookies."""

import re

import pytest
from django.test import Client

from connections.models import Connection
from connections.services.oauth_ending import BROWSER_COOKIE
from integrations_site.tenancy import scope
from integrations_site.tenancy.models import Tenant, User
from tests.connections.api.requests import query_of
from tests.connections.world import make_connection, make_integration, make_oauth_provider, vendor_running
from tests.factories.catalog import make_provider
from tests.web.forms import log_in, send_form

pytestmark = pytest.mark.django_db
PATH = "/integrations"
CALLBACK = "/api/integrations/oauth/callback"


def test_consent_begins_and_ends_in_the_same_browser(browser: Client, tenant: Tenant) -> None:
    with vendor_running() as vendor:
        provider = make_oauth_provider(vendor.url)
        led = send_form(browser, PATH, action=f"{PATH}/{provider.provider}/consent")
        assert led.status_code == 302
        state = query_of(led["location"])["state"]
        assert browser.cookies[BROWSER_COOKIE]["httponly"]
        other = Client().get(CALLBACK, {"code": "c-1", "state": state})
        assert query_of(other["location"]) == {"error": "OAUTH_STATE_FOREIGN"}
        back = browser.get(CALLBACK, {"code": "c-1", "state": state})
        assert "connected" in query_of(back["location"])
        assert "The account is connected" in browser.get(back["location"]).content.decode()
    page = browser.get(PATH).content.decode()
    assert "Acme Books" in page
    with scope.tenant_scope(tenant.id):
        public_id = Connection.objects.get().public_id
    send_form(browser, PATH, action=f"{PATH}/disconnect", connection=public_id)
    with scope.tenant_scope(tenant.id):
        assert Connection.objects.get().status == "revoked"


def test_another_account_is_confirmed_on_the_page(browser: Client, tenant: Tenant) -> None:
    with vendor_running() as vendor:
        provider = make_oauth_provider(vendor.url)
        with scope.tenant_scope(tenant.id):
            found = make_connection(provider, secret={"accessToken": "a"}, account_id="acct-0", account_name="First")
        led = send_form(browser, PATH, action=f"{PATH}/{provider.provider}/consent")
        back = browser.get(CALLBACK, {"code": "c-1", "state": query_of(led["location"])["state"]})
        assert query_of(back["location"]) == {"error": "ACCOUNT_CHANGED", "connection": found.public_id}
        page = browser.get(back["location"]).content.decode()
        assert "what was synced of that account is deleted" in page
        [action] = re.findall(r'action="([^"]+/consent)"', page)
        assert '<input type="hidden" name="other_account" value="yes">' in page
        led = send_form(browser, back["location"], action=action, other_account="yes")
        back = browser.get(CALLBACK, {"code": "c-2", "state": query_of(led["location"])["state"]})
    assert query_of(back["location"]) == {"connected": found.public_id}
    with scope.tenant_scope(tenant.id):
        assert Connection.objects.get().account_id == "acct-1"
    strange = browser.get(f"{PATH}/done", {"error": "ACCOUNT_CHANGED", "connection": "../x"})
    assert "/consent" not in strange.content.decode()


def test_credentials_are_typed_in_and_not_shown_again(browser: Client, tenant: Tenant) -> None:
    provider = make_provider(
        authType="custom",
        credentialFields=[
            {"name": "host", "label": "Host", "secret": False, "pattern": "[a-z.]+"},
            {"name": "token", "label": "Token", "help": "<b>Bold</b>"},
        ],
    )
    path = f"{PATH}/{provider.provider}/credentials"
    refused = send_form(browser, path, host="NOT A HOST", token="very-secret").content.decode()
    assert "does not look like Host" in refused
    assert "<b>Bold" not in refused
    assert "very-secret" not in refused
    assert "This field is required" in send_form(browser, path, host="db").content.decode()
    assert send_form(browser, path, host="db.internal", token="very-secret").status_code == 302
    page = browser.get(PATH).content.decode()
    assert f"{provider} is connected" in page
    assert "very-secret" not in page
    with scope.tenant_scope(tenant.id):
        assert Connection.objects.get().status == "active"


def test_what_a_user_without_rights_is_told(plain_user: User, tenant: Tenant) -> None:
    make_provider(displayName="Alpha")
    make_provider(displayName="Beta", isPremium=True)
    client = Client(enforce_csrf_checks=True)
    log_in(client, plain_user.email)
    page = client.get(PATH, {"q": "alpha"}).content.decode()
    assert "An admin of yours can connect it" in page
    assert '<button class="button button--small"' not in page
    assert "Comes with the plan premium" in client.get(PATH, {"q": "beta"}).content.decode()
    assert "Nothing found" in client.get(PATH, {"q": "dragon"}).content.decode()


def test_a_user_sees_what_is_connected_for_everybody(plain_user: User, tenant: Tenant) -> None:
    with scope.tenant_scope(tenant.id):
        make_integration(make_provider(displayName="Alpha"), status="connected")
    client = Client()
    log_in(client, plain_user.email)
    page = client.get(PATH).content.decode()
    assert f"An admin of {tenant.name} has connected it for everybody there." in page
    assert "An admin of yours can connect it" not in page


def test_pages_load_nothing_from_elsewhere_and_need_a_log_in(browser: Client) -> None:
    make_provider()
    for path in (PATH, f"{PATH}/done", f"{PATH}/done?error=OAUTH_CONSENT_DENIED", f"{PATH}/done?error=%3Cscript%3E"):
        answer = browser.get(path)
        assert answer.status_code == 200
        text = answer.content.decode()
        assert not re.search(r"<script|\son\w+=|\sstyle=|javascript:", text)
        assert not re.search(r'(?:src|href)="(?:https?:)?//', text)
    assert "script-src 'self'" in browser.get(PATH)["Content-Security-Policy"]
    assert Client().get(PATH)["location"].startswith("/login")
    assert Client().get(f"{PATH}/done").status_code == 200
    assert Client(enforce_csrf_checks=True).post(f"{PATH}/disconnect").status_code == 403
