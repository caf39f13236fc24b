"""`allowedShardTypes` of an integration: what would become another shard type is neither synced nor shown."""

from typing import Any

import pytest

from connections.models import Connection, SyncRun
from connections.services.connectors import connector_of
from connections.services.secrets import store_secret
from connections.services.syncs import request_sync, run_sync
from integrations_site.audit.types import HUB
from integrations_site.kernel import clock
from integrations_site.tenancy.models import Tenant
from tests.api.clients import ApiCaller
from tests.connections.search.records import add_record, body_of, make_connected

pytestmark = pytest.mark.django_db
CUSTOMERS = ["c_customer"]


@pytest.fixture
def linked(in_tenant: Tenant) -> Connection:
    """A connection with a customer and a payment, whose integration allows customers alone."""
    linked = make_connected(allowed_shard_types=CUSTOMERS)
    store_secret(linked, {"apiKey": "k"})
    for entity in ("customers", "payments"):
        add_record(linked, f"Harbour {entity}", entity=entity)
    return linked


def _search(caller: ApiCaller, status: int = 200, **more: Any) -> dict[str, Any]:
    return body_of(caller.post("/api/integrations/search", {"query": "harbour"} | more), status)


def test_it_is_not_synced(linked: Connection, admin: ApiCaller) -> None:
    path = f"/api/integrations/connections/{linked.public_id}/sync"
    refused = body_of(admin.post(path, {"dataTypes": ["customers", "payments"]}), 400)
    assert refused["code"] == "DATA_TYPE_NOT_ALLOWED"
    assert refused["details"]["available"] == ["customers"]
    assert SyncRun.objects.count() == 0
    run = request_sync(connection=linked, actor=HUB)
    assert run.data_types == ["customers"]


@pytest.mark.django_db(transaction=True)
def test_a_run_that_was_asked_for_before_leaves_it(linked: Connection) -> None:
    linked.integration.allowed_shard_types = []
    linked.integration.save()
    run = request_sync(connection=linked, data_types=["payments"], actor=HUB)
    linked.integration.allowed_shard_types = CUSTOMERS
    linked.integration.save()
    run_sync(run.pk, connect=connector_of)
    step = run.steps.get()
    assert step.error
    assert (step.status, step.error["code"]) == ("failed", "DATA_TYPE_NOT_ALLOWED")


def test_it_is_not_searched(linked: Connection, member: ApiCaller) -> None:
    found = _search(member)
    assert [result["entity"] for result in found["results"]] == ["customers"]
    assert "payments" in str(_search(member, 400, entities=["payments"])["error"]["details"])
    linked.integration.allowed_shard_types = ["c_other"]
    linked.integration.save()
    assert (_search(member)["results"], _search(member)["sources"]) == ([], [])
    refused = _search(member, 409, integrations=[linked.integration.public_id])["error"]
    assert refused["code"] == "INTEGRATION_NOT_SEARCHABLE"


def test_it_is_not_shown(linked: Connection, member: ApiCaller) -> None:
    path = f"/api/tenant/integrations/{linked.integration.public_id}/widgets/data"
    assert body_of(member.get(path, {"entity": "customers"}))["total"] == 1
    refused = body_of(member.get(path, {"entity": "payments"}), 400)["error"]
    assert refused["code"] == "DATA_TYPE_NOT_ALLOWED"


def test_what_has_no_mapping_is_not_concerned(linked: Connection, member: ApiCaller) -> None:
    provider = linked.integration.provider
    provider.definition = provider.definition | {"entityMappings": provider.definition["entityMappings"][:1]}
    provider.updated_at = clock.now()
    provider.save()
    assert {result["entity"] for result in _search(member)["results"]} == {"customers", "payments"}
