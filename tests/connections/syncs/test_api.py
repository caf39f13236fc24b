"""Syncs over the API, in document 002's form."""

from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from connections.models import Connection, SyncRun
from connections.services.syncs import run_sync
from integrations_site.kernel import ids
from integrations_site.kernel.limits import connection as redis
from integrations_site.tenancy import scope
from integrations_site.tenancy.models import Tenant
from tests.connections.sources import Source, entity, payment
from tests.connections.syncs.conftest import Connect
from tests.factories.tokens import bearer

pytestmark = pytest.mark.django_db(transaction=True)


class Caller:
    """Calls the addresses of a connection's syncs."""

    def __init__(self, tenant: Tenant, connection: Connection, role: str = "tenant_admin") -> None:
        self._headers = bearer(tenant, role)
        self._base = f"/api/integrations/connections/{connection.public_id}"
        self._client = Client()

    def post(self, body: Any = None, end: str = "sync") -> Any:
        return self._client.post(f"{self._base}/{end}", body or {}, "application/json", headers=self._headers)

    def get(self, end: str = "sync", **query: str) -> Any:
        return self._client.get(f"{self._base}/{end}", query, headers=self._headers)


@pytest.fixture
def connection(vendor: Source, connect: Connect) -> Connection:
    vendor.lists |= {"payments": [payment(1), payment(2, amount="?")], "invoices": []}
    return connect(entity(), entity("invoices"))


@pytest.fixture
def caller(in_tenant: Tenant, connection: Connection) -> Caller:
    return Caller(in_tenant, connection)


def test_a_sync_from_its_request_to_its_end(caller: Caller, connection: Connection) -> None:
    assert caller.get().status_code == 404
    begun = caller.post({"syncType": "full", "dataTypes": ["payments"]})
    assert begun.status_code == 202
    run = SyncRun.objects.get()
    assert begun.json() == {
        **{"success": True, "syncId": run.public_id, "status": "queued"},
        "startedAt": begun.json()["startedAt"],
    }
    assert caller.post({"dataTypes": ["payments"]}).status_code == 200
    run_sync(run.pk)
    told = caller.get().json()
    assert told["success"] is True
    sync = told["sync"]
    expected = {
        **{"id": run.public_id, "connectionId": connection.public_id, "status": "completed", "syncType": "full"},
        **{"recordsProcessed": 2, "recordsSynced": 1, "errors": 1, "dataTypes": ["payments"]},
    }
    assert {name: sync[name] for name in expected} == expected
    assert sync["completedAt"] >= sync["startedAt"]
    assert [(each["dataType"], each["status"], each["pages"]) for each in sync["progress"]] == [
        ("payments", "completed", 1)
    ]
    assert caller.get(syncId=run.public_id).json() == told
    assert [each["id"] for each in caller.get("syncs").json()["syncs"]] == [run.public_id]
    [bad] = caller.get("quarantined").json()["records"]
    assert (bad["recordId"], bad["field"]) == ("p000002", "amount")


def test_the_newest_comes_first_and_tells_what_was_not_looked_for(vendor: Source, caller: Caller) -> None:
    begun: list[str] = []
    for _ in range(3):
        begun.insert(0, caller.post({"syncType": "full", "dataTypes": ["payments"]}).json()["syncId"])
        vendor.lists["payments"].append(payment(9, id=None))
        run_sync(SyncRun.objects.get(status="queued").pk)
    SyncRun.objects.filter(pk=SyncRun.objects.earliest("started_at").pk).update(trigger="schedule")
    assert [each["id"] for each in caller.get("syncs").json()["syncs"]] == begun
    [payments] = caller.get().json()["sync"]["progress"]
    assert payments["notices"] == [
        "Deletions were not looked for: a record came without an id that serves, and may be any of them"
    ]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"dataTypes": ["payments", "unicorns"]}, 400, "UNKNOWN_DATA_TYPE"),
        ({"syncType": "some"}, 400, "VALIDATION_ERROR"),
        ({"dataTypes": "payments"}, 400, "VALIDATION_ERROR"),
        ({"more": 1}, 400, "VALIDATION_ERROR"),
    ],
)
def test_what_is_refused_begins_nothing(caller: Caller, body: Any, status: int, code: str) -> None:
    refused = caller.post(body)
    assert (refused.status_code, refused.json()["success"], refused.json()["code"]) == (status, False, code)
    if code == "UNKNOWN_DATA_TYPE":
        assert refused.json()["details"]["available"] == ["payments", "invoices"]
    assert not SyncRun.objects.exists()


