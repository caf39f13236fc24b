"""A tenant's own OAuth client: for its admins, its secret never shown, and what becomes of connections."""

from typing import Any

import pytest

from catalog.models import Provider
from connections.models import Connection, Integration
from connections.services.tokens.clients import client_of
from integrations_site.tenancy import scope
from integrations_site.tenancy.models import Tenant
from tests.api.clients import ApiCaller
from tests.connections.api.requests import RETURN, add_integration, code_of, query_of
from tests.connections.world import Vendor, make_key_provider

pytestmark = pytest.mark.django_db
OWN = {"clientId": "own", "clientSecret": "own-secret"}


def _path(made: dict[str, Any]) -> str:
    return f"/api/tenant/integrations/{made['id']}"


def test_it_is_used_from_the_next_consent_on(
    admin: ApiCaller, oauth_provider: Provider, vendor: Vendor, tenant: Tenant
) -> None:
    path = _path(add_integration(admin, oauth_provider))
    state = admin.post(f"{path}/connect/oauth", {"returnUrl": RETURN}).json()["state"]
    admin.get("/api/integrations/oauth/callback", {"code": "c", "state": state})
    before = admin.get(f"{path}/oauth-client").json()
    assert (before["isOwn"], before["clientId"], before["hasSecret"]) == (False, None, False)
    connection = admin.get(f"{path}/connection").json()["connectionId"]
    told = admin.put(f"{path}/oauth-client", OWN)
    assert told.status_code == 200
    assert "own-secret" not in told.content.decode() + admin.get(f"{path}/oauth-client").content.decode()
    assert told.json() == before | {
        "isOwn": True,
        "clientId": "own",
        "hasSecret": True,
        "connectionsToReconnect": [connection],
    }
    assert "connect the account again" in admin.get(f"{path}/connection").json()["validationError"]
    assert admin.put(f"{path}/oauth-client", OWN | {"clientSecret": "newer"}).json()["connectionsToReconnect"] == []
    led = admin.post(f"{path}/connect/oauth", {"returnUrl": RETURN}).json()
    assert query_of(led["authorizationUrl"])["client_id"] == "own"
    with scope.tenant_scope(tenant.id):
        assert client_of(Integration.objects.get()) == ("own", "newer")
    admin.get("/api/integrations/oauth/callback", {"code": "c", "state": led["state"]})
    assert admin.get(f"{path}/connection").json()["validationError"] == ""
    gone = admin.delete(f"{path}/oauth-client").json()
    assert (gone["isOwn"], gone["connectionsToReconnect"]) == (False, [connection])
    led = admin.post(f"{path}/connect/oauth", {"returnUrl": RETURN}).json()
    assert query_of(led["authorizationUrl"])["client_id"] == "hub-client"


def test_it_is_for_the_tenants_admins_and_providers_with_oauth(
    admin: ApiCaller, member: ApiCaller, stranger: ApiCaller, oauth_provider: Provider, tenant: Tenant
) -> None:
    path = f"{_path(add_integration(admin, oauth_provider))}/oauth-client"
    assert (member.put(path, OWN).status_code, stranger.put(path, OWN).status_code) == (403, 404)
    assert (member.get(path).status_code, stranger.delete(path).status_code) == (403, 404)
    for body in ({}, {"clientId": ""}, {"clientId": 7}, OWN | {"more": 1}, {"clientId": "x", "clientSecret": 5}):
        assert admin.put(path, body).status_code == 400
    keyed = f"{_path(add_integration(admin, make_key_provider('https://api.example.com')))}/oauth-client"
    refused = admin.put(keyed, OWN)
    assert (refused.status_code, code_of(refused)) == (422, "OAUTH_NOT_OFFERED")
    with scope.tenant_scope(tenant.id):
        assert set(Integration.objects.values_list("client_id", "sealed_client_secret")) == {("", "")}
        assert not Connection.objects.exists()
