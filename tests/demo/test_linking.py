"""What the demo says of the accounts that it connected, on a start that is not the first."""

from typing import Any

import pytest
from django.test import Client

from connections.models import Connection, SyncRun
from integrations_site.demo.calling import Hub
from integrations_site.demo.linking import Service, linked
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


def test_it_counts_all_records_and_not_what_the_last_sync_read(tenant: Tenant) -> None:
    with scope.tenant_scope(tenant.id):
        connection = make_connected()
        for name in ("Ann", "Bob", "Cy"):
            add_record(connection, name)
        add_record(connection, "A payment", entity="payments")
        Connection.objects.filter(pk=connection.pk).update(sync_status="success")
        SyncRun.objects.create(
            **{"connection": connection, "sync_type": "incremental", "trigger": "webhook", "status": "completed"},
            **{"data_types": ["payments"], "started_at": clock.now(), "completed_at": clock.now()},
        )
        slug = connection.integration.provider.provider
    token = bearer(tenant)["authorization"].removeprefix("Bearer ")
    hub = Hub("", token, _Direct())  # type: ignore[arg-type]
    told = linked(
        hub, Service(slug, "Acme"), connection.integration.public_id, {"id": connection.public_id, "account": "Acme"}
    )
    assert told.records == {"customers": 3, "payments": 1}
    assert told.status == "success"
