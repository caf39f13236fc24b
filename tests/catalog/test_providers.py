"""What super admins do with providers, and what of it is kept, sealed, told and refused."""

from typing import Any

import pytest
from django.db import connection
from pytest_django import Settings

from catalog.definition import DefinitionInvalidError
from catalog.models import Provider
from catalog.services import gates, providers, usage
from catalog.services.errors import (
    PlanRequiredError,
    ProviderExistsError,
    ProviderInUseError,
    ProviderNotConfiguredError,
    ProviderNotFoundError,
    ProviderReferredToError,
    ProviderShippedError,
)
from catalog.services.representation import provider_body, provider_document
from catalog.services.secrets import oauth_client, webhook_secret
from catalog.services.shipped import sync_catalog
from integrations_site.audit.models import AuditEntry
from integrations_site.audit.types import HUB, Actor
from integrations_site.kernel import ids
from integrations_site.kernel.crypto import SecretUnreadableError
from integrations_site.tenancy import scope
from integrations_site.tenancy.models import Tenant
from tests.concurrency import run_together
from tests.factories.catalog import declarative_connection, make_provider, oauth_input, provider_input

pytestmark = pytest.mark.django_db
ROOT = Actor("user-root", "root@hub.example")
SECRET = "hush-Zq81x-client"
WEBHOOK = {"scheme": "hmac_hex", "header": "X-Signature", "secret": "hush-Zq81x-webhook"}


def entries() -> list[AuditEntry]:
    """The hub's own audit trail about providers."""
    with scope.all_tenants():
        return list(AuditEntry.objects.filter(action__startswith="provider.", tenant=None).order_by("id"))


@pytest.fixture
def used(monkeypatch: pytest.MonkeyPatch) -> dict[str, usage.Usage]:
    """What uses every provider, as apps above would tell it."""
    told: dict[str, usage.Usage] = {}
    monkeypatch.setattr(usage, "_counters", {})
    for name in ("one", "other"):
        usage.register(name, _telling(told, name))
    return told


def _telling(told: dict[str, usage.Usage], name: str) -> usage.Asked:
    return lambda provider_id: told.get(name, usage.Usage())


def test_a_provider_is_entered_sealed_and_told() -> None:
    made = providers.create_provider(data=oauth_input(clientId="hub", clientSecret=SECRET), actor=ROOT)
    row = Provider.objects.get()
    assert (row.provider, row.category, row.client_id, row.is_shipped) == (made.provider, "crm", "hub", False)
    assert providers.definition_of(row).oauth_config
    stored = repr([getattr(row, field.attname) for field in Provider._meta.concrete_fields])
    assert SECRET not in stored
    assert SECRET not in repr(provider_document(row)) + repr(provider_body(row))
    assert oauth_client(row) == ("hub", SECRET)
    [entry] = entries()
    assert (entry.action, entry.actor, entry.subject) == ("provider.created", ROOT.id, row.public_id)
    assert SECRET not in repr(entry.data)


def test_a_sealed_secret_opens_for_its_own_provider_alone() -> None:
    one = providers.create_provider(data=oauth_input(clientId="a", clientSecret=SECRET), actor=ROOT)
    other = providers.create_provider(data=oauth_input(clientId="b"), actor=ROOT)
    other.sealed_client_secret = one.sealed_client_secret
    with pytest.raises(SecretUnreadableError):
        oauth_client(other)
    one.sealed_webhook_secret = one.sealed_client_secret
    with pytest.raises(SecretUnreadableError):
        webhook_secret(one)


def test_a_secret_is_replaced_and_removed_and_otherwise_stays() -> None:
    made = providers.create_provider(data=oauth_input(clientId="hub", clientSecret=SECRET), actor=ROOT)

    def patched(patch: Any) -> Provider:
        return providers.update_provider(provider_id=made.id, patch=patch, actor=ROOT)

    assert oauth_client(patched({"oauthConfig": {"usePkce": True}})) == ("hub", SECRET)
    assert oauth_client(patched({"oauthConfig": {"clientSecret": "new"}})) == ("hub", "new")
    assert webhook_secret(patched({"webhooks": WEBHOOK})) == WEBHOOK["secret"]
    row = patched({"oauthConfig": {"clientSecret": None}, "webhooks": None})
    assert oauth_client(row) == ("hub", "")
    assert webhook_secret(row) is None
    assert Provider.objects.get().sealed_webhook_secret == ""
    changed = [entry.data.get("changed") for entry in entries()]
    assert ["client_secret"] in changed
    assert "hush" not in repr(changed)


