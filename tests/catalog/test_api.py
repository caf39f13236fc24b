"""`/api/admin/integrations` as document 003 states it, and that a refusal changes nothing."""

import json
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from catalog.api.examples import ENTERED, PATCH
from catalog.models import Provider
from catalog.services import usage
from integrations_site.kernel import ids
from integrations_site.tenancy.models import Tenant, User
from tests.api.clients import ApiCaller, api_client
from tests.concurrency import run_together
from tests.factories import make_super_admin
from tests.factories.catalog import declarative_connection, make_provider, oauth_input, provider_input

pytestmark = pytest.mark.django_db
BASE = "/api/admin/integrations"


def place(provider: Any) -> str:
    """The address of a provider."""
    return f"{BASE}/{provider['category']}/{provider['id']}"


def code(answer: Any) -> tuple[int, str]:
    """What an answer refuses, in document 003's form."""
    error = answer.json()["error"]
    assert set(error) >= {"code", "message", "details", "requestId"}
    return answer.status_code, error["code"]


def stored() -> list[dict[str, Any]]:
    """Every provider as it is stored."""
    return [dict(row) for row in Provider.objects.order_by("id").values()]


def test_the_whole_life_of_a_provider(root: ApiCaller) -> None:
    body = provider_input()
    answer = root.post(BASE, body)
    assert answer.status_code == 201, answer.content
    made = answer.json()
    assert ids.parse("prov", made["id"])
    assert {name: made[name] for name in body if name != "availableEntities"} == {
        name: value for name, value in body.items() if name != "availableEntities"
    }
    assert made["availableEntities"] == [{"name": "Account", "displayName": "Account", "fields": ["Id", "Name"]}]
    assert (made["isPremium"], made["isShipped"], made["changed"]) == (False, False, {})
    assert answer["X-RateLimit-Limit"] == "100"
    assert root.get(place(made)).json() == made
    assert root.get(f"{place(made)}/").json() == made

    changed = root.patch(place(made), {"displayName": "Acme CRM 2", "category": "custom"}).json()
    assert (changed["displayName"], changed["category"]) == ("Acme CRM 2", "custom")
    assert root.get(place(made)).status_code == 404
    status = root.patch(f"{place(changed)}/status", {"status": "beta"})
    assert status.status_code == 200
    assert (set(status.json()), status.json()["status"]) == ({"id", "status", "updatedAt"}, "beta")
    audience = root.patch(f"{place(changed)}/audience", {"audience": "system"}).json()
    assert (set(audience), audience["audience"]) == ({"id", "audience", "updatedAt"}, "system")
    now = root.get(place(changed)).json()
    assert (now["status"], now["audience"], now["updatedAt"]) == ("beta", "system", audience["updatedAt"])

    gone = root.delete(place(changed))
    assert (gone.status_code, gone.content) == (204, b"")
    assert code(root.get(place(changed))) == (404, "PROVIDER_NOT_FOUND")
    assert not stored()


def test_the_example_of_the_description_works(root: ApiCaller) -> None:
    made = root.post(BASE, ENTERED).json()
    assert made["connection"]["entities"][0]["paging"]["cursorPath"] == "paging.next"
    changed = root.patch(place(made), PATCH).json()
    assert changed["connection"] == made["connection"] | PATCH["connection"]
    # What was answered can be sent again, but for what the hub sets.
    again = {name: value for name, value in changed.items() if name in ENTERED}
    assert root.patch(place(made), again).json()["updatedAt"] == changed["updatedAt"]


