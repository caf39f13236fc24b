"""The definitions that come with the hub: all of them good, loaded as often as anybody likes, changes kept."""

import io
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from catalog.definition import ProviderDefinition, parse
from catalog.definition.provider import Coverage
from catalog.models import Provider
from catalog.services import providers, shipped
from catalog.services.shipped import sync_catalog
from integrations_site.audit.models import AuditEntry
from integrations_site.audit.types import HUB
from integrations_site.tenancy import scope
from tests.concurrency import run_together
from tests.factories.catalog import make_provider

WHOLE = {
    "stripe": ["payments", "invoices", "customers", "subscriptions"],
    "slack": ["messages", "channels", "users"],
    "quickbooks": ["invoices", "expenses", "customers", "vendors"],
    "xero": ["invoices", "expenses", "contacts", "bank_transactions"],
    "workday": ["employees", "approvers"],
}
# Document 002 names them.
PERMISSIONS = {
    "stripe": {"read:payments", "write:invoices", "read:customers", "write:subscriptions"},
    "slack": {"chat:write", "channels:read", "users:read"},
    "quickbooks": {"accounting", "payments", "invoicing"},
    "xero": {"accounting.transactions", "accounting.contacts", "accounting.settings"},
}
ANNOUNCED = {
    *("sendgrid", "gmail", "twilio", "aws_sns", "textlocal", "vonage"),
    *("paypal", "razorpay", "square", "easypost", "shippo"),
}


@pytest.fixture
def definitions(monkeypatch: pytest.MonkeyPatch) -> dict[str, dict[str, Any]]:
    """What the hub comes with, for a test to change: Stripe alone."""
    found = {"stripe": dict(shipped.shipped_definitions()["stripe"])}
    monkeypatch.setattr(shipped, "shipped_definitions", lambda: found)
    return found


def told(*arguments: str) -> str:
    """What the command says."""
    out = io.StringIO()
    call_command("sync_catalog", *arguments, stdout=out)
    return out.getvalue()


def rows() -> list[dict[str, Any]]:
    """The catalog as it is stored."""
    return [dict(row) for row in Provider.objects.order_by("provider").values()]


@pytest.mark.parametrize("slug", sorted(WHOLE | dict.fromkeys(ANNOUNCED)))
def test_a_shipped_definition_is_good_and_says_what_it_covers(slug: str) -> None:
    definition = parse(shipped.shipped_definitions()[slug])
    assert set(definition.coverage) == {entity.name for entity in definition.available_entities}
    if slug in ANNOUNCED:
        assert definition.status == "disabled"
        assert not definition.entities
        assert not {"yes", "on full syncs"} & _claims(definition)
    else:
        assert definition.status == "active"
        assert [entity.name for entity in definition.entities] == WHOLE[slug]


def _claims(definition: ProviderDefinition) -> set[str]:
    return {getattr(each, name) for each in definition.coverage.values() for name in Coverage.__struct_fields__}


@pytest.mark.parametrize(("slug", "permissions"), PERMISSIONS.items())
def test_the_permissions_of_document_002_lead_to_scopes(slug: str, permissions: set[str]) -> None:
    config = parse(shipped.shipped_definitions()[slug]).oauth_config
    assert config
    assert set(config.permissions) == permissions
    assert all(config.permissions.values())


def test_every_entity_can_be_shown_searched_and_put_in_order() -> None:
    for slug in WHOLE:
        for entity in parse(shipped.shipped_definitions()[slug]).entities:
            assert entity.title, (slug, entity.name)
            assert entity.searchable, (slug, entity.name)
            assert entity.date, (slug, entity.name)
            assert entity.fields[0].name == "id"


@pytest.mark.django_db
def test_the_catalog_is_loaded_once() -> None:
    told("--verbosity", "0")
    first = rows()
    assert {row["provider"] for row in first} == {*WHOLE, *ANNOUNCED}
    assert all(row["definition"] == row["shipped"] and row["changed"] == {} for row in first)
    assert told() == "The catalog is as it was shipped.\n"
    assert rows() == first
    with scope.all_tenants():
        assert AuditEntry.objects.filter(action="catalog.synced", tenant=None).count() == 1
        assert not AuditEntry.objects.filter(action__startswith="row.", subject="catalog_provider").exists()


