"""Providers tested and tried by super admins, before any tenant uses them."""

import json

import pytest

from catalog.models import Provider
from catalog.services.providers import create_provider
from catalog.services.shipped import sync_catalog
from connections.models import Connection
from integrations_site.audit.models import AuditEntry
from integrations_site.audit.types import HUB
from integrations_site.tenancy import scope
from integrations_site.tenancy.models import Tenant
from tests.api.clients import ApiCaller
from tests.connections.api.requests import add_integration, code_of
from tests.connections.world import answer, make_oauth_provider
from tests.factories.catalog import declarative_connection, make_provider, provider_input
from tests.receiver import Answer, Received, receiving

pytestmark = pytest.mark.django_db


def _path(provider: Provider, verb: str) -> str:
    return f"/api/admin/integrations/{provider.category}/{provider.public_id}/{verb}"


def _declared(url: str) -> Provider:
    connection = declarative_connection(baseUrl=url)
    return create_provider(data=provider_input(connection=connection), actor=HUB)


def _accounts(request: Received) -> Answer:
    """Two records, the second of which does not fit; for one key alone."""
    if request.headers.get("authorization") != "Bearer good":
        return answer({"error": "no such key"}, 401)
    return answer({"data": [{"id": "1", "company": {"name": "Acme"}}, {"id": 2}], "next": "page-2"})


def test_a_provider_is_reached_without_a_credential(root: ApiCaller) -> None:
    with receiving(lambda _: Answer(405)) as running:
        provider = make_oauth_provider(running.url)
        told = root.post(_path(provider, "test")).json()
        assert told["success"] is True
        assert set(told["details"]) == {"client", "baseUrl", "authorizationUrl", "tokenUrl"}
        assert len(running.requests) == 3
        assert not any("authorization" in request.headers for request in running.requests)
    with scope.all_tenants():
        assert AuditEntry.objects.filter(action="provider.tested", subject=provider.public_id).exists()


def test_what_is_not_there_is_told(root: ApiCaller) -> None:
    with receiving(_accounts) as running:
        gone = _declared(running.url)
    told = root.post(_path(gone, "test")).json()
    assert (told["success"], told["error"]) == (False, "CONNECTION_FAILED")
    assert "baseUrl" in told["message"]
    bare = root.post(_path(make_provider(), "test")).json()
    assert (bare["success"], bare["error"]) == (False, "NOT_TESTABLE")
    assert "holds no address" in bare["message"]


def test_addresses_that_differ_from_tenant_to_tenant_are_told_apart(root: ApiCaller) -> None:
    sync_catalog(actor=HUB)
    told = root.post(_path(Provider.objects.get(provider="workday"), "test")).json()
    assert (told["success"], told["error"]) == (False, "NOT_TESTABLE")
    assert "https://{credential.host}" in told["message"]
    assert "holds no address" not in told["message"]


def test_trying_shows_the_first_page_and_what_becomes_of_it(root: ApiCaller) -> None:
    with receiving(_accounts) as running:
        provider = _declared(running.url)
        body = {"entity": "Account", "credentials": {"apiKey": "good"}}
        told = root.post(_path(provider, "try"), body)
        assert told.status_code == 200, told.content
        trial = told.json()
        assert (trial["count"], trial["hasMore"]) == (2, True)
        first = trial["records"][0]
        assert (first["externalId"], first["mapped"]["name"]) == ("1", "Acme")
        assert first["raw"] == {"id": "1", "company": {"name": "Acme"}}
        refused = root.post(_path(provider, "try"), body | {"credentials": {"apiKey": "bad"}}).json()
        assert (refused["success"], refused["records"]) == (False, [])
        assert refused["message"]
        unknown = root.post(_path(provider, "try"), body | {"entity": "Dragon"})
        assert (unknown.status_code, code_of(unknown)) == (400, "VALIDATION_ERROR")
    with scope.all_tenants():
        assert not Connection.objects.exists()
        trail = json.dumps(list(AuditEntry.objects.values_list("data", flat=True)))
        assert "good" not in trail


