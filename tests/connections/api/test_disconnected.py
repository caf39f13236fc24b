"""What was synced of an account that was disconnected serves nobody until it is connected again."""

from typing import Any

import pytest
from django.test import Client

from connections.models import Activity, Connection, Integration
from integrations_site.tenancy import scope
from integrations_site.tenancy.models import Tenant
from tests.api.clients import ApiCaller
from tests.connections.api.requests import RETURN, add_integration
from tests.connections.search.records import add_record, entity
from tests.connections.world import Vendor, make_oauth_provider

pytestmark = pytest.mark.django_db
CALLBACK = "/api/integrations/oauth/callback"


@pytest.fixture
def path(admin: ApiCaller, vendor: Vendor, client: Client, tenant: Tenant) -> str:
    """An integration whose account was connected, and of which one record is known."""
    provider = make_oauth_provider(vendor.url, connection={"entities": [entity("Account")]})
    path = f"/api/tenant/integrations/{add_integration(admin, provider)['id']}"
    client.get(CALLBACK, {"code": "c-1", "state": begin(admin, path)})
    with scope.tenant_scope(tenant.id):
        add_record(Connection.objects.get(), "Harbour", entity="Account")
    return path


def begin(admin: ApiCaller, path: str) -> str:
    """The state of a consent that was begun."""
    return str(admin.post(f"{path}/connect/oauth", {"returnUrl": RETURN}).json()["state"])


def served(caller: ApiCaller, path: str) -> tuple[int, int]:
    """How many records search and widget give."""
    found: Any = caller.post("/api/integrations/search", {"query": "harbour"}).json()
    return len(found["results"]), len(caller.get(f"{path}/widgets/data", {"entity": "Account"}).json()["data"])


@pytest.mark.parametrize("is_denied", [False, True])
def test_a_consent_that_is_only_begun_brings_no_records_back(
    admin: ApiCaller, member: ApiCaller, path: str, client: Client, tenant: Tenant, is_denied: bool
) -> None:
    assert served(member, path) == (1, 1)
    admin.post(f"{path}/disconnect")
    assert served(member, path) == (0, 0)
    state = begin(admin, path)
    if is_denied:
        client.get(CALLBACK, {"error": "access_denied", "state": state})
    assert admin.get(f"{path}/connection").json()["status"] == "pending"
    assert served(member, path) == (0, 0)
    client.get(CALLBACK, {"code": "c-2", "state": begin(admin, path)})
    assert served(member, path) == (1, 1)


def test_what_was_disconnected_is_not_disconnected_twice(admin: ApiCaller, path: str, tenant: Tenant) -> None:
    first = admin.post(f"{path}/disconnect").json()["disconnectedAt"]
    begin(admin, path)
    assert admin.post(f"{path}/disconnect").json()["disconnectedAt"] == first
    with scope.tenant_scope(tenant.id):
        assert (Connection.objects.get().status, Integration.objects.get().status) == ("revoked", "pending")
        assert Activity.objects.filter(type="disconnect").count() == 1
