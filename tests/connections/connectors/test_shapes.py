"""What connectors read fits the shapes that the definitions promise."""

import json
from decimal import Decimal

import pytest
from pytest_django import Settings

from connections.services.mapping import compile_mapping
from tests.connections.connectors.recording import Link, ids_of
from tests.connections.connectors.test_workday import REPORT, SECRET
from tests.sandbox.calling import Vendors

ACCOUNTS = {
    "stripe": lambda told, vendors: told["stripe_user_id"],
    "slack": lambda told, vendors: told["team"]["id"],
    "quickbooks": lambda told, vendors: told["redirect"]["realmId"],
    "xero": lambda told, vendors: vendors.get("/api.xero.com/connections", told["access_token"]).json()[0]["tenantId"],
}


def linked(vendor: str, vendors: Vendors, settings: Settings) -> Link:
    """A connector with the first account of a vendor."""
    settings.VENDOR_STAND_IN = vendors.running.url
    if vendor.startswith("workday"):
        return Link("workday", SECRET, settings=REPORT if vendor == "workday-report" else {})
    told = vendors.connect(vendor)
    return Link(vendor, {"accessToken": told["access_token"]}, account_id=ACCOUNTS[vendor](told, vendors))


@pytest.mark.parametrize("vendor", [*ACCOUNTS, "workday", "workday-report"])
def test_every_record_fits_its_shape(vendor: str, vendors: Vendors, settings: Settings) -> None:
    link = linked(vendor, vendors, settings)
    for entity in link.connector.config.definition.entities:
        mapping = compile_mapping(entity)
        records = [record for page in link.pages(entity.name) for record in page.records]
        assert records, entity.name
        for record in records:
            mapped = mapping(record.raw)
            data = json.loads(mapped.data, parse_float=Decimal)
            assert data["id"] == record.external_id
            assert mapped.title
            assert not isinstance(data.get("amount"), float)


HOSTS = {"slack": "slack.com", "quickbooks": "quickbooks.api.intuit.com", "workday": "wd2-impl-services1.workday.com"}


@pytest.mark.parametrize("kind", ["invalid_json", "html", "server_error", "reset", "reorder", "duplicate"])
@pytest.mark.parametrize("vendor", [*ACCOUNTS, "workday", "workday-report"])
def test_bad_answers_lose_nothing(vendor: str, kind: str, vendors: Vendors, settings: Settings) -> None:
    link = linked(vendor, vendors, settings)
    name = vendor.partition("-")[0]
    for entity in link.connector.config.definition.entities:
        whole = set(ids_of(link.pages(entity.name)))
        vendors.running.control.fault(kind, host=HOSTS.get(name, f"api.{name}.com"), times=1)
        assert set(ids_of(link.pages(entity.name))) == whole
        assert [fault["struck"] for fault in vendors.running.control.call("GET", "/faults")["faults"]] == [1]
        vendors.running.control.clear_faults()


@pytest.mark.parametrize("vendor", ["stripe", "quickbooks", "xero"])
def test_what_a_vendors_search_finds_fits_too(vendor: str, vendors: Vendors, settings: Settings) -> None:
    link = linked(vendor, vendors, settings)
    name = {"stripe": "customers", "quickbooks": "customers", "xero": "contacts"}[vendor]
    entity = link.connector.config.definition.entity(name)
    assert entity is not None
    mapping = compile_mapping(entity)
    first = json.loads(mapping(link.pages(name)[0].records[0].raw).data)
    found = link.connector.search(first["name"], entities=[name], limit=10)  # type: ignore[attr-defined]
    assert first["id"] in {each.external_id for each in found}
    assert {json.loads(mapping(json.dumps(each.data).encode()).data)["id"] for each in found} == {
        each.external_id for each in found
    }
