"""What dashboards are told of an integration."""

import datetime as dt
import json
from typing import Any

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from connections.models import Activity, Connection, FieldMapping, SyncRun
from connections.services.activities import record_activity
from connections.services.widgets.records import MOST_COUNTED
from integrations_site.kernel import clock
from integrations_site.tenancy.models import Tenant, User
from tests.api.clients import ApiCaller, api_client
from tests.connections.search.records import (
    add_many,
    add_record,
    body_of,
    connect,
    entity,
    make_connected,
    make_searchable_provider,
    set_read_at,
)
from tests.connections.world import make_integration
from tests.factories import make_member

pytestmark = pytest.mark.django_db


@pytest.fixture
def linked(in_tenant: Tenant) -> Connection:
    """A connection of the tenant."""
    return make_connected()


def _ask(caller: ApiCaller, linked: Connection, what: str, status: int = 200, **query: Any) -> dict[str, Any]:
    path = f"/api/tenant/integrations/{linked.integration.public_id}/widgets/{what}"
    return body_of(caller.get(path, query), status)


def _names(found: dict[str, Any]) -> list[str]:
    return [row["name"] for row in found["data"]]


def test_status_tells_the_link_the_last_sync_and_the_age_of_the_data(linked: Connection, member: ApiCaller) -> None:
    at = clock.now()
    run = SyncRun.objects.create(
        connection=linked, sync_type="full", trigger="manual", data_types=["customers"], status="completed",
        started_at=at, completed_at=at,
    )  # fmt: skip
    found = _ask(member, linked, "status")
    assert (found["integrationId"], found["name"]) == (linked.integration.public_id, linked.integration.name)
    assert (found["status"], found["connectionStatus"]) == ("connected", "active")
    assert found["lastConnectedAt"].endswith("Z")
    assert found["lastSyncAt"].endswith("Z")
    assert 55 <= found["dataAgeSeconds"] <= 120
    assert (found["lastSync"]["id"], found["lastSync"]["status"]) == (run.public_id, "completed")
    assert not found.keys() & {"error", "pausedUntil"}
    set_read_at(linked, "payments", at - dt.timedelta(days=2))
    assert 172_800 <= _ask(member, linked, "status")["dataAgeSeconds"] <= 173_000


def test_status_tells_what_is_wrong(linked: Connection, member: ApiCaller) -> None:
    at = clock.now()
    SyncRun.objects.create(
        connection=linked, sync_type="full", trigger="manual", data_types=["customers"], status="failed",
        started_at=at, error={"code": "X", "message": "The vendor was away"},
    )  # fmt: skip
    Connection.objects.filter(pk=linked.pk).update(blocked_until=at + dt.timedelta(minutes=5))
    found = _ask(member, linked, "status")
    assert found["error"] == "The vendor was away"
    assert found["pausedUntil"].endswith("Z")
    Connection.objects.filter(pk=linked.pk).update(status="expired", validation_error="Reconnect it", blocked_until=at)
    found = _ask(member, linked, "status")
    assert (found["connectionStatus"], found["error"]) == ("expired", "Reconnect it")
    assert "pausedUntil" not in found


def test_status_without_a_connection(in_tenant: Tenant, member: ApiCaller) -> None:
    integration = make_integration(make_searchable_provider())
    found = body_of(member.get(f"/api/tenant/integrations/{integration.public_id}/widgets/status"))
    assert found == {"integrationId": integration.public_id, "name": integration.name, "status": "pending"}


def test_activity_is_of_the_time_range(linked: Connection, member: ApiCaller) -> None:
    for kind in (Activity.Type.CONNECT, Activity.Type.SYNC):
        record_activity(integration=linked.integration, connection=linked, type=kind, status=Activity.Status.SUCCESS)
    old = record_activity(integration=linked.integration, type=Activity.Type.TEST, status=Activity.Status.FAILED)
    Activity.objects.filter(pk=old.pk).update(at=clock.now() - dt.timedelta(days=3))
    found = _ask(member, linked, "activity")
    assert [(one["type"], one["status"]) for one in found["activities"]] == [
        ("sync", "success"),
        ("connect", "success"),
    ]
    assert found["total"] == 2
    assert found["activities"][0]["timestamp"].endswith("Z")
    assert _ask(member, linked, "activity", timeRange="7d")["total"] == 3
    few = _ask(member, linked, "activity", timeRange="30d", limit=1)
    assert (len(few["activities"]), few["total"]) == (1, 3)
    for wrong in ({"timeRange": "1y"}, {"limit": 0}, {"limit": 101}, {"limit": "x"}, {"since": "x"}):
        assert _ask(member, linked, "activity", 400, **wrong)["error"]["code"] == "VALIDATION_ERROR"


