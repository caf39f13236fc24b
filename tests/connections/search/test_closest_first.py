"""A word is searched for as it stands, and then as the beginning of longer ones."""

from typing import Any

import pytest

from connections.services.search.request import MOST_RANKED
from integrations_site.tenancy.models import Tenant
from tests.api.clients import ApiCaller
from tests.connections.search.records import add_many, add_record, body_of, make_connected

pytestmark = pytest.mark.django_db


def _search(caller: ApiCaller, query: str, **more: Any) -> dict[str, Any]:
    return body_of(caller.post("/api/integrations/search", {"query": query} | more))


def _titles(found: dict[str, Any]) -> list[str]:
    return [result["title"] for result in found["results"]]


def test_a_word_that_fills_the_answer_is_meant_as_it_stands(in_tenant: Tenant, member: ApiCaller) -> None:
    """Longer words are found where there is room, and in sources that have nothing else to show."""
    loud, quiet = make_connected(), make_connected()
    add_record(loud, "Harbours", note="longer")
    assert _titles(_search(member, "harbour")) == ["Harbours"]
    add_many(loud, MOST_RANKED, "harbour")
    add_record(quiet, "Harbourage", note="longer")
    found = _search(member, "harbour", limit=100)
    assert [one["title"] for one in found["byIntegration"][quiet.integration.public_id]] == ["Harbourage"]
    assert {one["title"] for one in found["byIntegration"][loud.integration.public_id]} == {"harbour"}
    assert _titles(_search(member, "harbours")) == ["Harbours"]


def test_each_record_is_found_once_whether_by_a_word_or_its_beginning(in_tenant: Tenant, member: ApiCaller) -> None:
    linked = make_connected()
    add_record(linked, "Harbour", note="harbours")
    add_record(linked, "Harbours")
    found = _search(member, "harbour")
    assert (sorted(_titles(found)), found["total"]) == (["Harbour", "Harbours"], 2)
    assert _search(member, "harbour", integrations=[linked.integration.public_id])["total"] == 2
