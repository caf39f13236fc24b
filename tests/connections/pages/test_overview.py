"""The catalog's cards: every account that is connected has its place there, whatever becomes of its provider."""

from typing import Any

import pytest
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext

from catalog.models import Provider
from connections.models import Connection
from integrations_site.tenancy import scope
from integrations_site.tenancy.models import Tenant, User
from tests.connections.pages.conftest import browser_of
from tests.connections.search.records import connect
from tests.connections.world import make_integration
from tests.factories.catalog import make_provider
from tests.web.forms import send_form

pytestmark = pytest.mark.django_db
PATH = "/integrations"


def ways(browser: Client, name: str) -> list[str]:
    """What the page offers to do about something of this name."""
    page = browser.get(PATH).content.decode()
    offered = ("Details", "Disconnect", "Connect", "Connect again")
    return [word for word in offered if f'aria-label="{word}: {name}"' in page]


@pytest.mark.parametrize(
    ("change", "status", "told"),
    [
        ({"status": "deprecated"}, "active", "It is not offered any more."),
        ({"status": "disabled"}, "expired", "It is not offered any more."),
        ({"audience": "system"}, "error", "It is not offered any more."),
        ({"required_plan": "premium"}, "active", "Comes with the plan premium. What is connected works on"),
    ],
)
def test_what_is_connected_can_be_ended_when_its_provider_cannot_be_connected(
    browser: Client, plain_user: User, tenant: Tenant, change: dict[str, Any], status: str, told: str
) -> None:
    with scope.tenant_scope(tenant.id):
        linked = connect(make_integration(make_provider(displayName="Alpha"), name="Ours"), status=status)
    Provider.objects.update(**change)
    assert ways(browser, "Ours") == ["Details", "Disconnect"]
    assert told in browser.get(PATH).content.decode()
    is_listed = "Alpha" in browser_of(plain_user).get(PATH).content.decode()
    assert is_listed is ("required_plan" in change), "whoever has no link sees what the catalog shows"
    send_form(browser, PATH, action=f"{PATH}/disconnect", connection=linked.public_id)
    with scope.tenant_scope(tenant.id):
        assert Connection.objects.get().status == "revoked"
    assert ways(browser, "Ours") == ["Details"]


def test_every_link_is_shown_with_what_there_is_to_do(browser: Client, admin_user: User, tenant: Tenant) -> None:
    provider = make_provider(displayName="Alpha")
    with scope.tenant_scope(tenant.id):
        for status in ("active", "expired", "error", "pending", "revoked"):
            connect(make_integration(provider, name=status), status=status)
        connect(make_integration(provider, name="rests", status="disabled"))
        connect(make_integration(provider, name="own", user_scoped=True), user=admin_user)
    again = ["Details", "Disconnect", "Connect again"]
    assert {name: ways(browser, name) for name in ("active", "expired", "error", "pending")} == {
        "active": ["Details", "Disconnect"],
        "expired": again,
        "error": again,
        "pending": again,
    }
    assert ways(browser, "revoked") == ["Details", "Connect again"]
    assert ways(browser, "rests") == ways(browser, "own") == ["Details", "Disconnect"]
    assert ways(browser, "Alpha") == []
    page = browser.get(PATH).content.decode()
    assert page.count("your own") == 1
    assert page.count("An admin has switched it off.") == 1


def test_the_page_takes_the_same_statements_however_many_links_there_are(browser: Client, tenant: Tenant) -> None:
    counts = []
    for _ in range(2):
        for _ in range(2):
            provider = make_provider()
            with scope.tenant_scope(tenant.id):
                for _ in range(2):
                    connect(make_integration(provider))
        with CaptureQueriesContext(database) as caught:
            assert browser.get(PATH).status_code == 200
        counts.append(len(caught))
    assert counts[0] == counts[1], counts