def test_secrets_never_come_back(root: ApiCaller) -> None:
    secret = "hush-Zq81x"
    answer = root.post(BASE, oauth_input(clientId="hub", clientSecret=secret))
    made = answer.json()
    answers = [
        answer,
        root.get(place(made)),
        root.get(BASE),
        root.patch(place(made), {"oauthConfig": {"clientSecret": f"{secret}-2"}}),
        root.patch(f"{place(made)}/status", {"status": "beta"}),
        root.post(BASE, oauth_input(clientSecret=[secret])),
        root.patch(place(made), {"oauthConfig": {"clientSecret": secret, "tokenUrl": secret}}),
    ]
    for each in answers:
        assert "hush" not in each.content.decode()
    assert made["oauthConfig"]["hasClientSecret"] is True
    assert "clientSecret" not in made["oauthConfig"]
    assert secret not in json.dumps([str(row) for row in stored()])


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (provider_input(authType="handshake"), "authType"),
        (provider_input(category="pets"), "category"),
        (provider_input(status="hidden"), "status"),
        (provider_input(audience="all"), "audience"),
        (provider_input(supportedSyncDirections=["sideways"]), "supportedSyncDirections[0]"),
        (provider_input(id="prov-1"), "id"),
        ({name: value for name, value in provider_input().items() if name != "icon"}, "icon"),
        (oauth_input(tokenUrl="https://192.168.1.1/"), "oauthConfig.tokenUrl"),
        (provider_input(connection=declarative_connection(baseUrl="http://metadata.internal/")), "connection.baseUrl"),
        ([], "non_field"),
        ("text", "non_field"),
    ],
)
def test_a_body_that_will_not_do_is_refused_with_its_field(root: ApiCaller, body: Any, field: str) -> None:
    answer = root.post(BASE, json.dumps(body))
    assert code(answer) == (400, "VALIDATION_ERROR")
    details = answer.json()["error"]["details"]
    assert field in details["fields"]
    assert (details["field"], details["message"]) == (field, details["fields"][field][0])
    assert not stored()


def test_an_identifier_is_taken_once_however_many_ask(root: ApiCaller) -> None:
    make_provider(provider="acme")
    assert code(root.post(BASE, provider_input(provider="acme"))) == (409, "PROVIDER_EXISTS")
    assert len(stored()) == 1


@pytest.mark.django_db(transaction=True)
def test_of_ten_at_once_one_gets_the_identifier(db: None) -> None:
    user, body = make_super_admin(), provider_input(provider="wanted")
    callers = [api_client(user) for _ in range(10)]

    def enter(number: int) -> int:
        try:
            return int(callers[number].post(BASE, body).status_code)
        finally:
            connection.close()

    statuses = run_together(enter, 10)
    assert sorted(statuses) == [201, *[409] * 9]
    assert len(stored()) == 1


def test_a_key_makes_one_provider_of_two_requests(root: ApiCaller) -> None:
    key, body = {"Idempotency-Key": "once"}, oauth_input(clientSecret="hush")
    first, second = root.post(BASE, body, headers=key), root.post(BASE, body, headers=key)
    assert first.status_code == second.status_code == 201
    assert first.json() == second.json()
    assert len(stored()) == 1


@pytest.mark.parametrize("who", ["nobody", "member", "admin"])
def test_nobody_but_a_super_admin_does_anything_here(who: str, admin_user: User, plain_user: User) -> None:
    provider = make_provider()
    one = f"{BASE}/crm/{provider.public_id}"
    caller = {"nobody": ApiCaller(), "member": api_client(plain_user), "admin": api_client(admin_user)}[who]
    before = stored()
    wanted = (401, "AUTHENTICATION_REQUIRED") if who == "nobody" else (403, "PERMISSION_DENIED")
    for answer in (
        caller.get(BASE),
        caller.post(BASE, provider_input()),
        caller.get(one),
        caller.patch(one, {"displayName": "Mine"}),
        caller.delete(one),
        caller.patch(f"{one}/status", {"status": "disabled"}),
        caller.patch(f"{one}/audience", {"audience": "system"}),
        caller.get(f"{BASE}/crm/prov-nope"),
    ):
        assert code(answer) == wanted
    assert stored() == before


def test_a_super_admin_within_a_tenant_may_as_well(root: ApiCaller, tenant: Tenant) -> None:
    named = {"X-Tenant-ID": tenant.public_id}
    made = root.post(BASE, provider_input(tenant_id=tenant.public_id), headers=named)
    assert made.status_code == 201, made.content
    assert "tenant_id" not in made.json()
    assert root.delete(place(made.json()), headers=named).status_code == 204


