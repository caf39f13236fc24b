"""Connecting with credentials, testing, renewing and cutting; and what is refused."""

import json
import threading
from typing import Any

import pytest
from django.db import connection as database

from connections.models import Activity, Connection, Credential
from connections.services.secrets import read_secret
from integrations_site.audit.models import AuditEntry
from integrations_site.tenancy import scope
from integrations_site.tenancy.models import Tenant, User
from tests.api.clients import ApiCaller, api_client
from tests.connections.api.requests import add_integration, code_of
from tests.connections.world import answer as vendor_answer
from tests.connections.world import make_key_provider
from tests.factories import make_member
from tests.factories.catalog import make_provider
from tests.receiver import Answer, Received, receiving

PATH = "/api/tenant/integrations"
pytestmark = pytest.mark.django_db


class KeyVendor:
    """Knows some keys, and whose each is."""

    def __init__(self) -> None:
        self.keys = {"good": "acct-1", "also-good": "acct-1", "other": "acct-2"}
        self.is_down = False
        self.requests: list[Received] = []

    def respond(self, request: Received) -> Answer:
        """Tells the account of the key."""
        self.requests.append(request)
        if self.is_down:
            return vendor_answer({}, 503)
        account = self.keys.get(request.headers.get("authorization", "").removeprefix("Bearer "))
        return vendor_answer({"id": account, "name": f"Books of {account}"} if account else {}, 200 if account else 401)


def _integration_of(admin: ApiCaller, url: str, **more: Any) -> str:
    account = {"path": "/me", "idPath": "id", "namePath": "name"}
    made = add_integration(admin, make_key_provider(url, connection={"account": account}), **more)
    return f"{PATH}/{made['id']}"


def test_a_key_is_verified_pinned_kept_and_never_given_back(admin: ApiCaller, tenant: Tenant) -> None:
    vendor = KeyVendor()
    with receiving(vendor.respond) as running:
        path = _integration_of(admin, running.url)
        made = admin.post(f"{path}/connect/api-key", {"apiKey": "good", "displayName": "Main"})
        assert made.status_code == 200, made.content
        assert made.json()["status"] == "active"
        assert made.json()["lastValidatedAt"]
        told = admin.get(f"{path}/connection").json()
        assert (told["accountId"], told["accountName"], told["displayName"]) == ("acct-1", "Books of acct-1", "Main")
        assert admin.get(path).json()["status"] == "connected"
        tested = admin.post(f"{path}/connection/test").json()
        assert (tested["success"], tested["details"]["accountId"]) == (True, "acct-1")
    with scope.tenant_scope(tenant.id):
        assert read_secret(Connection.objects.get(), purpose="proof") == {"apiKey": "good"}
        trail = json.dumps(list(AuditEntry.objects.values_list("data", flat=True)))
        assert "good" not in trail
        assert list(Activity.objects.order_by("at").values_list("type", "status")) == [
            ("connect", "success"),
            ("test", "success"),
        ]
    assert '"good"' not in made.content.decode() + json.dumps(told)


def test_a_key_that_the_provider_refuses_is_not_kept(admin: ApiCaller, tenant: Tenant) -> None:
    vendor = KeyVendor()
    with receiving(vendor.respond) as running:
        path = _integration_of(admin, running.url)
        refused = admin.post(f"{path}/connect/api-key", {"apiKey": "wrong"})
        assert (refused.status_code, code_of(refused)) == (400, "INVALID_CREDENTIALS")
        assert "wrong" not in refused.content.decode()
        vendor.is_down = True
        down = admin.post(f"{path}/connect/api-key", {"apiKey": "good"})
        assert (down.status_code, code_of(down)) == (502, "CONNECTION_FAILED")
    assert code_of(admin.get(f"{path}/connection")) == "CONNECTION_NOT_FOUND"
    with scope.tenant_scope(tenant.id):
        assert not Connection.objects.exists()
        assert not Credential.objects.exists()


