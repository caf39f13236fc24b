"""`/api/webhooks` as callers see it."""

import uuid
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from standardwebhooks import Webhook

from integrations_site.kernel import ids
from integrations_site.tenancy import scope
from integrations_site.tenancy.models import Tenant, User
from notifications.models import Delivery, WebhookEndpoint
from notifications.services.dispatch import deliver_due
from notifications.services.outbox import handle_due
from tests.api.clients import ApiCaller, api_client
from tests.factories import make_member
from tests.notifications.conftest import Publish
from tests.receiver import Answer, receiving

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_handlers")]
EVENTS = [
    "integration.inventory.success",
    "integration.ap.success",
    "integration.accounting.success",
    "integration.failed",
    "integration.rolled_back",
]
URL = "http://127.0.0.1:9/hook"


@pytest.fixture
def admin(admin_user: User) -> ApiCaller:
    return api_client(admin_user)


@pytest.fixture
def hook(admin: ApiCaller) -> Any:
    """A webhook as its creation answered."""
    answer = admin.post("/api/webhooks", {"url": URL, "events": EVENTS, "description": "ours"})
    assert answer.status_code == 201, answer.content
    return answer.json()


def count(model: type[Any] = WebhookEndpoint) -> int:
    with scope.all_tenants():
        return int(model.objects.count())


def test_the_secret_is_shown_at_creation_and_never_again(admin: ApiCaller, hook: Any) -> None:
    assert ids.parse("webhook", hook["id"])
    assert hook["secret"].startswith("whsec_")
    assert (hook["url"], hook["events"], hook["description"], hook["is_active"]) == (URL, EVENTS, "ours", True)
    for answer in (
        admin.get("/api/webhooks"),
        admin.get(f"/api/webhooks/{hook['id']}"),
        admin.patch(f"/api/webhooks/{hook['id']}", {"description": "changed"}),
    ):
        assert answer.status_code == 200
        assert "secret" not in answer.content.decode().replace("previous_secret_until", "")
        assert hook["secret"] not in answer.content.decode()
    assert admin.get("/api/webhooks").json()["items"][0]["description"] == "changed"


def test_the_whole_way_from_the_event_to_the_log(admin: ApiCaller, published: Publish) -> None:
    with receiving(lambda _: Answer(200, b"thanks")) as receiver:
        made = admin.post("/api/webhooks/", {"url": receiver.url, "events": EVENTS}).json()
        published("integration.inventory.success", case_id="case-1", items_created=5, items_updated=3)
        handle_due()
        deliver_due()
        log = admin.get(f"/api/webhooks/{made['id']}/deliveries").json()
        [item] = log["items"]
        assert log["total"] == 1
        assert (item["event"], item["status"], item["attempts"]) == ("integration.inventory.success", "delivered", 1)
        assert item["payload"]["event"] == "integration.inventory.success"
        assert {k: item["payload"][k] for k in ("case_id", "items_created", "items_updated")} == {
            "case_id": "case-1",
            "items_created": 5,
            "items_updated": 3,
        }
        assert item["payload"]["timestamp"].endswith("Z")
        [attempt] = item["attempt_log"]
        assert (attempt["number"], attempt["response_status"], attempt["response_body"]) == (1, 200, "thanks")
        assert attempt["request_headers"]["webhook-id"] == item["message_id"]

        path = f"/api/webhooks/{made['id']}/deliveries/{item['id']}"
        assert admin.get(path).json() == item
        again = admin.post(f"{path}/replay")
        assert (again.status_code, again.json()["status"], again.json()["replay_of"]) == (202, "pending", item["id"])
        tested = admin.post(f"/api/webhooks/{made['id']}/test")
        assert (tested.status_code, tested.json()["event"]) == (202, "webhook.test")
        deliver_due()
        assert len(receiver.requests) == 3
        for got in receiver.requests:
            Webhook(made["secret"]).verify(got.body, got.headers)
    listed = admin.get(f"/api/webhooks/{made['id']}/deliveries", event="webhook.test", status="delivered").json()
    assert [found["id"] for found in listed["items"]] == [tested.json()["id"]]


def test_rotation_shows_the_new_secret_and_until_when_the_old_one_holds(admin: ApiCaller, hook: Any) -> None:
    answer = admin.post(f"/api/webhooks/{hook['id']}/rotate-secret")
    assert answer.status_code == 200
    assert answer.json()["secret"] not in ("", hook["secret"])
    assert answer.json()["previous_secret_until"]