def test_what_is_not_there_is_not_found_and_nothing_changes(root: ApiCaller) -> None:
    provider = make_provider()
    before = stored()
    for one in (
        f"{BASE}/storage/{provider.public_id}",
        f"{BASE}/pets/{provider.public_id}",
        f"{BASE}/crm/{provider.id}",
        f"{BASE}/crm/prov-nope",
        f"{BASE}/crm/{ids.public('prov', ids.new_id())}",
    ):
        for answer in (
            root.get(one),
            root.patch(one, {"displayName": "x"}),
            root.delete(one),
            root.patch(f"{one}/status", {"status": "beta"}),
            root.patch(f"{one}/audience", {"audience": "system"}),
        ):
            assert code(answer) == (404, "PROVIDER_NOT_FOUND"), one
    assert stored() == before


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("", {"authType": "oauth2"}),
        ("", {"provider": "other"}),
        ("", {"createdAt": "2026-01-01T00:00:00Z"}),
        ("", {"icon": None}),
        ("", []),
        ("/status", {"status": "hidden"}),
        ("/status", {}),
        ("/status", {"status": "beta", "name": "x"}),
        ("/audience", {"audience": "everybody"}),
    ],
)
def test_a_change_that_will_not_do_changes_nothing(root: ApiCaller, path: str, body: Any) -> None:
    provider = make_provider()
    before = stored()
    assert code(root.patch(f"{BASE}/crm/{provider.public_id}{path}", body or json.dumps(body))) == (
        400,
        "VALIDATION_ERROR",
    )
    assert stored() == before


def test_a_provider_in_use_is_not_removed(root: ApiCaller, monkeypatch: pytest.MonkeyPatch) -> None:
    told = usage.Usage(counts={"integrations": 2, "tenants": 1})
    monkeypatch.setattr(usage, "_counters", {"test": lambda provider_id: told})
    provider = make_provider()
    answer = root.delete(f"{BASE}/crm/{provider.public_id}")
    assert code(answer) == (409, "PROVIDER_IN_USE")
    assert answer.json()["error"]["details"] == {"usage": {"integrations": 2, "tenants": 1}, "tenants": []}
    assert len(stored()) == 1


def test_the_list_is_narrowed_searched_sorted_and_paged(root: ApiCaller) -> None:
    names = ["Zeta", "Alpha", "Mid"]
    for name in names:
        make_provider(displayName=name, category="storage", description=f"About {name}")
    make_provider(displayName="Other", status="beta")
    make_provider(displayName="Ours", audience="system")

    def shown(**query: Any) -> list[str]:
        return [each["displayName"] for each in root.get(BASE, query).json()["providers"]]

    page = root.get(BASE, limit=2).json()
    assert set(page) == {"providers", "total", "limit", "offset", "hasMore", "nextOffset"}
    assert (page["total"], page["limit"], page["offset"], page["hasMore"], page["nextOffset"]) == (5, 2, 0, True, 2)
    last = root.get(BASE, limit=2, offset=4).json()
    assert (len(last["providers"]), last["hasMore"], last["nextOffset"]) == (1, False, None)
    assert shown() == ["Alpha", "Mid", "Other", "Ours", "Zeta"]
    assert shown(category="storage", sortBy="displayName", sortOrder="desc") == ["Zeta", "Mid", "Alpha"]
    assert shown(status="beta") == ["Other"]
    assert shown(audience="system") == ["Ours"]
    assert shown(search="about mid") == ["Mid"]
    assert shown(sortBy="createdAt")[0] == "Zeta"
    assert shown(category="storage", status="beta") == []
    for wrong in (
        {"limit": 101},
        {"status": "x"},
        {"category": "pets"},
        {"audience": "x"},
        {"sortBy": "color"},
        {"q": 1},
    ):
        assert code(root.get(BASE, wrong)) == (400, "VALIDATION_ERROR")


def test_a_list_costs_the_same_statements_however_many_there_are(root: ApiCaller) -> None:
    counts = []
    for _ in range(2):
        for _ in range(5):
            make_provider(connection=declarative_connection())
        with CaptureQueriesContext(connection) as queries:
            assert root.get(BASE).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_providers_have_a_limit_of_their_own(root: ApiCaller, settings: Settings) -> None:
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"provider": 2}
    assert [root.get(BASE).status_code for _ in range(3)] == [200, 200, 429]
    answer = root.get(f"{BASE}/crm/prov-x")
    assert code(answer) == (429, "RATE_LIMIT_EXCEEDED")
    assert answer.json()["error"]["retryAfter"] == int(answer["Retry-After"])