def test_a_change_names_its_fields_and_one_that_changes_nothing_is_none() -> None:
    made = make_provider(connection=declarative_connection())
    patch = {"displayName": "Acme 2", "connection": {"auth": {"name": "X-Key"}}, "description": None}
    row = providers.update_provider(provider_id=made.id, patch=patch, actor=ROOT)
    assert (row.display_name, row.description) == ("Acme 2", "")
    called = providers.definition_of(row).connection
    assert called
    assert (called.auth.name, called.auth.leading()) == ("X-Key", "")
    before = Provider.objects.values().get()
    assert entries()[-1].data["changed"] == ["connection.auth.name", "description", "displayName"]
    providers.update_provider(provider_id=made.id, patch=patch, actor=ROOT)
    assert Provider.objects.values().get() == before
    assert len(entries()) == 2


@pytest.mark.parametrize("patch", [{"authType": "oauth2"}, {"icon": None}, {"provider": "other"}, {"id": "x"}, [], 7])
def test_a_change_that_will_not_do_changes_nothing(patch: Any) -> None:
    made = make_provider()
    before = Provider.objects.values().get()
    with pytest.raises(DefinitionInvalidError):
        providers.update_provider(provider_id=made.id, patch=patch, actor=ROOT)
    assert Provider.objects.values().get() == before
    assert len(entries()) == 1


@pytest.mark.django_db(transaction=True)
def test_changes_at_once_are_all_kept() -> None:
    made = make_provider()
    patches: list[dict[str, Any]] = [
        {"displayName": "B"},
        {"color": "red"},
        {"version": "2"},
        {"coverage": {"Account": {}}},
    ]

    def change(number: int) -> None:
        try:
            providers.update_provider(provider_id=made.id, patch=patches[number], actor=ROOT)
        finally:
            connection.close()

    run_together(change, len(patches))
    now = Provider.objects.get()
    assert [now.definition[name] for name in ("displayName", "color", "version")] == ["B", "red", "2"]
    assert "Account" in now.definition["coverage"]
    assert now.display_name == "B"


def test_an_identifier_is_taken_once() -> None:
    made = make_provider()
    with pytest.raises(ProviderExistsError) as caught:
        make_provider(provider=made.provider)
    assert caught.value.details["field"] == "provider"
    assert Provider.objects.count() == len(entries()) == 1


def test_a_provider_in_use_says_by_whom_and_stays(used: dict[str, usage.Usage]) -> None:
    made = make_provider()
    tenants = [Tenant(id=ids.new_id(), name=f"Tenant {number}") for number in range(21)]
    used["one"] = usage.Usage(counts={"integrations": 24, "tenants": 21}, tenants=tenants, kept={"removed links": 4})
    used["other"] = usage.Usage(counts={"integrations": 1, "connections": 0})
    with pytest.raises(ProviderInUseError) as caught:
        providers.delete_provider(provider_id=made.id, actor=ROOT)
    named = [{"id": tenant.public_id, "name": tenant.name} for tenant in tenants[:20]]
    assert caught.value.details == {"usage": {"integrations": 25, "tenants": 21}, "tenants": named}
    assert "25 integrations, 21 tenants: Tenant 0 (tenant-" in caught.value.message
    assert f"Tenant 19 ({tenants[19].public_id}) and 1 more" in caught.value.message
    assert Provider.objects.count() == 1
    used.clear()
    providers.delete_provider(provider_id=made.id, actor=ROOT)
    assert not Provider.objects.exists()
    with pytest.raises(ProviderNotFoundError):
        providers.delete_provider(provider_id=made.id, actor=ROOT)


def test_what_is_kept_of_the_past_is_told_apart(used: dict[str, usage.Usage]) -> None:
    made = make_provider()
    used["one"] = usage.Usage(kept={"removed integrations": 1})
    with pytest.raises(ProviderReferredToError) as caught:
        providers.delete_provider(provider_id=made.id, actor=ROOT)
    assert "Nobody uses Acme CRM any more, but 1 removed integration still refers to it" in caught.value.message
    assert "in use" not in caught.value.message
    assert caught.value.details == {"usage": {"removed integrations": 1}}
    assert Provider.objects.count() == 1