def test_a_mapping_that_does_not_fit_is_told_by_record(root: ApiCaller) -> None:
    with receiving(_accounts) as running:
        declared = declarative_connection(baseUrl=running.url)
        declared["entities"][0]["fields"][1] |= {"required": True}
        provider = create_provider(data=provider_input(connection=declared), actor=HUB)
        told = root.post(_path(provider, "try"), {"entity": "Account", "credentials": {"apiKey": "good"}}).json()
    assert (told["success"], told["error"]) == (False, "MAPPING_FAILED")
    assert [record["field"] for record in told["records"]] == ["", "name"]
    assert told["records"][1]["mapped"] is None


NINES = b"9" * 6000
ODD = b'{"data": [1, "x", null, [1], {"id": 1, "n": 1e999}, {"id": 2, "n": %b}, {"id": "3", "t": "\xff"}]}' % NINES


def test_records_are_shown_as_they_came_whatever_they_are(root: ApiCaller) -> None:
    with receiving(lambda _: Answer(200, ODD)) as running:
        told = root.post(_path(_declared(running.url), "try"), {"entity": "Account", "credentials": {"apiKey": "k"}})
    assert told.status_code == 200, told.content
    records = json.loads(told.content.replace(NINES, b"9"))["records"]
    assert [each["raw"] for each in records[:4]] == [1, "x", None, [1]]
    assert [each["externalId"] for each in records] == ["", "", "", "", "1", "2", "3"]
    assert [bool(each["problem"]) for each in records] == [True] * 4 + [False] * 2 + [True]
    assert NINES in told.content


@pytest.mark.parametrize(
    "given", [{"apiKey": ["k"]}, {"apiKey": 5}, {"apiKey": "k", "other": "x"}, {"accessToken": "t"}, {"apiKey": " "}]
)
def test_credentials_to_try_with_have_the_form_of_others(root: ApiCaller, given: dict[str, object]) -> None:
    with receiving(_accounts) as running:
        refused = root.post(_path(_declared(running.url), "try"), {"entity": "Account", "credentials": given})
        assert (refused.status_code, code_of(refused)) == (400, "INVALID_CREDENTIALS")
        consented = _path(
            make_oauth_provider(running.url, connection=declarative_connection(baseUrl=running.url)), "try"
        )
        body = {"entity": "Account", "credentials": {"accessToken": "good"}}
        assert root.post(consented, body).json()["count"] == 2
        refused = root.post(consented, body | {"credentials": {"apiKey": "k"}})
        assert (refused.status_code, code_of(refused)) == (400, "INVALID_CREDENTIALS")
        assert len(running.requests) == 1


def test_only_super_admins(admin: ApiCaller, root: ApiCaller, oauth_provider: Provider) -> None:
    for verb in ("test", "try"):
        assert admin.post(_path(oauth_provider, verb)).status_code == 403
        assert ApiCaller().post(_path(oauth_provider, verb)).status_code == 401
        missing = root.post(f"/api/admin/integrations/crm/prov-nope/{verb}", {"entity": "x"})
        assert (missing.status_code, code_of(missing)) == (404, "PROVIDER_NOT_FOUND")


def test_a_provider_in_use_is_not_deleted(root: ApiCaller, admin: ApiCaller, tenant: Tenant) -> None:
    provider = make_provider()
    path = f"/api/admin/integrations/crm/{provider.public_id}"
    made = add_integration(admin, provider)
    refused = root.delete(path)
    assert (refused.status_code, code_of(refused)) == (409, "PROVIDER_IN_USE")
    assert refused.json()["error"]["details"] == {
        "usage": {"integrations": 1, "tenants": 1},
        "tenants": [{"id": tenant.public_id, "name": tenant.name}],
    }
    assert f"1 tenant: {tenant.name} ({tenant.public_id})" in refused.json()["error"]["message"]
    admin.delete(f"/api/tenant/integrations/{made['id']}")
    refused = root.delete(path)
    assert (refused.status_code, code_of(refused)) == (409, "PROVIDER_REFERRED_TO")
    assert "kept for the audit trail" in refused.json()["error"]["message"]
    assert Provider.objects.filter(pk=provider.pk).exists()
