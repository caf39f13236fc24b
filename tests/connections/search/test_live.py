"""Search by the vendors themselves, over real HTTP on loopback; threads see what was committed, so tests commit."""

import json
import threading
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from catalog.models import Provider
from connections.models import Connection
from connections.sdk.connector import Found
from connections.sdk.declarative import DeclarativeConnector
from connections.services.search import live
from connections.services.secrets import store_secret
from integrations_site.tenancy.models import Tenant, User
from tests.api.clients import ApiCaller, api_client
from tests.connections.search.records import (
    add_many,
    add_record,
    body_of,
    entity,
    make_connected,
    make_searchable_provider,
)
from tests.receiver import Answer, Received, receiving

pytestmark = pytest.mark.django_db(transaction=True)
LIVE = {"path": "/find", "parameter": "q", "records": "data"}


class Finder:
    """A vendor with a search: knows its customers, and may be slow, or refuse."""

    def __init__(self) -> None:
        self.customers: list[dict[str, Any]] = []
        self.status = 200
        self.may_answer = threading.Event()
        self.may_answer.set()
        self.asked: list[str] = []

    def respond(self, request: Received) -> Answer:
        self.asked.append(parse_qs(urlsplit(request.path).query)["q"][0])
        self.may_answer.wait(timeout=20)
        body: Any = {"data": self.customers} if self.status == 200 else {"error": {"message": "No"}}
        return Answer(self.status, json.dumps(body).encode(), {"Content-Type": "application/json"})


@pytest.fixture
def finder() -> Iterator[tuple[Finder, str]]:
    """The vendor, and its address."""
    found = Finder()
    with receiving(found.respond) as receiver:
        yield found, receiver.url
        found.may_answer.set()
        live._pool().shutdown()
        live._pool.cache_clear()


def _connected(url: str) -> Connection:
    customers = entity("customers", search=LIVE)
    provider: Provider = make_searchable_provider(url, entities=[customers, entity("payments")])
    connection = make_connected(provider)
    store_secret(connection, {"apiKey": "k"})
    return connection


def _search(user: User, **more: Any) -> dict[str, Any]:
    caller: ApiCaller = api_client(user)
    return body_of(caller.post("/api/integrations/search", {"query": "harbour"} | more))


def test_what_a_vendor_finds_is_merged_and_mapped(
    in_tenant: Tenant, plain_user: User, finder: tuple[Finder, str]
) -> None:
    vendor, url = finder
    linked = _connected(url)
    known = add_record(linked, "Harbour Office", external_id="c1")
    add_record(linked, "Other", external_id="c2")
    vendor.customers = [
        {"id": "c1", "name": "Harbour Office"},
        {"id": "c3", "name": "Harbour Lights", "amount": 5},
        {"id": "c4", "name": "Found by something else"},
    ]
    found = _search(plain_user)
    assert vendor.asked == ["harbour"]
    by_id = {result["externalId"]: result for result in found["results"]}
    assert set(by_id) == {"c1", "c3", "c4"}
    assert (by_id["c1"]["id"], by_id["c1"]["source"]) == (known.public_id, "indexed")
    assert (by_id["c3"]["id"], by_id["c3"]["source"]) == ("c3", "live")
    assert by_id["c3"]["data"] == {"id": "c3", "name": "Harbour Lights", "amount": 5}
    assert by_id["c3"]["score"] > by_id["c4"]["score"] == 0
    assert (found["total"], found["totalIsExact"]) == (3, False)
    [source] = found["sources"]
    assert source["status"] == "live"
    assert source["tookMs"] >= 0
    assert source["indexedAt"]


@pytest.mark.parametrize("live", ["n{}", "many-{}"])
def test_what_a_vendor_finds_pushes_nothing_off_the_pages(
    in_tenant: Tenant, plain_user: User, finder: tuple[Finder, str], live: str
) -> None:
    """Neither records that only the vendor has, nor those that the hub has as well, on whatever page."""
    vendor, url = finder
    add_many(_connected(url), 12, "harbour lights")
    vendor.customers = [{"id": live.format(n), "name": "Harbour harbour"} for n in range(1, 13)]
    first, second = (_search(plain_user, offset=offset) for offset in (0, 10))
    seen = [result["externalId"] for found in (first, second) for result in found["results"]]
    assert sorted(seen) == sorted(f"many-{n}" for n in range(1, 13))
    assert [(found["total"], found["hasMore"]) for found in (first, second)] == [(12, True), (12, False)]


