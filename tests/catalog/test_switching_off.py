"""Providers whose definition would be refused today: what is wrong with them must not keep them in the catalog."""

import pytest
from pytest_django import Settings

from catalog.models import Provider
from integrations_site.audit.models import AuditEntry
from integrations_site.tenancy import scope
from tests.api.clients import ApiCaller
from tests.factories.catalog import declarative_connection, make_provider

pytestmark = pytest.mark.django_db


@pytest.fixture
def outdated(settings: Settings) -> Provider:
    """A provider at a host that was allowed when it was entered."""
    settings.OUTGOING_ALLOWED_HOSTS = ["crm.internal"]
    made = make_provider(connection=declarative_connection(baseUrl="http://crm.internal/v2"))
    settings.OUTGOING_ALLOWED_HOSTS = []
    return made


def test_status_and_audience_are_set_whatever_the_rest_says(root: ApiCaller, outdated: Provider) -> None:
    path = f"/api/admin/integrations/crm/{outdated.public_id}"
    assert root.patch(path, {"color": "red"}).status_code == 400, "every other change is judged as a whole"
    assert root.patch(f"{path}/status", {"status": "disabled"}).json()["status"] == "disabled"
    assert root.patch(f"{path}/audience", {"audience": "system"}).json()["audience"] == "system"
    row = Provider.objects.get()
    assert (row.status, row.audience) == ("disabled", "system")
    assert row.definition == outdated.definition | {"status": "disabled", "audience": "system"}
    with scope.all_tenants():
        entries = AuditEntry.objects.filter(action="provider.updated").order_by("id")
        assert [entry.data["changed"] for entry in entries] == [["status"], ["audience"]]


def test_what_stands_so_already_is_not_written(root: ApiCaller, outdated: Provider) -> None:
    before = Provider.objects.values().get()
    path = f"/api/admin/integrations/crm/{outdated.public_id}"
    assert root.patch(f"{path}/status", {"status": "active"}).status_code == 200
    assert Provider.objects.values().get() == before
