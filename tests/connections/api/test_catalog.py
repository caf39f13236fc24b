"""The catalog, in the words of two documents."""

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from tests.api.clients import ApiCaller
from tests.connections.api.requests import add_integration, code_of
from tests.factories.catalog import make_provider

pytestmark = pytest.mark.django_db
PATH = "/api/integrations"


def test_one_answer_holds_both_documents(admin: ApiCaller, member: ApiCaller) -> None:
    provider = make_provider(displayName="Zebra", features=["stripes"], connection={"baseUrl": "https://zebra.example"})
    make_provider(displayName="Hidden zebra", status="disabled")
    got = member.get(PATH, search="zebra").json()
    assert (got["success"], got["total"], got["hasMore"], got["nextOffset"]) == (True, 1, False, None)
    [item], [document] = got["integrations"], got["providers"]
    assert item == {
        **{"id": provider.provider, "name": "Zebra", "description": "A customer database", "category": "crm"},
        **{"icon": "building", "features": ["stripes"], "isAvailable": True, "isConnected": False},
    }
    assert (document["id"], document["provider"]) == (provider.public_id, provider.provider)
    assert "connection" not in document
    assert member.get(f"{PATH}/crm/{provider.public_id}").json() == document
    made = add_integration(admin, provider)
    admin.post(f"/api/tenant/integrations/{made['id']}/connect/api-key", {"apiKey": "k"})
    assert member.get(PATH, search="zebra").json()["integrations"][0]["isConnected"] is True


def test_connected_is_meant_for_the_caller(admin: ApiCaller, member: ApiCaller, stranger: ApiCaller) -> None:
    provider = make_provider(displayName="Yak")
    made = add_integration(admin, provider, userScoped=True)
    member.post(f"/api/user/integrations/{made['id']}/connect/api-key", {"apiKey": "k"})
    seen = {name: caller.get(PATH, search="yak").json()["integrations"][0]["isConnected"]
            for name, caller in (("member", member), ("admin", admin), ("stranger", stranger))}  # fmt: skip
    assert seen == {"member": True, "admin": False, "stranger": False}


def test_beyond_the_plan_is_shown_as_not_available(member: ApiCaller) -> None:
    make_provider(displayName="Golden", isPremium=True)
    [item] = member.get(PATH, search="golden").json()["integrations"]
    assert item["isAvailable"] is False


def test_what_is_not_in_the_catalog(member: ApiCaller) -> None:
    system = make_provider(audience="system")
    for address in ("crm/prov-nope", f"crm/{system.public_id}", f"payments/{system.public_id}"):
        answer = member.get(f"{PATH}/{address}")
        assert (answer.status_code, code_of(answer)) == (404, "PROVIDER_NOT_FOUND")
    assert member.get(PATH, category="dragons").status_code == 400
    assert member.get(PATH, limit=101).status_code == 400
    assert member.get(PATH, colour="red").status_code == 400


def test_other_paths_are_not_shadowed(member: ApiCaller) -> None:
    assert code_of(member.post(f"{PATH}/inventory", {})) != "METHOD_NOT_ALLOWED"
    assert code_of(member.get(f"{PATH}/dragons/prov-1")) == "PATH_NOT_FOUND"


def test_the_list_takes_the_same_statements_however_long_it_is(member: ApiCaller) -> None:
    counts = []
    for _ in range(2):
        for _ in range(4):
            make_provider()
        with CaptureQueriesContext(database) as caught:
            assert member.get(PATH).status_code == 200
        counts.append(len(caught))
    assert counts[0] == counts[1] <= 8, counts