def test_what_a_vendor_finds_fills_the_room_that_is_left(
    in_tenant: Tenant, plain_user: User, finder: tuple[Finder, str]
) -> None:
    vendor, url = finder
    add_many(_connected(url), 6, "harbour lights")
    vendor.customers = [{"id": f"n{n}", "name": "Harbour"} for n in range(8)]
    found = _search(plain_user)
    assert [result["source"] for result in found["results"]].count("live") == 4
    assert (len(found["results"]), found["total"], found["hasMore"]) == (10, 10, False)
    assert "larger limit" in found["sources"][0]["message"]
    found = _search(plain_user, limit=14)
    assert (len(found["results"]), found["total"], found["hasMore"]) == (14, 14, False)
    assert found["sources"][0]["message"] == ""


@pytest.mark.parametrize("bad", ["a\x00b", None, "x" * 256])
def test_what_has_no_id_is_not_shown(in_tenant: Tenant, plain_user: User, finder: tuple[Finder, str], bad: Any) -> None:
    vendor, url = finder
    _connected(url)
    vendor.customers = [{"id": bad, "name": "Harbour Odd"}, {"id": "c1", "name": "Harbour Office"}]
    found = _search(plain_user)
    assert [result["externalId"] for result in found["results"]] == ["c1"]
    assert (found["total"], found["sources"][0]["status"]) == (1, "live")


def test_what_cannot_be_stored_is_shown_by_what_can(
    in_tenant: Tenant, plain_user: User, finder: tuple[Finder, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    vendor, url = finder
    _connected(url)
    vendor.customers = [{"id": "c1", "name": "Harbour\x00", "note": "harbour"}]
    [result] = _search(plain_user)["results"]
    assert (result["title"], result["data"]) == ("c1", {})
    found = Found("customers", "c2", "Harbour\x00 " + "x" * 400, {"note": "\x00"})
    monkeypatch.setattr(DeclarativeConnector, "search", lambda *_, **__: [found])
    [result] = _search(plain_user)["results"]
    assert result["title"] == ("Harbour " + "x" * 400)[:300]


def test_a_slow_vendor_does_not_hold_the_answer(
    in_tenant: Tenant, plain_user: User, finder: tuple[Finder, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    vendor, url = finder
    add_record(_connected(url), "Harbour Office")
    vendor.may_answer.clear()
    monkeypatch.setattr(live, "DEADLINE_SECONDS", 0.3)
    started = time.monotonic()
    found = _search(plain_user)
    assert time.monotonic() - started < 5
    assert [result["title"] for result in found["results"]] == ["Harbour Office"]
    assert [source["status"] for source in found["sources"]] == ["timeout"]


@pytest.mark.parametrize(("status", "told"), [(401, "unauthorised"), (404, "error")])
def test_a_vendor_that_refuses_takes_nothing_from_the_answer(
    in_tenant: Tenant, plain_user: User, finder: tuple[Finder, str], status: int, told: str
) -> None:
    vendor, url = finder
    add_record(_connected(url), "Harbour Office")
    vendor.status = status
    found = _search(plain_user)
    assert found["total"] == 1
    [source] = found["sources"]
    assert source["status"] == told
    assert source["message"]


def test_a_vendor_is_not_asked_for_what_it_cannot_answer(
    in_tenant: Tenant, plain_user: User, finder: tuple[Finder, str]
) -> None:
    vendor, url = finder
    _connected(url)
    for more in (
        {"entities": ["payments"]},
        {"offset": 10},
        {"filters": {"customFilters": {"status": "open"}}},
        {"filters": {"dateRange": {"start": "2026-01-01"}}},
    ):
        assert [source["status"] for source in _search(plain_user, **more)["sources"]] == ["indexed"]
    assert vendor.asked == []


def test_vendors_are_asked_at_the_same_time(in_tenant: Tenant, plain_user: User) -> None:
    """Neither answers before both are asked."""
    both = threading.Barrier(2)

    def respond(request: Received) -> Answer:
        both.wait(timeout=10)
        return Answer(200, b'{"data": []}', {"Content-Type": "application/json"})

    with receiving(respond) as first, receiving(respond) as second:
        for receiver in (first, second):
            _connected(receiver.url)
        found = _search(plain_user)
    assert [source["status"] for source in found["sources"]] == ["live", "live"]
