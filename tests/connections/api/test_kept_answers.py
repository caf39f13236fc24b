"""An `Idempotency-Key` where a vendor is asked: what the vendor was told is not forgotten with a failed answer."""

from typing import Any

import pytest

from connections.models import Connection, Credential
from integrations_site.api.models import IdempotencyKey
from integrations_site.tenancy import scope
from integrations_site.tenancy.models import Tenant
from tests.api.clients import ApiCaller
from tests.connections.world import Vendor, make_connection, make_oauth_provider, secret_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def connection(tenant: Tenant, vendor: Vendor) -> Connection:
    """The tenant's connection with the vendor."""
    with scope.tenant_scope(tenant.id):
        return make_connection(make_oauth_provider(vendor.url), secret=secret_of(vendor.tokens()))


def cut_off() -> None:
    """The vendor has taken the token, and its answer does not arrive."""
    raise ConnectionResetError


def refresh(admin: ApiCaller, connection: Connection, key: str) -> Any:
    """Asks for new access."""
    path = f"/api/integrations/oauth/{connection.integration.provider.provider}/refresh"
    return admin.post(path, {"connectionId": connection.public_id}, headers={"Idempotency-Key": key})


def test_a_lost_answer_leaves_its_mark(
    tenant: Tenant, admin: ApiCaller, vendor: Vendor, connection: Connection
) -> None:
    vendor.before_answer = cut_off
    assert refresh(admin, connection, "first").status_code >= 500
    with scope.tenant_scope(tenant.id):
        assert Credential.objects.get(connection=connection).exchange_started_at is not None
        assert not IdempotencyKey.objects.exists()
    vendor.before_answer = lambda: None
    refresh(admin, connection, "second")
    assert vendor.reused == []


def test_the_same_key_renews_once(admin: ApiCaller, vendor: Vendor, connection: Connection) -> None:
    first, second = (refresh(admin, connection, "same") for _ in range(2))
    assert (first.status_code, second.status_code, second.content) == (200, 200, first.content)
    assert second["Idempotent-Replayed"] == "true"
    assert vendor.exchanges == 1


def test_a_key_whose_request_never_ended_is_not_run_again(
    tenant: Tenant, admin: ApiCaller, vendor: Vendor, connection: Connection
) -> None:
    refresh(admin, connection, "same")
    with scope.tenant_scope(tenant.id):
        IdempotencyKey.objects.update(status=0)
    answer = refresh(admin, connection, "same")
    assert (answer.status_code, answer.json()["code"]) == (409, "IDEMPOTENCY_KEY_IN_USE")
    assert vendor.exchanges == 1
