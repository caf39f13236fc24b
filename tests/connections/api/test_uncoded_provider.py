"""A provider that nobody coded, from the request that enters it to a search that finds its records."""

from collections.abc import Iterator
from typing import Any

import pytest
from pytest_django import Settings

from catalog.models import Provider
from connections.models import SyncRun
from connections.services.syncs import run_sync
from integrations_site.tenancy import scope
from integrations_site.tenancy.models import Tenant
from tests.api.clients import ApiCaller
from tests.connections.api.requests import add_integration
from tests.factories.catalog import provider_input
from tests.sandbox.serving import RunningSandbox, sandbox_server

__all__ = ["sandbox_server"]
pytestmark = pytest.mark.django_db(transaction=True)

RECORDS = 10_000
KEY = {"apiKey": "demo-key"}
STAGES = {"new": "pending", "open": "pending", "won": "completed", "lost": "cancelled"}
ORDERS = {
    "name": "orders",
    "label": "Orders",
    "path": "/cursor/orders",
    "query": {"limit": "1000"},
    "records": "items",
    "id": "id",
    "paging": {"type": "cursor", "parameter": "cursor", "cursorPath": "next"},
    "incremental": {"fieldPath": "updatedAt", "parameter": "updated_since", "format": "iso"},
    "fields": [
        {"name": "number", "path": "number", "type": "text", "required": True},
        {"name": "amount", "path": "total.minor", "type": "money_minor", "currencyPath": "total.currency"},
        {"name": "currency", "path": "total.currency", "type": "currency"},
        {"name": "status", "path": "stage", "type": "choice", "choices": STAGES},
        {"name": "note", "path": "note", "type": "text"},
        {"name": "createdAt", "path": "createdAt", "type": "instant"},
    ],
    "title": ["number"],
    "searchable": ["number", "note"],
    "date": "createdAt",
}


@pytest.fixture
def sandbox(sandbox_server: RunningSandbox, settings: Settings) -> Iterator[RunningSandbox]:
    """A vendor with ten thousand orders, fewer again after the test."""
    settings.VENDOR_STAND_IN = sandbox_server.url
    sandbox_server.control.reset(records=RECORDS, seed=7)
    yield sandbox_server
    sandbox_server.control.reset(records=60, seed=1)


def _entered(root: ApiCaller, url: str) -> dict[str, Any]:
    connection = {
        "baseUrl": f"{url}/generic",
        "auth": {"placement": "header", "name": "X-Api-Key"},
        "account": {"path": "/account", "idPath": "account.id", "namePath": "account.name"},
        "entities": [ORDERS],
    }
    body = provider_input(
        connection=connection,
        searchableEntities=["orders"],
        availableEntities=[{"name": "orders"}],
        entityMappings=[],
    )
    made = root.post("/api/admin/integrations", body)
    assert made.status_code == 201, made.content
    return dict(made.json())


def _synced(admin: ApiCaller, tenant: Tenant, connection: str, sync_type: str) -> dict[str, Any]:
    path = f"/api/integrations/connections/{connection}/sync"
    begun = admin.post(path, {"syncType": sync_type})
    assert begun.status_code == 202, begun.content
    with scope.tenant_scope(tenant.id):
        run_sync(SyncRun.objects.latest("created_at").pk)
    return dict(admin.get(path).json()["sync"])


def test_it_is_entered_tried_connected_synced_found_and_shown(
    root: ApiCaller, admin: ApiCaller, tenant: Tenant, sandbox: RunningSandbox
) -> None:
    provider = _entered(root, sandbox.url)
    tried = root.post(f"/api/admin/integrations/crm/{provider['id']}/try", {"entity": "orders", "credentials": KEY})
    assert (tried.json()["success"], tried.json()["count"], tried.json()["hasMore"]) == (True, 1000, True), tried.json()
    assert tried.json()["records"][0]["mapped"]["number"].startswith("SO-")

    mine = add_integration(admin, Provider.objects.get(provider=provider["provider"]))
    path = f"/api/tenant/integrations/{mine['id']}"
    assert admin.post(f"{path}/connect/api-key", {"apiKey": "wrong"}).status_code == 400
    connection = admin.post(f"{path}/connect/api-key", KEY).json()
    assert connection["status"] == "active", connection

    first = _synced(admin, tenant, connection["connectionId"], "full")
    assert (first["status"], first["recordsProcessed"], first["recordsSynced"], first["errors"]) == (
        *("completed", RECORDS, RECORDS),
        0,
    )
    done = sandbox.control.records("generic", "orders", change=5, delete=3, add=2, fields={"note": "Zebra crossing"})
    assert _synced(admin, tenant, connection["connectionId"], "incremental")["recordsProcessed"] == 7
    again = _synced(admin, tenant, connection["connectionId"], "full")
    assert (again["recordsProcessed"], again["recordsDeleted"]) == (RECORDS - 1, 3)

    found = admin.post("/api/integrations/search", {"query": "zebra cross"}).json()
    assert {result["externalId"] for result in found["results"]} == {*done["changed"], *done["added"]}
    assert {source["status"] for source in found["sources"]} == {"indexed"}
    shown = admin.get(f"{path}/widgets/data", {"entity": "orders", "limit": 10}).json()
    assert len(shown["data"]) == 10
    assert shown["total"] == RECORDS - 1
