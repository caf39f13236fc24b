"""Which integrations and data types are searched, and how far."""

import datetime as dt
from typing import Any

import pytest

from connections.models import Connection
from integrations_site.kernel import clock
from integrations_site.tenancy.models import Tenant
from tests.api.clients import ApiCaller
from tests.connections.search.records import (
    add_record,
    body_of,
    connect,
    make_connected,
    make_searchable_provider,
    set_read_at,
)
from tests.connections.world import make_integration

pytestmark = pytest.mark.django_db


def _search(caller: ApiCaller, query: str, status: int = 200, **more: Any) -> dict[str, Any]:
    return body_of(caller.post("/api/integrations/search", {"query": query} | more), status)


def test_data_types_narrow(in_tenant: Tenant, member: ApiCaller) -> None:
    linked = make_connected()
    narrow = make_connected(searchable_entities=["payments"])
    for one in (linked, narrow):
        for entity in ("customers", "payments"):
            add_record(one, f"Harbour {entity}", entity=entity)
    assert _search(member, "harbour")["total"] == 3
    assert _search(member, "harbour", entities=["customers"])["total"] == 1
    assert _search(member, "harbour", filters={"entityTypes": ["payments"]})["total"] == 2
    assert _search(member, "harbour", entities=["customers"], filters={"entityTypes": ["payments"]})["total"] == 0
    path = f"/api/integrations/{linked.integration.public_id}/search"
    assert body_of(member.get(path, {"query": "harbour", "entities": "customers"}))["total"] == 1
    assert body_of(member.get(path, {"query": "harbour", "entities": ["customers", "payments"]}))["total"] == 2
    assert body_of(member.get(path, {"query": "harbour", "entities": "customers,payments"}))["total"] == 2


def _refused(told: dict[str, Any]) -> str:
    assert told["error"]["code"] == "VALIDATION_ERROR"
    return str(told["error"]["details"])


def test_a_data_type_that_is_searched_nowhere_is_refused(in_tenant: Tenant, member: ApiCaller) -> None:
    one = make_connected(searchable_entities=["payments"])
    add_record(one, "Harbour", entity="payments")
    for more in (
        {"entities": ["custmers"]},
        {"entities": ["payments", "custmers"]},
        {"filters": {"entityTypes": ["custmers"]}},
        {"entities": ["payments"], "filters": {"entityTypes": ["custmers"]}},
    ):
        told = _refused(_search(member, "harbour", 400, **more))
        assert "custmers" in told
        assert "payments" in told
        assert "customers" not in told
    path = f"/api/integrations/{one.integration.public_id}/search"
    assert "payments" in _refused(body_of(member.get(path, {"query": "harbour", "entities": "custmers"}), 400))
    other = make_connected()
    assert "customers" in _refused(_search(member, "harbour", 400, entities=["custmers"]))
    assert _search(member, "harbour", entities=["customers", "payments"])["total"] == 1
    named = [one.integration.public_id]
    assert "payments" in _refused(_search(member, "harbour", 400, entities=["customers"], integrations=named))
    assert _search(member, "harbour", entities=["customers"], integrations=[other.integration.public_id])["total"] == 0


def test_without_integrations_there_is_nothing_to_refuse(in_tenant: Tenant, member: ApiCaller) -> None:
    assert _search(member, "harbour", entities=["customers"])["sources"] == []


def test_an_empty_list_means_all(in_tenant: Tenant, member: ApiCaller) -> None:
    add_record(make_connected(), "Harbour")
    empty: list[dict[str, Any]] = [{"integrations": []}, {"entities": []}, {"filters": {"entityTypes": []}}]
    for more in empty:
        found = _search(member, "harbour", **more)
        assert (found["total"], len(found["sources"])) == (1, 1)


def test_sources_say_how_far_they_were_searched(in_tenant: Tenant, member: ApiCaller) -> None:
    provider = make_searchable_provider()
    states: dict[str, dict[str, Any]] = {
        "indexed": {},
        "not_synced": {"last_sync_at": None},
        "unauthorised": {"status": Connection.Status.EXPIRED},
        "error": {"status": Connection.Status.ERROR, "validation_error": "The account was closed"},
    }
    integrations = {
        status: connect(make_integration(provider), **fields).integration for status, fields in states.items()
    }
    unconnected = make_integration(provider)
    sources = {source["integrationId"]: source for source in _search(member, "harbour")["sources"]}
    for status, integration in integrations.items():
        assert sources[integration.public_id]["status"] == status
    assert sources[integrations["error"].public_id]["message"] == "The account was closed"
    assert sources[unconnected.public_id]["status"] == "not_synced"


def test_a_source_is_as_old_as_the_oldest_data_type_that_is_searched(in_tenant: Tenant, member: ApiCaller) -> None:
    linked = make_connected()
    now = clock.now()
    set_read_at(linked, "customers", now)
    set_read_at(linked, "payments", now - dt.timedelta(days=2))

    def told(**more: Any) -> tuple[str, str | None, str]:
        [source] = _search(member, "harbour", **more)["sources"]
        return source["status"], source["indexedAt"], source["message"]

    assert told() == ("indexed", clock.iso(now - dt.timedelta(days=2)), "")
    assert told(entities=["customers"]) == ("indexed", clock.iso(now), "")
    set_read_at(linked, "payments", None)
    status, at, message = told()
    assert (status, at) == ("indexed", clock.iso(now))
    assert "payments" in message
    assert "customers" not in message
    status, at, message = told(entities=["payments"])
    assert (status, at) == ("not_synced", None)
    assert message
