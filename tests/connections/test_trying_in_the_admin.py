"""Trying a provider in the admin: a form, the first page, and what the mapping makes of it."""

import json

import pytest
from django.test import Client

from catalog.services.providers import create_provider
from integrations_site.audit.models import AuditEntry
from integrations_site.audit.types import HUB
from integrations_site.tenancy import scope
from integrations_site.tenancy.models import Tenant
from tests.connections.world import answer, make_oauth_provider
from tests.factories import make_member, make_super_admin
from tests.factories.catalog import declarative_connection, make_provider, provider_input
from tests.receiver import Answer, Received, receiving

pytestmark = pytest.mark.django_db
LIST = "/admin/catalog/provider/"


@pytest.fixture
def console(db: None) -> Client:
    """A super admin's browser."""
    client = Client()
    client.force_login(make_super_admin())
    return client


def _accounts(request: Received) -> Answer:
    if request.headers.get("authorization") != "Bearer good-Zq81x":
        return answer({"error": "no such key"}, 401)
    return answer({"data": [{"id": "1", "company": {"name": "<Acme>"}}, {"id": 2}]})


def test_the_first_page_is_shown_as_it_came_and_mapped(console: Client) -> None:
    with receiving(_accounts) as running:
        declared = declarative_connection(baseUrl=running.url)
        declared["entities"][0]["fields"][1] |= {"required": True}
        provider = create_provider(data=provider_input(connection=declared), actor=HUB)
        page = f"{LIST}{provider.pk}/try/"
        assert page in console.get(f"{LIST}{provider.pk}/change/").content.decode()
        assert "API key" in console.get(page).content.decode()
        assert running.requests == []
        good = {"entity": "Account", "credential-apiKey": "good-Zq81x"}
        shown = console.post(page, good).content.decode()
        for words in ("1 of them do not fit", "&lt;Acme&gt;", "name: It is required", "As it came"):
            assert words in shown
        assert "good-Zq81x" not in shown
        assert "It does not work yet" in console.post(page, good | {"credential-apiKey": "bad"}).content.decode()
        asked = len(running.requests)
        for wrong, told in (
            ({"entity": "Dragon"}, "Dragon"),
            ({"credential-apiKey": ""}, "required"),
            ({"settings": "[1]"}, "in braces"),
        ):
            assert told in console.post(page, good | wrong).content.decode()
        assert len(running.requests) == asked
    with scope.all_tenants():
        assert "good-Zq81x" not in json.dumps(list(AuditEntry.objects.values_list("data", flat=True)))


def test_what_cannot_be_tried_is_told(console: Client) -> None:
    assert "nothing to try" in console.get(f"{LIST}{make_provider().pk}/try/").content.decode()
    with receiving(_accounts) as running:
        provider = make_oauth_provider(running.url)
        assert "Access token" in console.get(f"{LIST}{provider.pk}/try/").content.decode()


def test_it_is_the_super_admins_alone(tenant: Tenant) -> None:
    client = Client()
    client.force_login(make_member(tenant, role="tenant_admin"))
    assert client.get(f"{LIST}{make_provider().pk}/try/").status_code in (302, 403)
