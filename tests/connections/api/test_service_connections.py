"""Connections in the words of document 002, with a vendor that gives and renews tokens."""

from typing import Any

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from catalog.models import Provider
from connections.models import Connection, Credential, Integration, OAuthAttempt
from integrations_site.tenancy import scope
from integrations_site.tenancy.models import Tenant, User
from tests.api.clients import ApiCaller, api_client, make_client
from tests.connections.api.requests import RETURN, add_integration, query_of
from tests.connections.world import Vendor, make_oauth_provider
from tests.factories import make_member
from tests.factories.catalog import make_provider

pytestmark = pytest.mark.django_db
PATH = "/api/integrations/connections"
OAUTH = "/api/integrations/oauth"
ASKED = ["read:books", "write:books"]


def connect(caller: ApiCaller, provider: Provider, **more: Any) -> dict[str, Any]:
    """A connection, consented to."""
    started = caller.post(PATH, {"service": provider.provider, "permissions": ASKED} | more)
    assert started.status_code == 201, started.content
    made: dict[str, Any] = started.json()
    done = caller.get(f"{OAUTH}/{provider.provider}/callback", {"code": "c-1", "state": made["state"]})
    assert done.status_code == 200, done.content
    assert done.json()["connectionId"] == made["connectionId"]
    return made


def test_a_connection_from_beginning_to_end(admin: ApiCaller, oauth_provider: Provider, tenant: Tenant) -> None:
    slug = oauth_provider.provider
    started = admin.post(PATH, {"service": slug, "permissions": ASKED}).json()
    query = query_of(started["authUrl"])
    assert (query["state"], query["client_id"], query["response_type"]) == (started["state"], "hub-client", "code")
    assert query["redirect_uri"] == "http://127.0.0.1:8000/api/integrations/oauth/callback"
    path = f"{PATH}/{started['connectionId']}"
    assert admin.get(path).json()["connection"]["status"] == "pending"
    again = admin.post(PATH, {"service": slug, "permissions": ASKED}).json()
    assert again["connectionId"] == started["connectionId"], "it is taken up, not doubled"
    made = connect(admin, oauth_provider)
    shown = admin.get(path).json()["connection"]
    assert (shown["id"], shown["service"], shown["serviceName"]) == (made["connectionId"], slug, "Acme CRM")
    assert (shown["status"], shown["permissions"], shown["accountName"]) == ("connected", ASKED, "Acme Books")
    assert shown["connectedAt"]
    assert shown["expiresAt"]
    listed = admin.get(PATH, service=slug, status="connected").json()
    assert [each["id"] for each in listed["connections"]] == [made["connectionId"]]
    assert admin.get(PATH, status="pending").json()["connections"] == []
    gone = admin.delete(path)
    assert gone.json() == {"success": True, "message": "Connection deleted successfully"}
    assert admin.get(path).status_code == 404
    assert admin.get(PATH).json()["total"] == 0
    with scope.tenant_scope(tenant.id):
        assert not Credential.objects.exists()
        assert Integration.objects.get().status == "pending"
    assert connect(admin, oauth_provider)["connectionId"] != made["connectionId"]


def test_what_one_provider_led_back_with_is_not_handed_to_another(
    admin: ApiCaller, oauth_provider: Provider, vendor: Vendor
) -> None:
    started = admin.post(PATH, {"service": oauth_provider.provider}).json()
    back = {"code": "c-1", "state": started["state"]}
    mixed = admin.get(f"{OAUTH}/{make_oauth_provider(vendor.url).provider}/callback", back)
    assert (mixed.status_code, mixed.json()["code"], vendor.requests) == (400, "OAUTH_STATE_INVALID", [])
    assert admin.get(f"{OAUTH}/{oauth_provider.provider}/callback", back).status_code == 200, "it serves still"