@pytest.mark.parametrize("status", ["pending", "expired", "revoked", "error"])
def test_only_active_connections_are_synced(caller: Caller, connection: Connection, status: str) -> None:
    Connection.objects.filter(pk=connection.pk).update(status=status)
    assert caller.post().status_code == 409
    assert not SyncRun.objects.exists()


def test_a_disabled_integration_is_not_synced(caller: Caller, connection: Connection) -> None:
    connection.integration.status = "disabled"
    connection.integration.save()
    assert caller.post().json()["code"] == "INTEGRATION_DISABLED"
    assert not SyncRun.objects.exists()


def test_more_than_is_under_way_is_a_conflict(caller: Caller) -> None:
    begun = caller.post({"dataTypes": ["payments"]})
    refused = caller.post({"syncType": "full"})
    assert (refused.status_code, refused.json()["code"]) == (409, "SYNC_RUNNING")
    assert refused.json()["details"]["syncId"] == begun.json()["syncId"]


def test_cancelling(caller: Caller) -> None:
    caller.post()
    assert caller.post(end="sync/cancel").json()["sync"]["status"] == "cancelled"
    again = caller.post(end="sync/cancel")
    assert (again.status_code, again.json()["code"]) == (409, "SYNC_NOT_RUNNING")


def test_what_is_not_the_callers_is_not_found(connection: Connection, in_tenant: Tenant, rival: Tenant) -> None:
    stranger, member = Caller(rival, connection), Caller(in_tenant, connection, "user")
    with scope.no_tenant():
        for other in (stranger, member):
            assert [other.post().status_code, other.get().status_code] == [404, 404]
            assert [other.get("syncs").status_code, other.post(end="sync/cancel").status_code] == [404, 404]
    assert not SyncRun.objects.exists()


def test_quarantined_records_are_narrowed_by_data_type_page_by_page(
    caller: Caller, connection: Connection, vendor: Source
) -> None:
    vendor.lists |= {"payments": [payment(n, amount="?") for n in range(3)], "invoices": [payment(9, amount="?")]}
    caller.post()
    run_sync(SyncRun.objects.get().pk)
    first = caller.get("quarantined", dataType="payments", limit="2").json()
    assert ([row["dataType"] for row in first["records"]], first["total"]) == (["payments"] * 2, 3)
    rest = caller.get("quarantined", dataType="payments", limit="2", offset=str(first["nextOffset"])).json()
    assert ([row["dataType"] for row in rest["records"]], rest["hasMore"]) == (["payments"], False)
    assert [row["recordId"] for row in caller.get("quarantined", dataType="invoices").json()["records"]] == ["p000009"]
    assert caller.get("quarantined").json()["total"] == 4
    assert caller.get("quarantined", dataType="dragons").json()["total"] == 0
    assert caller.get("quarantined", datatype="payments").status_code == 400


def test_made_up_connections_are_limited_and_make_no_counters(
    in_tenant: Tenant, connection: Connection, settings: Settings
) -> None:
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"integration": 4, "sync": 3}
    made_up = [Connection(id=ids.new_id()) for _ in range(6)]
    statuses = [Caller(in_tenant, each, "user").post().status_code for each in made_up]
    assert statuses == [404] * 4 + [429] * 2
    assert len(redis().keys("hub:limit:sync:*")) == 4, "none once the limit is reached"


def test_what_is_no_id_has_one_counter_and_a_connection_its_own(
    caller: Caller, in_tenant: Tenant, settings: Settings
) -> None:
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"sync": 2}
    path, told = "/api/integrations/connections", bearer(in_tenant)
    sent = [Client().post(f"{path}/made-up-{n}/sync", {}, "application/json", headers=told) for n in range(3)]
    assert [answer.status_code for answer in sent] == [404, 404, 429]
    assert [caller.post().status_code for _ in range(3)] == [202, 200, 429]
    assert len(redis().keys("hub:limit:sync:*")) == 2
