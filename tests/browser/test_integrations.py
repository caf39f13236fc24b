"""A tenant admin connects a provider in the browser."""

import json
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from playwright.sync_api import Page, expect
from pytest_django.fixtures import Settings
from pytest_django.live_server_helper import LiveServer

from integrations_site.tenancy.models import User
from tests.browser.test_sessions import log_in
from tests.connections.world import make_oauth_provider
from tests.factories.catalog import make_provider
from tests.receiver import Answer, Received, receiving

pytestmark = pytest.mark.django_db(transaction=True)


def _agreeing(request: Received) -> Answer:
    """A vendor at which everybody agrees at once."""
    parts = urlsplit(request.path)
    if parts.path == "/authorize":
        asked = dict(parse_qsl(parts.query))
        back = f"{asked['redirect_uri']}?{urlencode({'code': 'c-1', 'state': asked['state']})}"
        return Answer(302, b"", {"Location": back})
    told = {"access_token": "a", "refresh_token": "r", "expires_in": 3600, "account": {"id": "1", "name": "Acme Books"}}
    return Answer(200, json.dumps(told).encode(), {"Content-Type": "application/json"})


def _fits(page: Page) -> None:
    """Nothing sticks out of the window to the side."""
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0


def test_connecting_by_consent_and_by_key(
    page: Page, admin_user: User, live_server: LiveServer, settings: Settings
) -> None:
    settings.HUB_BASE_URL = live_server.url
    settings.ALLOWED_RETURN_URLS = [live_server.url]
    make_provider(provider="keyed", displayName="Keyed CRM")
    with receiving(_agreeing) as running:
        make_oauth_provider(running.url)
        log_in(page, admin_user.email)
        page.get_by_role("link", name="Integrations").first.click()
        expect(page.get_by_role("heading", name="Integrations")).to_be_visible()
        _fits(page)
        page.get_by_role("button", name="Connect: Acme CRM").click()
        expect(page.get_by_role("heading", name="Connected")).to_be_visible()
        _fits(page)
        page.get_by_role("link", name="To the integrations").click()
        expect(page.get_by_text("Acme Books")).to_be_visible()
        page.get_by_role("link", name="Connect: Keyed CRM").click()
        _fits(page)
        page.get_by_label("API key").fill("k-1")
        page.get_by_role("button", name="Connect").click()
        expect(page.get_by_text("Keyed CRM is connected.")).to_be_visible()
        page.get_by_label("Disconnect: Acme CRM").click()
        _fits(page)
        page.get_by_role("button", name="Yes, disconnect Acme CRM").click()
        expect(page.get_by_text("Acme CRM is disconnected.")).to_be_visible()
