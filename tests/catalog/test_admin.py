"""The catalog in the admin: what may be changed goes through services, and secrets go in only."""

import json
import re
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from catalog.models import Provider
from catalog.services.providers import create_provider, update_provider
from catalog.services.secrets import oauth_client
from catalog.services.shipped import sync_catalog
from integrations_site.audit.models import AuditEntry
from integrations_site.audit.types import HUB
from integrations_site.tenancy import scope
from tests.factories import make_super_admin
from tests.factories.catalog import declarative_connection, make_provider, oauth_input, provider_input

pytestmark = pytest.mark.django_db
LIST = "/admin/catalog/provider/"
SECRET = "hush-Zq81x"


@pytest.fixture
def console(db: None) -> Client:
    """A super admin's browser."""
    client = Client()
    client.force_login(make_super_admin())
    return client


def form(definition: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The form as a browser sends it, of a definition and what was typed over it."""
    fields = {
        "display_name": definition["displayName"],
        "description": definition.get("description", ""),
        "category": definition["category"],
        "status": definition["status"],
        "audience": definition["audience"],
        "required_plan": definition.get("requiredPlan", ""),
        "definition": json.dumps(definition),
    }
    flags = {"is_premium": "on"} if definition.get("isPremium") else {}
    return fields | flags | more


def change(client: Client, row: Provider, **more: Any) -> Any:
    """Sends the form of a row's page."""
    return client.post(f"{LIST}{row.pk}/change/", form(row.definition) | more)


def test_a_provider_is_entered_by_its_form(console: Client) -> None:
    answer = console.post(f"{LIST}add/", form(oauth_input(clientId="hub"), new_client_secret=SECRET))
    assert answer.status_code == 302, re.findall(r"errorlist.*?</ul>", answer.content.decode(), re.DOTALL)
    row = Provider.objects.get()
    assert oauth_client(row) == ("hub", SECRET)
    page = console.get(f"{LIST}{row.pk}/change/").content.decode()
    assert "Entered here" in page
    assert SECRET not in page
    with scope.all_tenants():
        assert AuditEntry.objects.filter(action="provider.created", subject=row.public_id).count() == 1


def test_a_change_is_merged_and_the_difference_to_what_was_shipped_is_shown(console: Client) -> None:
    sync_catalog(actor=HUB)
    row = Provider.objects.get(provider="stripe")
    definition = row.definition | {"color": "#123456"}
    answer = console.post(
        f"{LIST}{row.pk}/change/", form(definition, display_name="Our Stripe", status="beta", new_client_secret=SECRET)
    )
    assert answer.status_code == 302, answer.content
    row.refresh_from_db()
    assert row.changed == {"displayName": "Our Stripe", "status": "beta", "color": "#123456"}
    assert row.sealed_client_secret
    page = console.get(f"{LIST}{row.pk}/change/").content.decode()
    assert "displayName: &quot;Stripe&quot; → &quot;Our Stripe&quot;" in page
    assert "{\n  &quot;name&quot;: &quot;stripe&quot;,\n  &quot;displayName&quot;: &quot;Our Stripe&quot;" in page
    assert "Shipped, changed here" in console.get(LIST, {"q": "stripe"}).content.decode()


def test_what_will_not_do_is_told_beside_its_field_and_nothing_changes(console: Client) -> None:
    row = make_provider()
    before = Provider.objects.values().get()
    for more, field in (
        ({"definition": json.dumps(row.definition | {"authType": "x"})}, "authType"),
        ({"definition": "{"}, "valid JSON"),
        ({"definition": "[1]"}, "An object is expected"),
        ({"display_name": "x" * 101}, "100"),
        ({"category": "pets"}, "pets"),
        ({"definition": json.dumps(row.definition | {"provider": "other"})}, "never changes"),
    ):
        answer = change(console, row, **more)
        page = (
            answer.content.decode() if answer.status_code == 200 else console.get(answer["Location"]).content.decode()
        )
        assert field in page, more
        assert Provider.objects.values().get() == before


def test_actions_go_through_services(console: Client, settings: Settings) -> None:
    sync_catalog(actor=HUB)
    settings.OUTGOING_ALLOWED_HOSTS = ["crm.internal"]
    connection = declarative_connection(baseUrl="http://crm.internal/v2")
    stripe, own = Provider.objects.get(provider="stripe"), make_provider(connection=connection)
    settings.OUTGOING_ALLOWED_HOSTS = []  # so that the definition would not be taken today
    update_provider(provider_id=stripe.id, patch={"color": "red"}, actor=HUB)
    chosen = [str(stripe.pk), str(own.pk)]

    def act(name: str) -> str:
        data = {"action": name, "_selected_action": chosen}
        return str(console.post(LIST, data, follow=True).content.decode())

    def now(name: str) -> set[str]:
        return set(Provider.objects.filter(pk__in=chosen).values_list(name, flat=True))

    act("disable")
    assert now("status") == {"disabled"}
    act("activate")
    assert now("status") == {"active"}
    act("keep_for_the_hub")
    assert now("audience") == {"system"}
    act("offer_to_tenants")
    assert now("audience") == {"tenant"}
    assert "did not come with the hub" in act("reset")
    stripe.refresh_from_db()
    assert stripe.changed == {}
    assert "comes with the hub" in act("remove")
    assert not Provider.objects.filter(pk=own.pk).exists()
    assert Provider.objects.filter(pk=stripe.pk).exists()
    with scope.all_tenants():
        assert not AuditEntry.objects.filter(action__startswith="row.", subject="catalog_provider").exists()


def test_the_form_of_a_taken_identifier_says_so(console: Client) -> None:
    create_provider(data=provider_input(provider="acme"), actor=HUB)
    answer = console.post(f"{LIST}add/", form(provider_input(provider="acme")), follow=True)
    assert "There is a provider" in answer.content.decode()
    assert Provider.objects.count() == 1