@pytest.mark.django_db
def test_what_a_super_admin_changed_stays_when_the_rest_is_renewed(definitions: dict[str, dict[str, Any]]) -> None:
    sync_catalog(actor=HUB)
    row = Provider.objects.get()
    patch = {"description": "Ours", "oauthConfig": {"clientId": "ca_1", "clientSecret": "hush"}}
    providers.update_provider(provider_id=row.id, patch=patch, actor=HUB)
    config = definitions["stripe"]["oauthConfig"] | {"tokenUrl": "https://connect.stripe.com/oauth/token2"}
    definitions["stripe"] = definitions["stripe"] | {"description": "Theirs", "color": "#000000", "oauthConfig": config}
    before = rows()

    shown = told("--diff")
    assert rows() == before
    assert 'color: "#635bff" -> "#000000"' in shown
    assert 'oauthConfig.tokenUrl: "https://connect.stripe.com/oauth/token" -> ' in shown
    assert 'description: stays "Ours"' in shown

    assert told() == shown
    row.refresh_from_db()
    assert (row.description, row.client_id) == ("Ours", "ca_1")
    assert row.definition["color"] == "#000000"
    assert row.definition["oauthConfig"]["tokenUrl"].endswith("token2")
    assert row.changed == {"description": "Ours", "oauthConfig": {"clientId": "ca_1"}}
    assert row.sealed_client_secret
    definitions["stripe"] = definitions["stripe"] | {"description": "Ours"}
    sync_catalog(actor=HUB)
    row.refresh_from_db()
    assert row.changed == {"oauthConfig": {"clientId": "ca_1"}}


@pytest.mark.django_db
def test_a_change_that_no_longer_goes_with_what_is_shipped_is_told_and_nothing_is_lost(
    definitions: dict[str, dict[str, Any]],
) -> None:
    sync_catalog(actor=HUB)
    row = Provider.objects.get()
    providers.update_provider(provider_id=row.id, patch={"searchableEntities": ["payments"]}, actor=HUB)
    entities = [each for each in definitions["stripe"]["availableEntities"] if each["name"] != "payments"]
    called = definitions["stripe"]["connection"]
    kept = [each for each in called["entities"] if each["name"] != "payments"]
    definitions["stripe"] = definitions["stripe"] | {
        "availableEntities": entities,
        "connection": called | {"entities": kept},
        "coverage": {},
        "webhooks": {"scheme": "stripe", "header": "Stripe-Signature"},
        "searchableEntities": ["invoices"],
    }
    before = rows()
    with pytest.raises(CommandError, match=r"stripe stays as it is.*searchableEntities"):
        told()
    assert rows() == before
    providers.update_provider(provider_id=row.id, patch={"searchableEntities": ["invoices"]}, actor=HUB)
    told()
    row.refresh_from_db()
    assert row.shipped == definitions["stripe"]
    assert row.changed == {}


@pytest.mark.django_db
def test_a_provider_of_ones_own_is_adopted_when_it_ships_and_kept_when_it_ships_no_longer(
    definitions: dict[str, dict[str, Any]],
) -> None:
    own = make_provider(provider="stripe", displayName="Our Stripe")
    sync_catalog(actor=HUB)
    own.refresh_from_db()
    assert own.is_shipped
    assert own.display_name == "Our Stripe"
    assert own.changed["displayName"] == "Our Stripe"
    definition = own.definition
    definitions.clear()
    assert [change.kind for change in sync_catalog(actor=HUB)] == ["withdrawn"]
    own.refresh_from_db()
    assert (own.shipped, own.changed, own.definition) == (None, {}, definition)
    assert not sync_catalog(actor=HUB)


@pytest.mark.django_db(transaction=True)
def test_processes_that_start_at_once_load_it_once() -> None:
    def load(number: int) -> int:
        try:
            return len(sync_catalog(actor=HUB))
        finally:
            connection.close()

    assert sorted(run_together(load, 4)) == [0, 0, 0, len(WHOLE | dict.fromkeys(ANNOUNCED))]
    assert all(row["definition"] == row["shipped"] for row in rows())


def test_a_file_that_is_wrong_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    (tmp_path / "broken.yaml").write_text("name: 7\n")
    monkeypatch.setattr(shipped, "DEFINITIONS", tmp_path)
    shipped.shipped_definitions.cache_clear()
    try:
        with pytest.raises(CommandError, match=r"broken\.yaml: .*name: A text is expected"):
            call_command("sync_catalog")
    finally:
        shipped.shipped_definitions.cache_clear()