def test_another_account_takes_a_confirmation(admin: ApiCaller, tenant: Tenant) -> None:
    vendor = KeyVendor()
    with receiving(vendor.respond) as running:
        path = _integration_of(admin, running.url)
        admin.post(f"{path}/connect/api-key", {"apiKey": "good"})
        body: dict[str, Any] = {"credentialType": "api_key", "credentials": {"apiKey": "other"}}
        refused = admin.patch(f"{path}/credentials", body)
        assert (refused.status_code, code_of(refused)) == (409, "ACCOUNT_CHANGED")
        with scope.tenant_scope(tenant.id):
            assert read_secret(Connection.objects.get(), purpose="proof") == {"apiKey": "good"}
        same = admin.patch(f"{path}/credentials", body | {"credentials": {"apiKey": "also-good"}})
        assert same.status_code == 200
        assert same.json()["credentialSecretName"]
        assert admin.patch(f"{path}/credentials", body | {"takesOtherAccount": True}).status_code == 200
        assert admin.get(f"{path}/connection").json()["accountId"] == "acct-2"


def test_a_test_tells_what_is_wrong_and_whether_to_connect_again(admin: ApiCaller) -> None:
    vendor = KeyVendor()
    with receiving(vendor.respond) as running:
        path = _integration_of(admin, running.url)
        admin.post(f"{path}/connect/api-key", {"apiKey": "good"})
        vendor.keys.clear()
        lost = admin.post(f"{path}/connection/test").json()
        assert (lost["success"], lost["error"]) == (False, "INVALID_CREDENTIALS")
        link = admin.get(f"{path}/connection").json()
        assert link["status"] == "expired"
        assert link["validationError"]
        assert admin.get(path).json()["status"] == "error"
        vendor.keys["good"] = "acct-1"
        assert admin.post(f"{path}/connection/test").json()["success"]
        assert admin.get(f"{path}/connection").json()["status"] == "active"
        assert admin.get(path).json()["status"] == "connected"


def test_what_cannot_be_tested_says_so(admin: ApiCaller) -> None:
    path = f"{PATH}/{add_integration(admin, make_provider())['id']}"
    made = admin.post(f"{path}/connect/api-key", {"apiKey": "k"}).json()
    assert (made["status"], made["lastValidatedAt"]) == ("active", None)
    tested = admin.post(f"{path}/connection/test").json()
    assert (tested["success"], tested["error"]) == (False, "NOT_TESTABLE")
    assert admin.get(f"{path}/connection").json()["status"] == "active"


@pytest.mark.parametrize(
    ("auth", "kind", "body", "code"),
    [
        ("api_key", "api-key", {}, "VALIDATION_ERROR"),
        ("api_key", "api-key", {"apiKey": ""}, "VALIDATION_ERROR"),
        ("api_key", "api-key", {"apiKey": "   "}, "INVALID_CREDENTIALS"),
        ("api_key", "api-key", {"apiKey": "\x1b[2J"}, "INVALID_CREDENTIALS"),
        ("api_key", "api-key", {"apiKey": 5}, "VALIDATION_ERROR"),
        ("api_key", "api-key", {"apiKey": "k" * 9000}, "VALIDATION_ERROR"),
        ("api_key", "basic", {"username": "u", "password": "p"}, "INVALID_CREDENTIALS"),
        ("api_key", "custom", {"credentials": {"apiKey": "k"}}, "INVALID_CREDENTIALS"),
        ("basic", "basic", {"username": "u"}, "VALIDATION_ERROR"),
        ("basic", "api-key", {"apiKey": "k"}, "INVALID_CREDENTIALS"),
        ("custom", "custom", {"credentials": {}}, "INVALID_CREDENTIALS"),
        ("custom", "custom", {"credentials": "token"}, "VALIDATION_ERROR"),
        ("custom", "custom", {"credentials": {"token": ["a"]}}, "INVALID_CREDENTIALS"),
        ("custom", "custom", {"credentials": {"token": "t" * 9000}}, "INVALID_CREDENTIALS"),
        ("custom", "custom", {"credentials": {f"f{n}": "v" for n in range(30)}}, "INVALID_CREDENTIALS"),
    ],
)
def test_credentials_of_another_kind_or_form_are_refused(
    admin: ApiCaller, tenant: Tenant, auth: str, kind: str, body: dict[str, Any], code: str
) -> None:
    path = f"{PATH}/{add_integration(admin, make_provider(authType=auth))['id']}"
    answer = admin.post(f"{path}/connect/{kind}", body)
    assert (answer.status_code, code_of(answer)) == (400, code), answer.content
    with scope.tenant_scope(tenant.id):
        assert not Connection.objects.exists()


