"""Search in synced records, over the API."""

import datetime as dt
from typing import Any

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from connections.models import Connection, FieldMapping, Integration
from connections.services.search.request import MOST_RANKED
from integrations_site.kernel import clock
from integrations_site.tenancy import scope
from integrations_site.tenancy.models import Tenant, User
from tests.api.clients import ApiCaller, api_client
from tests.connections.search.records import (
    add_many,
    add_record,
    body_of,
    connect,
    make_connected,
    make_searchable_provider,
)
from tests.connections.world import make_integration

pytestmark = pytest.mark.django_db


def _search(caller: ApiCaller, query: str, status: int = 200, **more: Any) -> dict[str, Any]:
    return body_of(caller.post("/api/integrations/search", {"query": query} | more), status)


def _titles(found: dict[str, Any]) -> list[str]:
    return [result["title"] for result in found["results"]]


def test_a_record_is_found_by_any_word_and_described(in_tenant: Tenant, member: ApiCaller) -> None:
    linked = make_connected()
    at = dt.datetime(2026, 10, 31, 12, tzinfo=dt.UTC)
    record = add_record(linked, "Jane Doe", note="jane.doe@example.com", amount=12.5, occurred_at=at)
    for query in ("jane", "DOE jane", "example", "exam", "jane.doe@exa"):
        found = _search(member, query)
        [result] = found["results"]
        assert result["id"] == record.public_id
        assert result["integrationId"] == linked.integration.public_id
        assert result["connectionId"] == linked.public_id
        assert (result["entity"], result["title"], result["source"]) == ("customers", "Jane Doe", "indexed")
        assert result["externalId"] == record.external_id
        assert result["occurredAt"] == "2026-10-31T12:00:00Z"
        assert result["data"] == {"name": "Jane Doe", "note": "jane.doe@example.com", "amount": 12.5}
        assert 0 < result["score"] < 1
        assert (found["total"], found["totalIsExact"], found["matching"]) == (1, True, "exact")
        assert found["byIntegration"] == {result["integrationId"]: [result]}
        assert found["byEntity"] == {"customers": [result]}
        assert isinstance(found["took"], int)
    [source] = found["sources"]
    assert (source["status"], source["name"]) == ("indexed", linked.integration.name)
    assert source["indexedAt"].endswith("Z")


def test_every_word_is_needed_and_titles_count_more(in_tenant: Tenant, member: ApiCaller) -> None:
    linked = make_connected()
    add_record(linked, "Nobody", note="harbour lights")
    add_record(linked, "Harbour Lights", note="dark")
    add_record(linked, "Harbour", note="dark")
    assert _titles(_search(member, "harbour lights")) == ["Harbour Lights", "Nobody"]


def test_a_mistake_is_forgiven_where_nothing_fits_exactly(in_tenant: Tenant, member: ApiCaller) -> None:
    linked = make_connected()
    add_record(linked, "Harbour Office")
    found = _search(member, "habrour office")
    assert (_titles(found), found["matching"]) == (["Harbour Office"], "similar")
    add_record(linked, "Habrour Office")
    found = _search(member, "habrour office")
    assert (_titles(found), found["matching"]) == (["Habrour Office"], "exact")
    assert _search(member, "hxxrour")["results"] == []


def test_operators_in_a_query_are_no_operators(in_tenant: Tenant, member: ApiCaller) -> None:
    linked = make_connected()
    add_record(linked, "alpha")
    for query in ("alpha | beta", "!beta", "beta:*", "'; DROP TABLE x; --", "al\\pha <-> x", "@alpha beta", "%s alpha"):
        assert _search(member, query)["total"] == 0, query
    assert _search(member, "(alpha) & :*!")["total"] == 1


def test_the_mark_of_a_tenant_finds_nothing(in_tenant: Tenant, member: ApiCaller) -> None:
    add_record(make_connected(), "alpha")
    mark = str(in_tenant.id)[-6:].translate(str.maketrans("0123456789", "ghijklmnop"))
    assert _search(member, mark)["total"] == 0


