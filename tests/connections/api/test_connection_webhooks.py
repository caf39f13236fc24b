"""The setting `webhookUrl` of a connection: who is told, of what, and with whose signature."""

import datetime as dt
import json
from typing import Any

import pytest
import time_machine
from django.conf import settings
from standardwebhooks import Webhook

from connections.models import Connection
from integrations_site.audit.models import AuditEntry
from integrations_site.kernel import clock
from integrations_site.tenancy import scope
from integrations_site.tenancy.models import Tenant, User
from notifications.models import Delivery, WebhookEndpoint
from notifications.sdk.catalog import EventType
from notifications.services.dispatch import deliver_due
from notifications.services.events import publish
from notifications.services.outbox import handle_due
from notifications.services.retention import forget_deliveries, forget_retired_endpoints
from tests.api.clients import ApiCaller
from tests.connections.search.records import make_connected
from tests.receiver import Answer, Received, receiving

pytestmark = pytest.mark.django_db
PATH = "/api/integrations/connections"
ELSEWHERE = "https://api.example.com/webhooks"


def _linked(tenant: Tenant, **fields: Any) -> Connection:
    with scope.tenant_scope(tenant.id):
        return make_connected(**fields)


def _set(caller: ApiCaller, linked: Connection, url: str | None) -> dict[str, Any]:
    answer = caller.patch(f"{PATH}/{linked.public_id}", {"settings": {"webhookUrl": url}})
    assert answer.status_code == 200, answer.content
    found: dict[str, Any] = answer.json()
    return found


def _happen(tenant: Tenant, linked: Connection, type: EventType = EventType.SYNC_COMPLETED) -> None:
    with scope.tenant_scope(tenant.id):
        publish(type=type, subject=linked.public_id, payload={"connectionId": linked.public_id})


def _pass_on() -> None:
    while handle_due():
        pass
    deliver_due()


def _told(requests: list[Received]) -> list[tuple[str, str]]:
    bodies = [json.loads(request.body) for request in requests]
    return [(body["event"], body["connectionId"]) for body in bodies]


def test_the_address_is_told_of_its_connection_alone_signed_with_its_secret(admin: ApiCaller, tenant: Tenant) -> None:
    linked, other = _linked(tenant), _linked(tenant)
    with receiving(lambda _: Answer()) as receiver:
        made = _set(admin, linked, f"{receiver.url}/hook")["webhook"]
        assert "webhook" not in _set(admin, linked, f"{receiver.url}/hook"), "a secret is shown once"
        _happen(tenant, other)
        _happen(tenant, linked)
        _happen(tenant, linked, EventType.CONNECTION_EXPIRED)
        _pass_on()
        assert sorted(_told(receiver.requests)) == [
            ("connection.expired", linked.public_id),
            ("sync.completed", linked.public_id),
        ]
        for request in receiver.requests:
            Webhook(made["secret"]).verify(request.body, request.headers)
    shown = admin.get(f"/api/webhooks/{made['id']}").json()
    assert (shown["subject"], shown["events"], shown["is_active"]) == (linked.public_id, [], True)
    with scope.tenant_scope(tenant.id):
        entries = str([entry.data for entry in AuditEntry.objects.filter(subject=made["id"])])
    assert made["secret"] not in entries


def test_the_webhook_follows_the_setting(admin: ApiCaller, tenant: Tenant) -> None:
    linked = _linked(tenant)
    made = _set(admin, linked, ELSEWHERE)["webhook"]
    path = f"/api/webhooks/{made['id']}"
    assert _set(admin, linked, f"{ELSEWHERE}/new")["connection"]["settings"] == {"webhookUrl": f"{ELSEWHERE}/new"}
    assert admin.get(path).json()["url"] == f"{ELSEWHERE}/new"
    for refused in (admin.patch(path, {"url": "https://example.org/"}), admin.delete(path)):
        assert (refused.status_code, refused.json()["error"]["code"]) == (409, "WEBHOOK_MANAGED")
    assert admin.patch(path, {"is_active": False}).status_code == 200
    assert admin.patch(f"{PATH}/{linked.public_id}", {"settings": {"syncFrequency": "daily"}}).status_code == 200
    assert admin.get(path).json()["is_active"] is False, "other settings leave it alone"
    _set(admin, linked, f"{ELSEWHERE}/new")
    assert admin.get(path).json()["is_active"] is True
    wrong = admin.patch(f"{PATH}/{linked.public_id}", {"settings": {"webhookUrl": "http://10.0.0.1/"}})
    assert wrong.status_code == 400
    assert admin.get(path).json()["url"] == f"{ELSEWHERE}/new"
    assert _set(admin, linked, None)["connection"]["settings"] == {"syncFrequency": "daily"}
    assert admin.get(path).status_code == 404
    assert _set(admin, linked, ELSEWHERE)["webhook"]["secret"] != made["secret"]


def test_a_removed_connection_is_told_of_once_more_and_its_webhook_is_forgotten_in_time(
    admin: ApiCaller, tenant: Tenant
) -> None:
    linked = _linked(tenant)
    with receiving(lambda _: Answer()) as receiver:
        made = _set(admin, linked, receiver.url)["webhook"]
        assert admin.delete(f"{PATH}/{linked.public_id}").status_code == 200
        _pass_on()
        told = [event for event, _ in _told(receiver.requests)]
    assert "connection.removed" in told
    with scope.tenant_scope(tenant.id):
        assert WebhookEndpoint.objects.get().retired_at is not None
        assert Delivery.objects.filter(status="delivered").count() == len(told)
    assert forget_retired_endpoints() == 0
    later = clock.now() + dt.timedelta(days=settings.RETENTION_DAYS["deliveries"] + 1)
    with time_machine.travel(later):
        assert forget_retired_endpoints() == 0, "its deliveries are there still"
        forget_deliveries()
        assert forget_retired_endpoints() == 1
    with scope.tenant_scope(tenant.id):
        assert AuditEntry.objects.filter(action="webhook.deleted", subject=made["id"]).exists()


def test_users_have_webhooks_of_their_own_connections_alone(
    member: ApiCaller, stranger: ApiCaller, tenant: Tenant, plain_user: User
) -> None:
    own, tenants = _linked(tenant, user=plain_user, user_scoped=True), _linked(tenant)
    assert _set(member, own, ELSEWHERE)["webhook"]["secret"].startswith("whsec_")
    for caller, linked in ((member, tenants), (stranger, own), (stranger, tenants)):
        refused = caller.patch(f"{PATH}/{linked.public_id}", {"settings": {"webhookUrl": ELSEWHERE}})
        assert refused.status_code == 404
    with scope.all_tenants():
        assert [endpoint.subject for endpoint in WebhookEndpoint.objects.all()] == [own.public_id]


def test_webhooks_of_connections_take_no_room_from_others(admin: ApiCaller, tenant: Tenant) -> None:
    _set(admin, _linked(tenant), ELSEWHERE)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("notifications.services.endpoints.MAX_ENDPOINTS", 1)
        patch.setattr("notifications.services.endpoints._check_url", lambda url: None)
        assert admin.post("/api/webhooks", {"url": "https://api.example.com/"}).status_code == 201
        assert admin.post("/api/webhooks", {"url": "https://api.example.com/"}).status_code == 409