def test_settings_and_permissions(admin: ApiCaller, oauth_provider: Provider) -> None:
    path = f"{PATH}/{connect(admin, oauth_provider)['connectionId']}"
    hook = "https://api.example.com/webhooks/stripe"
    changed = admin.patch(path, {"settings": {"syncFrequency": "hourly", "webhookUrl": hook}, "permissions": ASKED})
    assert changed.status_code == 200, changed.content
    told = changed.json()["connection"]
    assert (told["settings"], told["permissions"]) == ({"syncFrequency": "hourly", "webhookUrl": hook}, ASKED)
    cron = admin.patch(path, {"settings": {"syncFrequency": {"cron": "0 6 * * 1-5"}, "webhookUrl": None}}).json()
    assert cron["connection"]["settings"] == {"syncFrequency": {"cron": "0 6 * * 1-5"}}
    for settings in (
        {"syncFrequency": "every full moon"},
        {"syncFrequency": {"cron": "61 * * * *"}},
        {"syncFrequency": {"cron": "* * *"}},
        {"syncFrequency": 5},
        {"webhookUrl": "http://10.0.0.1/x"},
        {"webhookUrl": "ftp://example.com"},
        {"colour": "red"},
    ):
        refused = admin.patch(path, {"settings": settings})
        assert refused.status_code == 400
        assert refused.json()["details"]["field"].startswith("settings.")
    wider = admin.patch(path, {"permissions": [*ASKED, "delete:books"]})
    assert (wider.status_code, wider.json()["code"]) == (409, "CONSENT_REQUIRED")
    shown = admin.get(path).json()["connection"]
    assert (shown["settings"], shown["permissions"]) == (cron["connection"]["settings"], ASKED)


def test_access_is_renewed(
    admin: ApiCaller, vendor: Vendor, oauth_provider: Provider, stranger: ApiCaller, tenant: Tenant
) -> None:
    made = connect(admin, oauth_provider)
    path, body = f"{OAUTH}/{oauth_provider.provider}/refresh", {"connectionId": made["connectionId"]}
    renewed = admin.post(path, body)
    assert renewed.status_code == 200, renewed.content
    assert renewed.json()["connection"]["status"] == "connected"
    assert vendor.exchanges == 1
    with scope.tenant_scope(tenant.id):
        Connection.objects.update(status="error")
    assert admin.post(path, body).json()["connection"]["status"] == "error", "as it is, not as it should be"
    other = make_oauth_provider(vendor.url)
    for answer in (
        stranger.post(path, body),
        admin.post(path, {"connectionId": "conn-nope"}),
        admin.post(f"{OAUTH}/{other.provider}/refresh", body),
    ):
        assert (answer.status_code, answer.json()["success"]) == (404, False)
    assert vendor.exchanges == 2


def test_refusals_name_the_field_and_leave_nothing(admin: ApiCaller, member: ApiCaller, tenant: Tenant) -> None:
    keyed = make_provider()
    for service in ("faxmachine", keyed.provider, "x" * 50):
        answer = admin.post(PATH, {"service": service})
        assert answer.status_code == 400
        assert answer.json()["success"] is False
        assert answer.json()["details"]["field"] == "service"
    assert admin.post(PATH, {}).json()["details"]["field"] == "service"
    assert admin.get(PATH, status="bogus").status_code == 400
    assert ApiCaller().get(PATH).json()["success"] is False
    assert ApiCaller().get(PATH).status_code == 401
    with scope.tenant_scope(tenant.id):
        assert not Integration.objects.exists()


def test_a_refused_consent_leaves_no_connection(
    admin: ApiCaller, member: ApiCaller, oauth_provider: Provider, tenant: Tenant
) -> None:
    slug = oauth_provider.provider
    elsewhere = admin.get(f"{OAUTH}/{slug}/authorize", redirectUri="https://evil.example.net/")
    assert (elsewhere.status_code, elsewhere.json()["details"]["field"]) == (400, "redirectUri")
    assert admin.get(f"{OAUTH}/{slug}/authorize").status_code == 400
    own = admin.get(f"{OAUTH}/{slug}/authorize", redirectUri=RETURN, state="mine")
    assert (own.status_code, own.json()["details"]["field"]) == (400, "state")
    unknown = admin.post(PATH, {"service": slug, "permissions": ["fly:planes"]})
    assert (unknown.status_code, unknown.json()["details"]["field"]) == (400, "permissions")
    assert admin.post(PATH, {"service": slug, "returnUrl": "https://evil.example.net/"}).status_code == 400
    plain = member.post(PATH, {"service": slug})
    assert (plain.status_code, plain.json()["code"]) == (403, "PERMISSION_DENIED")
    with scope.tenant_scope(tenant.id):
        assert not Connection.objects.exists()
        assert not OAuthAttempt.objects.exists()