@pytest.mark.parametrize(
    ("body", "status", "code", "field"),
    [
        ({"events": EVENTS}, 400, "VALIDATION_ERROR", "url"),
        ({"url": URL, "events": "all"}, 400, "VALIDATION_ERROR", "events"),
        ({"url": URL, "events": ["integration.maybe"]}, 400, "VALIDATION_ERROR", "events"),
        ({"url": URL, "secret": "mine"}, 400, "VALIDATION_ERROR", "secret"),
        ({"url": URL, "description": "x" * 201}, 400, "VALIDATION_ERROR", "description"),
        ({"url": "https://x.example/" + "x" * 2000}, 400, "VALIDATION_ERROR", "url"),
        ({"url": "https://169.254.169.254/latest/"}, 422, "WEBHOOK_URL_REFUSED", "url"),
        ({"url": "http://169.254.169.254/"}, 422, "WEBHOOK_URL_REFUSED", "url"),
        ({"url": "http://example.com/"}, 422, "WEBHOOK_URL_REFUSED", "url"),
        ({"url": "https://a:b@example.com/"}, 422, "WEBHOOK_URL_REFUSED", "url"),
        ({"url": "javascript:alert(1)"}, 422, "WEBHOOK_URL_REFUSED", "url"),
    ],
)
def test_a_body_that_will_not_do_is_refused_and_nothing_is_kept(
    admin: ApiCaller, body: dict[str, Any], status: int, code: str, field: str
) -> None:
    answer = admin.post("/api/webhooks", body)
    assert answer.status_code == status, answer.content
    error = answer.json()["error"]
    assert error["code"] == code
    assert field in str(error["details"])
    assert count() == 0


def test_removing_it_ends_it(admin: ApiCaller, hook: Any) -> None:
    assert admin.delete(f"/api/webhooks/{hook['id']}").status_code == 204
    assert admin.get(f"/api/webhooks/{hook['id']}").status_code == 404
    assert count() == 0


def test_a_disabled_webhook_can_be_neither_tested_nor_replayed(admin: ApiCaller, hook: Any) -> None:
    assert admin.patch(f"/api/webhooks/{hook['id']}", {"is_active": False}).json()["is_active"] is False
    answer = admin.post(f"/api/webhooks/{hook['id']}/test")
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "WEBHOOK_DISABLED")
    assert count(Delivery) == 0


def test_members_without_the_role_may_do_nothing_here(plain_user: User, hook: Any) -> None:
    member = api_client(plain_user)
    for answer in (
        member.get("/api/webhooks"),
        member.post("/api/webhooks", {"url": URL}),
        member.delete(f"/api/webhooks/{hook['id']}"),
        member.post(f"/api/webhooks/{hook['id']}/rotate-secret"),
        member.post(f"/api/webhooks/{hook['id']}/test"),
        member.get(f"/api/webhooks/{hook['id']}/deliveries"),
    ):
        assert answer.status_code == 403
    assert count() == 1
    assert count(Delivery) == 0


def test_another_tenants_webhook_is_not_there(admin: ApiCaller, hook: Any, rival: Tenant) -> None:
    delivery = admin.post(f"/api/webhooks/{hook['id']}/test").json()
    foreign = api_client(make_member(rival, role="tenant_admin"))
    mine = foreign.post("/api/webhooks", {"url": URL}).json()
    base = f"/api/webhooks/{hook['id']}"
    for answer in (
        foreign.get(base),
        foreign.patch(base, {"is_active": False}),
        foreign.delete(base),
        foreign.post(f"{base}/rotate-secret"),
        foreign.post(f"{base}/test"),
        foreign.get(f"{base}/deliveries"),
        foreign.get(f"{base}/deliveries/{delivery['id']}"),
        foreign.post(f"{base}/deliveries/{delivery['id']}/replay"),
        foreign.get(f"/api/webhooks/{mine['id']}/deliveries/{delivery['id']}"),
        foreign.post(f"/api/webhooks/{mine['id']}/deliveries/{delivery['id']}/replay"),
        admin.get(f"/api/webhooks/{ids.public('webhook', uuid.uuid4())}"),
        admin.get("/api/webhooks/nonsense"),
    ):
        assert answer.status_code == 404
    assert [item["id"] for item in foreign.get("/api/webhooks").json()["items"]] == [mine["id"]]
    assert admin.get(base).json()["is_active"]
    assert count(Delivery) == 1


def test_a_page_costs_the_same_statements_however_many_rows(admin: ApiCaller, hook: Any) -> None:
    counts = []
    for _ in range(2):
        for _ in range(4):
            admin.post(f"/api/webhooks/{hook['id']}/test")
        with CaptureQueriesContext(connection) as captured:
            admin.get(f"/api/webhooks/{hook['id']}/deliveries")
        counts.append(len(captured))
    assert counts[0] == counts[1]