def test_data_is_the_mapped_records(linked: Connection, member: ApiCaller) -> None:
    for day, name in ((1, "Old"), (3, "New"), (2, "Middle")):
        at = dt.datetime(2026, 10, day, tzinfo=dt.UTC)
        add_record(linked, name, amount=day * 10.5, status="open", occurred_at=at, external_id=name.lower())
    add_record(linked, "Gone", deleted_at=clock.now())
    add_record(linked, "Payment", entity="payments")
    synced = clock.now() - dt.timedelta(hours=2)
    set_read_at(linked, "customers", synced)
    found = _ask(member, linked, "data", entity="customers")
    assert found["data"][0] == {"id": "new", "name": "New", "amount": 31.5, "status": "open"}
    assert _names(found) == ["New", "Middle", "Old"]
    assert (found["total"], found["totalIsExact"], found["hasMore"], found["entity"]) == (3, True, False, "customers")
    assert found["fetchedAt"] == clock.iso(synced)
    set_read_at(linked, "payments", None)
    assert _ask(member, linked, "data", entity="payments")["fetchedAt"] is None
    assert _ask(member, linked, "data", entity="customers")["fetchedAt"] == clock.iso(synced)
    chosen = _ask(member, linked, "data", entity="customers", fields="id,name", limit=1)
    assert (chosen["data"], chosen["hasMore"]) == ([{"id": "new", "name": "New"}], True)
    assert _ask(member, linked, "data", entity="customers", fields=["id", "name"], limit=1)["data"] == chosen["data"]
    assert _names(_ask(member, linked, "data", entity="customers", offset=2)) == ["Old"]
    assert _names(_ask(member, linked, "data", entity="customers", offset=9)) == []
    ascending = _ask(member, linked, "data", entity="customers", sortBy="amount", sortOrder="asc")
    assert _names(ascending) == ["Old", "Middle", "New"]


def test_records_without_moments_come_by_their_ids(in_tenant: Tenant, member: ApiCaller) -> None:
    linked = make_connected(make_searchable_provider(entities=[entity("customers", date=None), entity("payments")]))
    for name in ("Bo", "Al", "Cy"):
        add_record(linked, name, external_id=name.lower())
    assert _names(_ask(member, linked, "data", entity="customers")) == ["Al", "Bo", "Cy"]
    assert _names(_ask(member, linked, "data", entity="customers", limit=1, offset=1)) == ["Bo"]


def test_amounts_are_exact(linked: Connection, member: ApiCaller) -> None:
    with database.cursor() as cursor:
        add_record(linked, "Exact")
        cursor.execute("UPDATE connections_record SET data = '{\"amount\": 12345678901234567.890}'")
    path = f"/api/tenant/integrations/{linked.integration.public_id}/widgets/data"
    assert b"12345678901234567.890" in member.get(path, {"entity": "customers"}).content


def test_filters(linked: Connection, member: ApiCaller) -> None:
    for name, amount, status in (("Anna", 10, "open"), ("Bob", 20, "paid"), ("Hannah", 30.5, "paid")):
        add_record(linked, name, amount=amount, status=status)

    def found(**filters: Any) -> set[str]:
        return set(_names(_ask(member, linked, "data", entity="customers", filters=json.dumps(filters))))

    assert found(name="Bob") == {"Bob"}
    assert found(amount=30.50) == {"Hannah"}
    assert found(status="paid", amount={"lte": 20}) == {"Bob"}
    assert found(amount={"gte": 20, "lte": 30.5}) == {"Bob", "Hannah"}
    assert found(amount={"gte": "20"}) == set()
    assert found(name={"gte": "B"}) == {"Bob", "Hannah"}
    assert found(name={"in": ["Anna", "Bob", "Nobody", 5]}) == {"Anna", "Bob"}
    assert found(name={"contains": "ANNA"}) == {"Anna", "Hannah"}
    assert found(name={"contains": "%"}) == set()
    assert found(note=None) == set()
    assert found() == {"Anna", "Bob", "Hannah"}