def test_another_tenants_records_are_not_found(
    tenant: Tenant, rival: Tenant, member: ApiCaller, stranger: ApiCaller
) -> None:
    with scope.tenant_scope(tenant.id):
        linked = make_connected()
        add_record(linked, "Secretive Customer")
    assert _search(member, "secretive")["total"] == 1
    found = _search(stranger, "secretive")
    assert (found["total"], found["sources"]) == (0, [])
    assert _search(stranger, "secretvie")["matching"] == "exact"
    named = _search(stranger, "secretive", 404, integrations=[linked.integration.public_id])
    assert named["error"]["code"] == "INTEGRATION_NOT_FOUND"
    path = f"/api/integrations/{linked.integration.public_id}/search"
    assert body_of(stranger.get(path, {"query": "secretive"}), 404)["error"]["code"] == "INTEGRATION_NOT_FOUND"


def test_the_function_itself_finds_the_tenant_in_scope_alone(tenant: Tenant, rival: Tenant) -> None:
    with scope.tenant_scope(tenant.id):
        linked = make_connected()
        add_record(linked, "Secretive Customer")
    find = "SELECT count(*) FROM connections_find('{@secretive}', %s, '{}', '{}', false, NULL, NULL, NULL, NULL, 10)"
    counts = []
    for where in (scope.Scope(tenant.id), scope.Scope(rival.id), scope.NOWHERE, scope.EVERYWHERE):
        with scope.within(where), database.cursor() as cursor:
            cursor.execute(find, [[linked.id]])
            counts += cursor.fetchone()
            cursor.execute("SELECT count(*) FROM connections_known('{secretive}')")
            counts += cursor.fetchone()
    assert counts == [1, 1, 0, 0, 0, 0, 0, 0]


def test_what_a_user_connected_is_found_by_that_user_alone(
    in_tenant: Tenant, plain_user: User, colleague: User, admin_user: User
) -> None:
    integration = make_integration(make_searchable_provider(), user_scoped=True)
    add_record(connect(integration, user=plain_user), "Private Matter")
    own, other, admin = (api_client(user) for user in (plain_user, colleague, admin_user))
    assert _search(own, "private")["total"] == 1
    assert _search(own, "private", userId=plain_user.public_id)["total"] == 1
    for caller in (other, admin):
        assert _search(caller, "private")["total"] == 0
        refused = _search(caller, "private", 403, userId=plain_user.public_id)
        assert refused["error"]["code"] == "PERMISSION_DENIED"
    path = f"/api/integrations/{integration.public_id}/search"
    assert body_of(own.get(path, {"query": "private"}))["total"] == 1
    assert body_of(other.get(path, {"query": "private"}))["total"] == 0
    assert other.get(path, {"query": "private", "userId": plain_user.public_id}).status_code == 403


def test_what_is_gone_or_not_to_be_searched_is_not_found(in_tenant: Tenant, member: ApiCaller) -> None:
    provider = make_searchable_provider()
    kept = make_connected(provider)
    add_record(kept, "Harbour kept")
    add_record(kept, "Harbour deleted", deleted_at=clock.now())
    for fields in (
        {"search_enabled": False},
        {"status": Integration.Status.DISABLED},
        {"removed_at": clock.now()},
    ):
        add_record(make_connected(provider, **fields), "Harbour hidden")
    revoked = make_connected(provider)
    add_record(revoked, "Harbour revoked")
    Connection.objects.filter(pk=revoked.pk).update(status=Connection.Status.REVOKED)
    found = _search(member, "harbour")
    assert _titles(found) == ["Harbour kept"]
    assert {source["name"]: source["status"] for source in found["sources"]} == {
        kept.integration.name: "indexed",
        revoked.integration.name: "not_synced",
    }


@pytest.mark.parametrize("fields", [{"search_enabled": False}, {"status": Integration.Status.DISABLED}])
def test_an_integration_that_is_named_and_not_searched_says_why(
    in_tenant: Tenant, member: ApiCaller, fields: dict[str, Any]
) -> None:
    named = make_connected(**fields).integration.public_id
    assert _search(member, "x", 409, integrations=[named])["error"]["code"] == "INTEGRATION_NOT_SEARCHABLE"
    answer = member.get(f"/api/integrations/{named}/search", {"query": "x"})
    assert body_of(answer, 409)["error"]["code"] == "INTEGRATION_NOT_SEARCHABLE"