def test_a_shipped_provider_is_not_removed_and_can_be_reset(used: dict[str, usage.Usage]) -> None:
    sync_catalog(actor=HUB)
    stripe = Provider.objects.get(provider="stripe")
    with pytest.raises(ProviderShippedError):
        providers.delete_provider(provider_id=stripe.id, actor=ROOT)
    providers.update_provider(provider_id=stripe.id, patch={"color": "red", "features": []}, actor=ROOT)
    row = providers.reset_provider(provider_id=stripe.id, actor=ROOT)
    assert (row.changed, row.definition) == ({}, row.shipped)
    assert entries()[-1].data["changed"] == ["color", "features"]
    with pytest.raises(ProviderShippedError):
        providers.reset_provider(provider_id=make_provider().id, actor=ROOT)


def test_the_environment_names_the_client_of_shipped_providers_alone(settings: Settings) -> None:
    sync_catalog(actor=HUB)
    stripe = Provider.objects.get(provider="stripe")
    settings.VENDOR_SECRETS = {}
    with pytest.raises(ProviderNotConfiguredError, match="STRIPE_CLIENT_ID"):
        oauth_client(stripe)
    own = providers.create_provider(data=oauth_input(), actor=ROOT)
    variable = own.provider.upper().replace("-", "_")
    settings.VENDOR_SECRETS = {
        "STRIPE_CLIENT_ID": "ca_1",
        "STRIPE_CLIENT_SECRET": "sk_1",
        "STRIPE_WEBHOOK_SECRET": "whsec_1",
        f"{variable}_CLIENT_ID": "stray",
    }
    assert oauth_client(stripe) == ("ca_1", "sk_1")
    assert webhook_secret(stripe) == "whsec_1"
    with pytest.raises(ProviderNotConfiguredError):
        oauth_client(own)


@pytest.mark.parametrize("status", ["beta", "deprecated", "disabled"])
def test_only_active_providers_for_tenants_are_seen(status: str, tenant: Tenant) -> None:
    seen, hidden, system = make_provider(), make_provider(status=status), make_provider(audience="system")
    assert list(gates.visible_providers()) == [seen]
    gates.require_available(seen, tenant)
    for each in (hidden, system):
        assert not gates.is_available(each, tenant)
        with pytest.raises(ProviderNotFoundError):
            gates.require_available(each, tenant)
        with pytest.raises(ProviderNotFoundError):
            gates.find_provider(gates.visible_providers(), public_id=each.public_id)


@pytest.mark.parametrize(
    ("more", "plan", "may"),
    [
        ({}, "standard", True),
        ({"isPremium": True}, "standard", False),
        ({"isPremium": True}, "premium", True),
        ({"isPremium": True}, "enterprise", True),
        ({"requiredPlan": "enterprise"}, "premium", False),
        ({"requiredPlan": "premium"}, "enterprise", True),
        ({"requiredPlan": "gold"}, "enterprise", False),
        ({"requiredPlan": "gold"}, "gold", True),
    ],
)
def test_a_plan_opens_what_it_covers_and_the_rest_is_seen_as_not_available(
    more: dict[str, Any], plan: str, may: bool, tenant: Tenant
) -> None:
    provider = make_provider(**more)
    tenant.plan = plan
    assert list(gates.visible_providers()) == [provider]
    assert gates.is_available(provider, tenant) is may
    if not may:
        with pytest.raises(PlanRequiredError) as caught:
            gates.require_available(provider, tenant)
        assert caught.value.details == {"requiredPlan": gates.plan_needed(provider), "plan": plan}


def test_people_of_tenants_see_nothing_of_how_a_provider_is_called() -> None:
    made = providers.create_provider(
        data=oauth_input(clientId="hub", permissions={"read": ["r"]})
        | {"connection": declarative_connection(), "webhooks": WEBHOOK, "connector": "acme"},
        actor=ROOT,
    )
    body = provider_body(made)
    assert not body.keys() & {"oauthConfig", "connection", "webhooks", "connector", "changed", "isShipped"}
    assert body["permissions"] == ["read"]
    assert body["id"] == made.public_id
    assert provider_document(made)["webhooks"]["hasSecret"] is True
    assert provider_body(make_provider())["credentialFields"][0]["name"] == "apiKey"


def test_fields_of_a_data_type_are_those_of_its_mapping_unless_told() -> None:
    made = make_provider(availableEntities=[{"name": "Account"}], connection=declarative_connection())
    [entity] = provider_body(made)["availableEntities"]
    assert entity == {
        "name": "Account",
        "displayName": "Account",
        "fields": [{"name": "id", "type": "text"}, {"name": "name", "type": "text"}],
    }
    assert (
        provider_body(make_provider())["availableEntities"][0]["fields"]
        == provider_input()["availableEntities"][0]["fields"]
    )
