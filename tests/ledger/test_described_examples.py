"""The examples in the API's description can be sent as they are, but for the ids."""

from typing import Any

import pytest

from integrations_site.tenancy.models import Tenant
from tests.api.clients import ApiCaller


@pytest.fixture(scope="module")
def paths() -> dict[str, Any]:
    """The description's paths."""
    found: dict[str, Any] = ApiCaller().get("/api/schema").json()["paths"]
    return found


def example_of(paths: dict[str, Any], path: str) -> dict[str, Any]:
    """The example of what is posted to a path."""
    found: dict[str, Any] = paths[path]["post"]["requestBody"]["content"]["application/json"]["example"]
    return found


def test_they_are_accepted(paths: dict[str, Any], admin: ApiCaller, tenant: Tenant) -> None:
    made: dict[str, Any] = {}
    for name in ("accounts", "vendors", "inventory-items", "exchange-rates", "tax-rules", "sku-aliases", "cases"):
        body = example_of(paths, f"/api/{name}")
        known = {"vendor_id": made.get("vendors"), "default_account_id": made.get("accounts")}
        known |= {"account_id": made.get("accounts")}
        answer = admin.post(f"/api/{name}", body | {field: known[field] for field in known if field in body})
        assert answer.status_code == 201, (name, answer.content)
        made[name] = answer.json()["id"]
    mapping = example_of(paths, "/api/account-mappings") | {"account_id": made["accounts"], "category": "paper"}
    assert admin.post("/api/account-mappings", mapping).status_code == 201
    adjusted = admin.post(
        f"/api/inventory-items/{made['inventory-items']}/adjust",
        example_of(paths, "/api/inventory-items/{id}/adjust"),
    )
    assert adjusted.status_code == 201, adjusted.content