@pytest.mark.parametrize("key", ["good\r\nX-Other: 1", "good ", "\u043a\u043b\u044e\u0447"])
def test_a_key_that_no_header_holds_is_refused_as_such(admin: ApiCaller, tenant: Tenant, key: str) -> None:
    vendor = KeyVendor()
    with receiving(vendor.respond) as running:
        answer = admin.post(f"{_integration_of(admin, running.url)}/connect/api-key", {"apiKey": key})
        assert (answer.status_code, code_of(answer)) == (400, "INVALID_CREDENTIALS"), answer.content
        assert running.requests == []
    with scope.tenant_scope(tenant.id):
        assert not Connection.objects.exists()


def test_cutting_forgets_the_credential_and_may_be_repeated(admin: ApiCaller, tenant: Tenant) -> None:
    path = f"{PATH}/{add_integration(admin, make_provider())['id']}"
    assert code_of(admin.post(f"{path}/disconnect")) == "CONNECTION_NOT_FOUND"
    first = admin.post(f"{path}/connect/api-key", {"apiKey": "k"}).json()
    cut = admin.post(f"{path}/disconnect").json()
    assert cut["success"]
    assert admin.post(f"{path}/disconnect").json() == cut
    assert admin.get(f"{path}/connection").json()["status"] == "revoked"
    assert admin.post(f"{path}/connection/test").json()["error"] == "NOT_CONNECTED"
    assert admin.get(path).json()["status"] == "pending"
    with scope.tenant_scope(tenant.id):
        assert not Credential.objects.exists()
    again = admin.post(f"{path}/connect/api-key", {"apiKey": "k"}).json()
    assert again["connectionId"] == first["connectionId"], "records of the account stay with its connection"


def test_users_connect_accounts_of_their_own(admin: ApiCaller, member: ApiCaller, tenant: Tenant) -> None:
    made = add_integration(admin, make_provider(), userScoped=True)
    own, other = f"/api/user/integrations/{made['id']}", api_client(make_member(tenant))
    assert member.get(f"{own}/connection").json() == {"connected": False}
    assert code_of(admin.post(f"{PATH}/{made['id']}/connect/api-key", {"apiKey": "k"})) == "USER_SCOPE"
    assert member.post(f"{own}/connect/api-key", {"apiKey": "mine"}).status_code == 200
    assert member.get(f"{own}/connection").json()["connected"] is True
    for caller in (other, admin):
        assert caller.get(f"{own}/connection").json() == {"connected": False}
        assert code_of(caller.post(f"{own}/disconnect")) == "CONNECTION_NOT_FOUND"
    assert member.post(f"{own}/disconnect").json()["success"]
    assert member.get(f"{own}/connection").json()["connected"] is False
    shared = add_integration(admin, make_provider())
    answer = member.post(f"/api/user/integrations/{shared['id']}/connect/api-key", {"apiKey": "k"})
    assert (answer.status_code, code_of(answer)) == (409, "USER_SCOPE")
    assert member.post(f"{PATH}/{shared['id']}/connect/api-key", {"apiKey": "k"}).status_code == 403
    assert member.get(f"{PATH}/{shared['id']}/connection").status_code == 403


@pytest.mark.django_db(transaction=True)
def test_ten_connects_at_once_make_one_connection(admin: ApiCaller, admin_user: User, tenant: Tenant) -> None:
    path = f"{PATH}/{add_integration(admin, make_provider())['id']}"
    start, statuses = threading.Barrier(10), []

    def connect(number: int) -> None:
        caller = api_client(admin_user)
        start.wait()
        statuses.append(caller.post(f"{path}/connect/api-key", {"apiKey": f"key-{number}"}).status_code)
        database.close()

    threads = [threading.Thread(target=connect, args=(number,)) for number in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(statuses) <= {200, 409, 503}, statuses
    assert 200 in statuses
    with scope.tenant_scope(tenant.id):
        assert Connection.objects.count() == 1
        assert Credential.objects.count() == 1
        assert read_secret(Connection.objects.get(), purpose="proof")["apiKey"].startswith("key-")
