"""What changed in the form of a vendor's records, as those who look after the connection see it."""

import datetime as dt

import pytest

from connections.models import Connection, SchemaDrift
from integrations_site.audit.models import AuditEntry
from integrations_site.kernel import clock
from integrations_site.tenancy import scope
from integrations_site.tenancy.models import Tenant
from tests.api.clients import ApiCaller
from tests.connections.search.records import make_connected

pytestmark = pytest.mark.django_db


@pytest.fixture
def linked(tenant: Tenant) -> Connection:
    """A connection of the tenant with three drifts, a minute apart."""
    with scope.tenant_scope(tenant.id):
        made = make_connected()
        for number, (entity, field, change) in enumerate(
            [("customers", "vat", "new"), ("customers", "fax", "missing"), ("payments", "amount", "retyped")]
        ):
            at = clock.now() - dt.timedelta(minutes=10 - number)
            SchemaDrift.objects.create(
                connection=made, entity=entity, field=field, change=change, after="text", last_seen_at=at
            )
    return made


def _path(linked: Connection, *more: str) -> str:
    return "/".join((f"/api/integrations/connections/{linked.public_id}/drift", *more))


def _fields(caller: ApiCaller, linked: Connection, **query: str) -> list[str]:
    answer = caller.get(_path(linked), query)
    assert answer.status_code == 200, answer.content
    assert answer.json()["success"] is True
    return [drift["field"] for drift in answer.json()["drifts"]]


def test_drifts_are_listed_narrowed_and_paged(admin: ApiCaller, linked: Connection) -> None:
    assert _fields(admin, linked) == ["amount", "fax", "vat"]
    assert _fields(admin, linked, dataType="customers", change="new") == ["vat"]
    assert _fields(admin, linked, limit="1", offset="1") == ["fax"]
    for wrong in ({"change": "odd"}, {"acknowledged": "maybe"}, {"colour": "red"}):
        refused = admin.get(_path(linked), wrong)
        assert (refused.status_code, refused.json()["success"]) == (400, False)


def test_an_acknowledged_drift_is_open_again_once_it_is_seen_again(
    admin: ApiCaller, linked: Connection, tenant: Tenant
) -> None:
    drift = admin.get(_path(linked), change="missing").json()["drifts"][0]
    for _ in range(2):
        seen = admin.post(_path(linked, drift["id"], "acknowledge"))
        assert seen.status_code == 200, seen.content
    assert seen.json()["drift"]["acknowledgedBy"].startswith("user-")
    assert _fields(admin, linked, acknowledged="true") == ["fax"]
    assert _fields(admin, linked, acknowledged="false") == ["amount", "vat"]
    with scope.tenant_scope(tenant.id):
        assert AuditEntry.objects.filter(action="drift.acknowledged", subject=linked.public_id).count() == 1
        SchemaDrift.objects.filter(field="fax").update(last_seen_at=clock.now() + dt.timedelta(minutes=1))
    assert _fields(admin, linked, acknowledged="false") == ["fax", "amount", "vat"]


def test_only_those_who_see_the_connection_see_its_drifts(
    admin: ApiCaller, member: ApiCaller, stranger: ApiCaller, linked: Connection, tenant: Tenant
) -> None:
    drift = admin.get(_path(linked)).json()["drifts"][0]["id"]
    for caller in (member, stranger):
        for answer in (caller.get(_path(linked)), caller.post(_path(linked, drift, "acknowledge"))):
            assert (answer.status_code, answer.json()["success"]) == (404, False)
    with scope.tenant_scope(tenant.id):
        other = make_connected()
    for wrong in (_path(other, drift, "acknowledge"), _path(linked, "drift-nope", "acknowledge")):
        assert admin.post(wrong).json()["code"] == "DRIFT_NOT_FOUND"
    with scope.tenant_scope(tenant.id):
        assert not SchemaDrift.objects.filter(acknowledged_at__isnull=False).exists()
