"""What the demo says of the accounts that it connected, on a start that is not the first."""

from typing import Any

import pytest
from django.test import Client

from connections.models import Connection, SyncRun
from integrations_site.demo.calling import DemoFailedError, Hub
from integrations_site.demo.linking import Linked, Service, linked, word_of_customer
from integrations_site.kernel import clock
from integrations_site.kernel.http import Response
from integrations_site.tenancy import scope
from integrations_site.tenancy.models import Tenant
from tests.connections.search.records import add_record, make_connected
from tests.factories.tokens import bearer

pytestmark = pytest.mark.django_db


class _Direct:
    """The hub's own API, without a server between."""

    def send(self, method: str, url: str, *, headers: Any = None, body: bytes = b"") -> Any:
        answer = Client().generic(method, url, body, headers=headers or {})
        return Response(answer.status_code, dict(answer.headers), answer.content, truncated=False, elapsed_ms=0)


def _hub(tenant: Tenant) -> Hub:
    token = bearer(tenant)["authorization"].removeprefix("Bearer ")
    return Hub("", token, _Direct())  # type: ignore[arg-type]


def _synced(status: str) -> Connection:
    """A connection whose last sync has ended like that."""
    connection = make_connected()
    Connection.objects.filter(pk=connection.pk).update(sync_status=status)
    return connection


def _told(tenant: Tenant, connection: Connection) -> Linked:
    with scope.tenant_scope(tenant.id):
        slug = connection.integration.provider.provider
    described = {"id": connection.public_id, "account": "Acme"}
    return linked(_hub(tenant), Service(slug, "Acme"), connection.integration.public_id, described)


def test_it_counts_all_records_and_not_what_the_last_sync_read(tenant: Tenant) -> None:
    with scope.tenant_scope(tenant.id):
        connection = _synced("success")
        for name in ("Ann", "Bob", "Cy"):
            add_record(connection, name)
        add_record(connection, "A payment", entity="payments")
        SyncRun.objects.create(
            **{"connection": connection, "sync_type": "incremental", "trigger": "webhook", "status": "completed"},
            **{"data_types": ["payments"], "started_at": clock.now(), "completed_at": clock.now()},
        )
    told = _told(tenant, connection)
    assert told.records == {"customers": 3, "payments": 1}
    assert told.status == "success"


@pytest.mark.parametrize("status", ["failed", "partial", "cancelled"])
def test_a_sync_that_did_not_read_everything_ends_it(tenant: Tenant, status: str) -> None:
    with scope.tenant_scope(tenant.id):
        connection = _synced(status)
    with pytest.raises(DemoFailedError, match=f"Acme: the sync ended {status}"):
        _told(tenant, connection)


def test_it_searches_for_a_customer_and_says_so_where_there_is_none(tenant: Tenant) -> None:
    with scope.tenant_scope(tenant.id):
        connection = _synced("success")
    with pytest.raises(DemoFailedError, match="has no customers"):
        word_of_customer(_hub(tenant), connection.integration.public_id)
    with scope.tenant_scope(tenant.id):
        add_record(connection, "Ann Harbour")
    assert word_of_customer(_hub(tenant), connection.integration.public_id) == "Ann"
