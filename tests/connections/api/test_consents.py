"""Consents as document 003 states them: browsers lead back to the public address."""

import pytest
from django.test import Client

from catalog.models import Provider
from connections.models import Activity, Connection
from integrations_site.kernel import clock
from integrations_site.tenancy import scope
from integrations_site.tenancy.models import Tenant
from tests.api.clients import ApiCaller
from tests.connections.api.requests import RETURN, add_integration, code_of, query_of

pytestmark = pytest.mark.django_db
CALLBACK = "/api/integrations/oauth/callback"


def test_a_browser_comes_back_to_where_it_began(
    admin: ApiCaller, oauth_provider: Provider, client: Client, tenant: Tenant
) -> None:
    path = f"/api/tenant/integrations/{add_integration(admin, oauth_provider)['id']}"
    started = admin.post(f"{path}/connect/oauth", {"returnUrl": f"{RETURN}?kept=1"}).json()
    assert query_of(started["authorizationUrl"])["state"] == started["state"]
    back = client.get(CALLBACK, {"code": "c-1", "state": started["state"], "extra": "of the vendor's"})
    assert back.status_code == 302
    connection = admin.get(f"{path}/connection").json()
    assert query_of(back["location"]) == {"kept": "1", "connected": connection["connectionId"]}
    assert connection["status"] == "active"
    assert connection["expiresAt"]
    assert admin.get(path).json()["status"] == "connected"
    replayed = client.get(CALLBACK, {"code": "c-1", "state": started["state"]})
    assert query_of(replayed["location"]) == {"kept": "1", "error": "OAUTH_STATE_USED"}
    with scope.tenant_scope(tenant.id):
        assert Activity.objects.get(status="success").type == "connect"


def test_a_denied_consent_is_told_and_connects_nothing(
    admin: ApiCaller, oauth_provider: Provider, client: Client, tenant: Tenant
) -> None:
    path = f"/api/tenant/integrations/{add_integration(admin, oauth_provider)['id']}"
    started = admin.post(f"{path}/connect/oauth", {"returnUrl": RETURN}).json()
    back = client.get(CALLBACK, {"error": "access_denied", "state": started["state"]})
    assert query_of(back["location"]) == {"error": "OAUTH_CONSENT_DENIED"}
    with scope.tenant_scope(tenant.id):
        connection = Connection.objects.get()
        assert (connection.status, connection.account_id) == ("pending", "")
        assert "was not given" in connection.validation_error


def test_a_forged_state_gets_a_page_that_says_so(client: Client) -> None:
    answer = client.get(CALLBACK, {"code": "c", "state": "forged"})
    assert answer.status_code == 400
    assert "was not started here" in answer.content.decode()
    assert answer["Content-Type"].startswith("text/html")
    assert client.get(CALLBACK).status_code == 400


def test_an_active_connection_outlives_a_consent_that_is_not_given(
    admin: ApiCaller, oauth_provider: Provider, client: Client
) -> None:
    path = f"/api/tenant/integrations/{add_integration(admin, oauth_provider)['id']}"
    state = admin.post(f"{path}/connect/oauth", {"returnUrl": RETURN}).json()["state"]
    client.get(CALLBACK, {"code": "c-1", "state": state})
    state = admin.post(f"{path}/connect/oauth", {"returnUrl": RETURN}).json()["state"]
    assert admin.get(f"{path}/connection").json()["status"] == "active"
    client.get(CALLBACK, {"error": "access_denied", "state": state})
    assert admin.get(f"{path}/connection").json()["status"] == "active"


def test_addresses_elsewhere_are_refused(admin: ApiCaller, oauth_provider: Provider, tenant: Tenant) -> None:
    path = f"/api/tenant/integrations/{add_integration(admin, oauth_provider)['id']}/connect/oauth"
    for address in ("https://evil.example.net/", "//evil.example.net", "javascript:alert(1)", ""):
        answer = admin.post(path, {"returnUrl": address})
        assert answer.status_code == 400
    assert code_of(admin.post(path, {})) == "VALIDATION_ERROR"
    with scope.tenant_scope(tenant.id):
        assert not Connection.objects.exists()


def test_two_users_of_one_integration_stay_apart(
    admin: ApiCaller, member: ApiCaller, oauth_provider: Provider, client: Client, tenant: Tenant
) -> None:
    made = add_integration(admin, oauth_provider, userScoped=True)
    path = f"/api/user/integrations/{made['id']}"
    before = clock.now().replace(microsecond=0)
    state = member.post(f"{path}/connect/oauth", {"returnUrl": RETURN}).json()["state"]
    assert client.get(CALLBACK, {"code": "c-1", "state": state}).status_code == 302
    told = member.get(f"{path}/connection").json()
    assert (told["connected"], told["status"]) == (True, "active")
    assert told["lastConnectedAt"] >= before.isoformat()[:19]
    assert admin.get(f"{path}/connection").json() == {"connected": False}
    assert member.post(f"{path}/disconnect").json()["success"]
    assert member.get(f"{path}/connection").json()["connected"] is False
