"""The tenant's integrations: made, changed, rested, removed; and who may not."""

from typing import Any

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from connections.models import Activity, Connection, Credential, Integration, Record
from integrations_site.audit.models import AuditEntry
from integrations_site.tenancy import scope
from integrations_site.tenancy.models import Tenant
from notifications.models import Event
from notifications.services.outbox import handle_due
from tests.api.clients import ApiCaller
from tests.connections.api.requests import add_integration, code_of
from tests.factories.catalog import make_provider

pytestmark = pytest.mark.django_db
PATH = "/api/tenant/integrations"


def test_an_integration_is_made_read_changed_and_listed(admin: ApiCaller, tenant: Tenant) -> None:
    provider = make_provider()
    made = add_integration(admin, provider, name="Sales", settings={"region": "eu"}, searchableEntities=["Account"])
    assert made["status"] == "pending"
    assert (made["integrationId"], made["providerName"]) == (provider.public_id, provider.provider)
    assert (made["tenantId"], made["userScoped"], made["searchEnabled"]) == (tenant.public_id, False, True)
    changed = admin.patch(f"{PATH}/{made['id']}", {"description": "CRM", "allowedShardTypes": ["c_account"]}).json()
    assert (changed["description"], changed["allowedShardTypes"]) == ("CRM", ["c_account"])
    assert admin.get(f"{PATH}/{made['id']}").json() == changed
    page = admin.get(PATH, status="pending", search="sal", providerName=provider.provider).json()
    assert page == {
        **{"integrations": [changed], "total": 1, "limit": 50, "offset": 0},
        **{"hasMore": False, "nextOffset": None},
    }
    assert admin.get(PATH, status="connected").json()["integrations"] == []
    with scope.tenant_scope(tenant.id):
        trail = AuditEntry.objects.filter(subject=made["id"]).values_list("action", flat=True)
        assert set(trail) == {"integration.created", "integration.updated"}


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"name": "sales"}, 409, "INTEGRATION_NAME_TAKEN"),
        ({"name": ""}, 400, "VALIDATION_ERROR"),
        ({"name": "x", "status": "connected"}, 400, "VALIDATION_ERROR"),
        ({"name": "x", "settings": []}, 400, "VALIDATION_ERROR"),
        ({"name": "x", "settings": {"syncFrequency": {"cron": "x"}}}, 400, "VALIDATION_ERROR"),
        ({"name": "x", "settings": {"a": "b" * 20_000}}, 400, "VALIDATION_ERROR"),
        ({"name": "x", "searchableEntities": ["Dragon"]}, 400, "VALIDATION_ERROR"),
        ({"name": "x", "integrationId": "prov-nope"}, 404, "PROVIDER_NOT_FOUND"),
        ({"name": "x", "integrationId": "prov-" + "0" * 32}, 404, "PROVIDER_NOT_FOUND"),
    ],
)
def test_what_is_refused_leaves_nothing(admin: ApiCaller, body: dict[str, Any], status: int, code: str) -> None:
    provider = make_provider()
    add_integration(admin, provider, name="Sales")
    answer = admin.post(PATH, {"integrationId": provider.public_id, **body})
    assert (answer.status_code, code_of(answer)) == (status, code), answer.content
    assert admin.get(PATH).json()["total"] == 1


def test_a_provider_that_is_off_or_beyond_the_plan_is_refused(admin: ApiCaller) -> None:
    for more, status, code in (
        ({"status": "disabled"}, 404, "PROVIDER_NOT_FOUND"),
        ({"audience": "system"}, 404, "PROVIDER_NOT_FOUND"),
        ({"isPremium": True}, 403, "PLAN_REQUIRED"),
    ):
        answer = admin.post(PATH, {"integrationId": make_provider(**more).public_id, "name": "x"})
        assert (answer.status_code, code_of(answer)) == (status, code)
    assert admin.get(PATH).json()["total"] == 0


def test_others_see_nothing_of_it_and_change_nothing(
    admin: ApiCaller, member: ApiCaller, stranger: ApiCaller, root: ApiCaller, tenant: Tenant
) -> None:
    made = add_integration(admin, make_provider())
    path = f"{PATH}/{made['id']}"
    assert member.get(path).status_code == 403
    assert member.post(PATH, {}).status_code == 403
    for send in (stranger.get, stranger.delete, lambda where: stranger.patch(where, {"name": "mine"})):
        answer = send(path)
        assert (answer.status_code, code_of(answer)) == (404, "INTEGRATION_NOT_FOUND")
    assert stranger.post(f"{path}/activate").status_code == 404
    assert admin.get(path).json() == made
    assert root.get(path, headers={"X-Tenant-ID": tenant.public_id}).json() == made
    assert code_of(root.get(path)) == "TENANT_REQUIRED"


def test_resting_and_working_again(admin: ApiCaller, admin_user: Any) -> None:
    made = add_integration(admin, make_provider())
    path = f"{PATH}/{made['id']}"
    assert admin.post(f"{path}/deactivate").json()["status"] == "disabled"
    answer = admin.post(f"{path}/connect/api-key", {"apiKey": "k"})
    assert (answer.status_code, code_of(answer)) == (409, "INTEGRATION_DISABLED")
    assert admin.post(f"{path}/activate").json()["status"] == "pending"
    assert admin.post(f"{path}/connect/api-key", {"apiKey": "k"}).status_code == 200
    admin.post(f"{path}/deactivate")
    active = admin.post(f"{path}/activate").json()
    assert (active["status"], active["enabledBy"]) == ("connected", admin_user.public_id)


def test_removing_cuts_forgets_and_purges(admin: ApiCaller, tenant: Tenant) -> None:
    made = add_integration(admin, make_provider(), name="Gone")
    admin.post(f"{PATH}/{made['id']}/connect/api-key", {"apiKey": "k"})
    with scope.tenant_scope(tenant.id):
        link = Connection.objects.get()
        _add_records(link, 3)
    assert admin.delete(f"{PATH}/{made['id']}").status_code == 204
    assert admin.get(f"{PATH}/{made['id']}").status_code == 404
    assert admin.get(PATH).json()["total"] == 0
    with scope.tenant_scope(tenant.id):
        link.refresh_from_db()
        assert (link.status, link.removed_at is None) == ("revoked", False)
        assert not Credential.objects.exists()
        assert Activity.objects.filter(type="disconnect").count() == 1
        types = set(Event.objects.values_list("type", flat=True))
        assert {"connection.connected", "connection.disconnected", "connection.removed", "integration.removed"} <= types
    with scope.all_tenants():
        while handle_due():
            pass
    with scope.tenant_scope(tenant.id):
        assert not Record.objects.exists()
    assert add_integration(admin, make_provider(), name="gone")["name"] == "gone"


def test_a_list_takes_the_same_statements_however_long_it_is(admin: ApiCaller) -> None:
    counts = []
    for _ in range(2):
        for _ in range(3):
            add_integration(admin, make_provider())
        with CaptureQueriesContext(
            database,
        ) as caught:
            assert admin.get(PATH).status_code == 200
        counts.append(len(caught))
    assert counts[0] == counts[1], counts


def _add_records(link: Connection, count: int) -> None:
    integration = Integration.objects.get(pk=link.integration_id)
    for number in range(count):
        Record.objects.create(
            connection=link,
            integration=integration,
            entity="Account",
            external_id=str(number),
            raw=b"{}",
            data={},
            hash=b"0" * 16,
            title="",
            changed_at=link.created_at,
        )
