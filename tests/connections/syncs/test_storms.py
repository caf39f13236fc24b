"""A sync through everything that a vendor can do wrong ends with what a calm one finds: nothing lost, nothing twice."""

import pytest
from pytest_django import Settings

from connections.models import QuarantinedRecord
from integrations_site.tenancy.models import Tenant
from tests.connections.connectors.recording import IMPATIENT
from tests.connections.syncs.storms import VENDORS, begin_storm, connect_account, idle, persist, stored, variables
from tests.sandbox.calling import Vendors, vendors
from tests.sandbox.serving import sandbox, sandbox_server

__all__ = ["sandbox", "sandbox_server", "vendors"]
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("slug", VENDORS)
def test_a_storm_changes_nothing_in_what_is_stored(
    slug: str, in_tenant: Tenant, vendors: Vendors, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connections.services.vendor_http.making.Pace", lambda: IMPATIENT)
    settings.VENDOR_STAND_IN = vendors.running.url
    settings.VENDOR_SECRETS = variables(vendors.running.url)
    control = vendors.running.control
    control.reset(records=250)
    connection = connect_account(slug, vendors)
    begin_storm(slug, control, times=2, apart=1)
    run = persist(connection)
    assert run.status == "completed", run.error
    assert idle(control) == []
    control.clear_faults()
    found = stored(connection)
    calm = persist(connection)
    assert calm.status == "completed", calm.error
    for step in calm.steps.all():
        assert (step.unchanged, step.deleted, step.errors) == (step.processed, 0, 0), step.entity
    assert stored(connection) == found
    assert len(found) >= 250
    assert not QuarantinedRecord.objects.exists()