def test_making_connections_has_a_limit_of_its_own(admin: ApiCaller, oauth_provider: Provider) -> None:
    statuses = [admin.post(PATH, {"service": oauth_provider.provider}).status_code for _ in range(6)]
    assert statuses == [201] * 5 + [429]
    refused = admin.post(PATH, {"service": oauth_provider.provider})
    assert refused.json()["retryAfter"] > 0
    assert refused["Retry-After"]
    assert admin.get(PATH).status_code == 200


def test_users_see_their_own_alone(
    admin: ApiCaller, member: ApiCaller, stranger: ApiCaller, vendor: Vendor, tenant: Tenant
) -> None:
    provider = make_oauth_provider(vendor.url)
    tenants = connect(admin, provider)["connectionId"]
    body = {"integrationId": provider.public_id, "name": "Everybody's own", "userScoped": True}
    admin.post("/api/tenant/integrations", body)
    own = connect(member, provider)["connectionId"]
    other = api_client(make_member(tenant))
    seen = {
        "member": [each["id"] for each in member.get(PATH).json()["connections"]],
        "other": [each["id"] for each in other.get(PATH).json()["connections"]],
        "admin": [each["id"] for each in admin.get(PATH).json()["connections"]],
        "stranger": [each["id"] for each in stranger.get(PATH).json()["connections"]],
    }
    assert seen == {"member": [own], "other": [], "admin": [tenants], "stranger": []}
    for caller, public_id in ((member, tenants), (other, own), (stranger, tenants), (admin, own)):
        for answer in (
            caller.get(f"{PATH}/{public_id}"),
            caller.delete(f"{PATH}/{public_id}"),
            caller.patch(f"{PATH}/{public_id}", {"settings": {"syncFrequency": "daily"}}),
        ):
            assert (answer.status_code, answer.json()["success"]) == (404, False)
    assert member.get(f"{PATH}/{own}").json()["connection"]["settings"] == {}


def test_the_list_takes_the_same_statements_however_long_it_is(
    admin: ApiCaller, vendor: Vendor, tenant: Tenant
) -> None:
    counts = []
    for _ in range(2):
        for _ in range(2):
            connect(admin, make_oauth_provider(vendor.url))
        with CaptureQueriesContext(database) as caught:
            assert admin.get(PATH).status_code == 200
        counts.append(len(caught))
    assert counts[0] == counts[1] <= 6, counts


def test_a_program_of_nobody_connects_for_the_tenant_alone(
    oauth_provider: Provider, vendor: Vendor, tenant: Tenant
) -> None:
    program = api_client(make_client(tenant, role="tenant_admin"))
    assert connect(program, oauth_provider)["connectionId"]
    own = make_oauth_provider(vendor.url, connection=None)
    body = {"integrationId": own.public_id, "name": "Own", "userScoped": True}
    made = program.post("/api/tenant/integrations", body).json()
    answer = program.post(f"/api/user/integrations/{made['id']}/connect/oauth", {"returnUrl": RETURN})
    assert answer.status_code == 403


def test_where_users_connect_their_own_an_admin_does_too(
    admin: ApiCaller, admin_user: User, oauth_provider: Provider, tenant: Tenant
) -> None:
    """Their records would be everybody's otherwise."""
    add_integration(admin, oauth_provider, userScoped=True)
    connect(admin, oauth_provider)
    with scope.tenant_scope(tenant.id):
        assert (Connection.objects.get().user_id, Integration.objects.count()) == (admin_user.pk, 1)


@pytest.mark.parametrize("is_disabled", [False, True])
def test_a_program_of_nobody_makes_no_integration_beside_that_of_users(
    admin: ApiCaller, oauth_provider: Provider, tenant: Tenant, is_disabled: bool
) -> None:
    own = add_integration(admin, oauth_provider, userScoped=True)
    if is_disabled:
        admin.post(f"/api/tenant/integrations/{own['id']}/deactivate")
    program = api_client(make_client(tenant, role="tenant_admin"))
    refused = program.post(PATH, {"service": oauth_provider.provider})
    assert (refused.status_code, refused.json()["code"]) == (403, "PERMISSION_DENIED")
    with scope.tenant_scope(tenant.id):
        assert (Connection.objects.count(), Integration.objects.count()) == (0, 1)