def test_dates_and_fields_narrow(in_tenant: Tenant, member: ApiCaller) -> None:
    linked = make_connected()
    for day, status, amount in ((1, "paid", 10), (15, "open", 20.5), (31, "paid", 20.5)):
        at = dt.datetime(2026, 10, day, 18, tzinfo=dt.UTC)
        add_record(linked, f"Harbour {day}", status=status, amount=amount, occurred_at=at)
    add_record(linked, "Harbour undated")

    def found(**filters: Any) -> set[str]:
        return {title.split()[1] for title in _titles(_search(member, "harbour", filters=filters))}

    assert found() == {"1", "15", "31", "undated"}
    assert found(dateRange={"start": "2026-10-15"}) == {"15", "31"}
    assert found(dateRange={"start": "2026-10-02T00:00:00Z", "end": "2026-10-31"}) == {"15", "31"}
    assert found(dateRange={"end": "2026-10-31T17:00:00Z"}) == {"1", "15"}
    assert found(customFilters={"status": "paid"}) == {"1", "31"}
    assert found(customFilters={"status": "paid", "amount": 20.50}) == {"31"}
    refused = _search(member, "harbour", 400, filters={"customFilters": {"colour": "red"}})["error"]
    assert refused["code"] == "VALIDATION_ERROR"
    assert "colour" in str(refused["details"])
    FieldMapping.objects.create(
        integration=linked.integration, entity="customers", name="colour", path="colour", type="text"
    )
    assert found(customFilters={"colour": "red"}) == set()


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"query": ""},
        {"query": "!"},
        {"query": 5},
        {"query": "x" * 201},
        {"query": "x", "limit": 101},
        {"query": "x", "limit": 0},
        {"query": "x", "offset": -1},
        {"query": "x", "integrations": "all"},
        {"query": "x", "entities": [5]},
        {"query": "x", "filters": []},
        {"query": "x", "filters": {"dateRange": {"start": "yesterday"}}},
        {"query": "x", "filters": {"dateRange": {"start": "2026-10-02", "end": "2026-10-01"}}},
        {"query": "x", "filters": {"customFilters": {"name": ["a"]}}},
        {"query": "x", "filters": {"colour": "red"}},
        {"query": "x", "sort": "name"},
    ],
)
def test_a_search_that_makes_no_sense_is_refused(in_tenant: Tenant, member: ApiCaller, body: dict[str, Any]) -> None:
    refused = body_of(member.post("/api/integrations/search", body), 400)["error"]
    assert refused["code"] == "VALIDATION_ERROR"
    assert refused["details"]


def test_pages_are_of_each_integration(in_tenant: Tenant, member: ApiCaller) -> None:
    first, second = make_connected(), make_connected()
    add_many(first, 5, "harbour lights")
    add_many(second, 2, "harbour lights")
    seen: list[str] = []
    for offset, counts, has_more in ((0, (2, 2), True), (2, (2, 0), True), (4, (1, 0), False)):
        found = _search(member, "harbour", limit=2, offset=offset)
        grouped = [len(found["byIntegration"].get(one.integration.public_id, [])) for one in (first, second)]
        assert (tuple(grouped), found["hasMore"], found["total"]) == (counts, has_more, 7)
        seen += [result["id"] for result in found["results"]]
    assert len(set(seen)) == len(seen) == 7


def test_a_loud_source_does_not_silence_the_others_and_the_total_is_honest(
    in_tenant: Tenant, member: ApiCaller
) -> None:
    loud, quiet = make_connected(), make_connected()
    add_many(loud, MOST_RANKED + 50, "harbour")
    add_many(quiet, 3, "harbour")
    found = _search(member, "harbour")
    assert len(found["byIntegration"][quiet.integration.public_id]) == 3
    assert found["total"] >= MOST_RANKED
    assert (found["totalIsExact"], found["hasMore"]) == (False, True)


def test_the_number_of_statements_does_not_grow(in_tenant: Tenant, member: ApiCaller) -> None:
    def statements() -> int:
        with CaptureQueriesContext(database) as captured:
            _search(member, "harbour")
        return len(captured)

    provider = make_searchable_provider()
    add_many(make_connected(provider), 3, "harbour")
    statements()
    few = statements()
    for _ in range(5):
        add_many(make_connected(provider), 30, "harbour")
    assert statements() == few
