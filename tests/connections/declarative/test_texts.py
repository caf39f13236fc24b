"""The definition's own texts are filled in wherever they may stand; what a vendor or a person sent never is."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest

from catalog.definition import parse
from connections.sdk.connector import ConnectorConfig
from connections.sdk.declarative import DeclarativeConnector
from connections.sdk.errors import ProviderRejected
from connections.sdk.fetching import FetchRequest
from connections.services.vendor_http import provider_http
from tests.connections.sources import INCREMENT, PAGING
from tests.connections.world import answer, connection_to
from tests.factories.catalog import provider_input
from tests.receiver import Received, Receiver, receiving

FIELDS = [{"name": "branch", "label": "Branch", "secret": False}, {"name": "key", "label": "Key"}]
SETTINGS = {"region": "eu", "odd": "{account.id}"}
ALL = {"account": "{account.id}", "region": "a {settings.region} b", "branch": "{credential.branch}"}
FILLED = {"account": "acct-1", "region": "a eu b", "branch": "north"}


@pytest.fixture
def vendor() -> Iterator[Receiver]:
    """A vendor with one record, who it is, and a cursor that looks like a placeholder, once."""

    def respond(request: Received) -> Any:
        is_last = "after" in told(request)
        following = None if is_last else "{settings.region}"
        return answer({"id": "acct-1", "data": [{"id": str(is_last)}], "next": following})

    with receiving(respond) as receiver:
        yield receiver


def connector(vendor: Receiver, account_id: str = "acct-1", **connection: Any) -> DeclarativeConnector:
    """The connector of a provider whose connection is this."""
    more: dict[str, Any] = {
        "authType": "custom",
        "credentialFields": FIELDS,
        "availableEntities": [{"name": "payments"}],
    }
    more |= {"searchableEntities": [], "entityMappings": []}
    definition = parse(provider_input(connection=connection_to(vendor.url, **connection), **more))
    http = provider_http(definition, {"branch": "north", "key": "k"}, settings=SETTINGS, account_id=account_id)
    return DeclarativeConnector(ConnectorConfig(definition, SETTINGS, account_id), http)


def payments(**more: Any) -> dict[str, Any]:
    """A data type."""
    return {"name": "payments", "path": "/payments", "id": "id", "records": "data"} | more


def told(request: Received) -> dict[str, str]:
    """The query of a request, or its JSON."""
    if request.body:
        return dict(msgspec.json.decode(request.body))
    return {name: value for name, [value] in parse_qs(urlsplit(request.path).query).items()}


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_of_a_list_and_its_headers(vendor: Receiver, method: str) -> None:
    headers = {"X-Region": "{settings.region}", "X-Odd": "{settings.odd}"}
    entity = payments(method=method, query=ALL, headers=headers, paging=PAGING["cursor"])
    list(connector(vendor, entities=[entity]).fetch(FetchRequest("payments")))
    first, second = vendor.requests
    assert told(first) == FILLED
    assert told(second) == {**FILLED, "after": "{settings.region}"}
    assert {(sent.headers["x-region"], sent.headers["x-odd"]) for sent in vendor.requests} == {("eu", "{account.id}")}


def test_of_what_asks_for_changes(vendor: Receiver) -> None:
    rules = INCREMENT | {"template": "{settings.region} since {value} of {settings.odd}"}
    request = FetchRequest("payments", since={"until": "2026-01-01T00:00:00+00:00"})
    list(connector(vendor, entities=[payments(incremental=rules)]).fetch(request))
    assert told(vendor.requests[0]) == {"since": "eu since 2026-01-01T00:00:00Z of {account.id}"}


def test_of_health_and_account(vendor: Receiver) -> None:
    health, account = {"path": "/health", "query": ALL}, {"path": "/me", "idPath": "id", "method": "POST", "query": ALL}
    connector(vendor, health=health, account=account).check()
    assert [told(sent) for sent in vendor.requests] == [FILLED, FILLED]


def test_of_a_search_and_not_what_is_searched_for(vendor: Receiver) -> None:
    search = {"path": "/find", "parameter": "q", "query": ALL, "records": "data"}
    connector(vendor, entities=[payments(search=search)]).search("{account.id}", entities=[], limit=5)
    assert told(vendor.requests[0]) == {**FILLED, "q": "{account.id}"}
    search["template"] = "{settings.region}: {query} {settings.odd}"
    connector(vendor, entities=[payments(search=search)]).search("jane", entities=[], limit=5)
    assert told(vendor.requests[1])["q"] == "eu: jane {account.id}"


@pytest.mark.parametrize("where", ["query", "headers"])
def test_without_the_value_nothing_is_asked(vendor: Receiver, where: str) -> None:
    entity = payments(**{where: {"account": "{account.id}"}})
    with pytest.raises(ProviderRejected) as refused:
        list(connector(vendor, account_id="", entities=[entity]).fetch(FetchRequest("payments")))
    assert (refused.value.code, vendor.requests) == ("SETTING_MISSING", [])