def test_fields_that_the_tenant_added_are_fields(linked: Connection, member: ApiCaller) -> None:
    add_record(linked, "Anna", colour="red")
    _ask(member, linked, "data", 400, entity="customers", fields="colour")
    FieldMapping.objects.create(
        integration=linked.integration, entity="customers", name="colour", path="colour", type="text"
    )
    found = _ask(member, linked, "data", entity="customers", fields="colour", filters='{"colour": "red"}')
    assert found["data"] == [{"colour": "red"}]


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"entity": "dragons"},
        {"entity": "customers", "fields": "id,colour"},
        {"entity": "customers", "filters": "{"},
        {"entity": "customers", "filters": "[]"},
        {"entity": "customers", "filters": '{"colour": 1}'},
        {"entity": "customers", "filters": '{"name": ["a"]}'},
        {"entity": "customers", "filters": '{"name": {}}'},
        {"entity": "customers", "filters": '{"name": {"like": "a"}}'},
        {"entity": "customers", "filters": '{"name": {"in": "a"}}'},
        {"entity": "customers", "filters": '{"amount": {"gte": true}}'},
        {"entity": "customers", "filters": '{"name": {"contains": 5}}'},
        {"entity": "customers", "filters": '{"name": "\\u0000"}'},
        {"entity": "customers", "limit": 101},
        {"entity": "customers", "offset": -1},
        {"entity": "customers", "sortBy": "colour"},
        {"entity": "customers", "sortOrder": "up"},
        {"entity": "customers", "colour": "red"},
    ],
)
def test_what_makes_no_sense_is_refused(linked: Connection, member: ApiCaller, query: dict[str, Any]) -> None:
    refused = _ask(member, linked, "data", 400, **query)["error"]
    assert refused["code"] == "VALIDATION_ERROR"
    assert refused["details"]


def test_an_unknown_data_type_is_told_which_there_are(linked: Connection, member: ApiCaller) -> None:
    refused = _ask(member, linked, "data", 400, entity="dragons")["error"]
    assert refused["details"]["entities"] == ["customers", "payments"]


def test_what_a_user_connected_is_shown_to_that_user_alone(
    in_tenant: Tenant, plain_user: User, admin_user: User
) -> None:
    integration = make_integration(make_searchable_provider(), user_scoped=True)
    own = connect(integration, user=plain_user)
    add_record(own, "Private")
    record_activity(integration=integration, connection=own, type=Activity.Type.SYNC, status=Activity.Status.SUCCESS)
    caller, admin = api_client(plain_user), api_client(admin_user)
    assert _names(_ask(caller, own, "data", entity="customers", userId=plain_user.public_id)) == ["Private"]
    assert _ask(caller, own, "status")["connectionStatus"] == "active"
    assert _ask(caller, own, "activity")["total"] == 1
    assert _ask(admin, own, "data", entity="customers") == {
        **{"data": [], "total": 0, "totalIsExact": True, "entity": "customers", "fetchedAt": None, "hasMore": False},
    }
    assert "connectionStatus" not in _ask(admin, own, "status")
    assert _ask(admin, own, "activity")["total"] == 0
    _ask(admin, own, "data", 403, entity="customers", userId=plain_user.public_id)


@pytest.mark.parametrize("what", ["status", "activity", "data"])
def test_another_tenants_integration_is_not_found(linked: Connection, rival: Tenant, what: str) -> None:
    stranger = api_client(make_member(rival))
    refused = _ask(stranger, linked, what, 404)
    assert refused["error"]["code"] == "INTEGRATION_NOT_FOUND"


def test_many_records_are_counted_as_far_as_is_said(linked: Connection, member: ApiCaller) -> None:
    add_many(linked, MOST_COUNTED + 1, "harbour")
    found = _ask(member, linked, "data", entity="customers")
    assert (found["total"], found["totalIsExact"], found["hasMore"]) == (MOST_COUNTED, False, True)


@pytest.mark.parametrize("what", ["status", "activity", "data"])
def test_the_number_of_statements_does_not_grow(linked: Connection, member: ApiCaller, what: str) -> None:
    query: dict[str, Any] = {"entity": "customers"} if what == "data" else {}

    def statements() -> int:
        with CaptureQueriesContext(database) as captured:
            _ask(member, linked, what, **query)
        return len(captured)

    add_record(linked, "First")
    statements()
    few = statements()
    add_many(linked, 40, "harbour")
    for _ in range(20):
        record_activity(
            integration=linked.integration, connection=linked, type=Activity.Type.TEST, status=Activity.Status.SUCCESS
        )
    assert statements() == few
    assert few <= 12
