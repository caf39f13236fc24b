"""From a vendor's webhook to the record: taken in, routed, and followed by a sync of what it is about."""

import pytest
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from connections.models import Connection, Record, SyncRun
from connections.services.connectors import connector_of
from connections.services.secrets import store_secret
from connections.services.syncs import request_sync, run_sync
from connections.services.webhooks import handle_waiting
from integrations_site.audit.types import HUB
from integrations_site.tenancy import scope
from integrations_site.tenancy.models import Tenant
from tests.connections.webhooks.vendors import make_connection
from tests.sandbox.calling import Vendors


def work(run: SyncRun) -> SyncRun:
    """Works on a run to its end."""
    assert not run_sync(run.pk, connect=connector_of)
    run.refresh_from_db()
    assert run.status == SyncRun.Status.COMPLETED, run.error
    return run


def customers(connection: Connection) -> dict[str, Record]:
    """The connection's customers that are not deleted."""
    return {one.external_id: one for one in Record.objects.filter(connection=connection, deleted_at=None)}


@pytest.mark.django_db(transaction=True)
def test_what_changed_at_stripe_is_in_the_hub_after_its_webhook(
    catalog: None, tenant: Tenant, vendors: Vendors, settings: Settings, live_server: LiveServer
) -> None:
    settings.VENDOR_STAND_IN = vendors.running.url
    told = vendors.connect("stripe")
    connection = make_connection(tenant, "stripe", account_id=told["stripe_user_id"])
    control = vendors.running.control
    with scope.tenant_scope(tenant.id):
        store_secret(connection, {"accessToken": told["access_token"]})
        run = request_sync(connection=connection, sync_type="full", data_types=["customers"], actor=HUB)
        work(run)
        assert len(customers(connection)) == 60
    control.records("stripe", "customers", change=3, fields={"name": "Renamed Ltd"})
    control.records("stripe", "customers", delete=2)
    sent = control.webhooks("stripe", f"{live_server.url}/api/connections/webhooks/stripe", event="customer.deleted")
    assert [one["status"] for one in sent] == [200]
    assert handle_waiting() == 1
    with scope.tenant_scope(tenant.id):
        run = work(SyncRun.objects.get(trigger=SyncRun.Trigger.WEBHOOK))
        [step] = run.steps.all()
        assert (step.is_full, step.processed, step.deleted) == (False, 3, 2)
        found = customers(connection)
        assert len(found) == 58
        assert sum(one.data["name"] == "Renamed Ltd" for one in found.values()) == 3
