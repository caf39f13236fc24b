"""What idempotency remembers is sealed."""

from django.db import connection
from pytest_django import Settings

from integrations_site.tenancy import scope
from notifications.models import WebhookEndpoint
from tests.api.clients import ApiCaller

KEY = {"Idempotency-Key": "hook-1"}
HOOK = {"url": "http://127.0.0.1:9/hook", "events": ["integration.failed"]}


def stored() -> bytes:
    """The only answer as its column holds it."""
    with scope.all_tenants(), connection.cursor() as cursor:
        cursor.execute("SELECT body FROM api_idempotencykey")
        ((body,),) = cursor.fetchall()
        return bytes(body)


def test_a_secret_that_is_shown_once_is_not_kept_in_plain_text(admin: ApiCaller) -> None:
    first = admin.post("/api/webhooks", HOOK, headers=KEY)
    assert first.status_code == 201
    assert b"whsec_" in first.content
    assert b"whsec_" not in stored()
    again = admin.post("/api/webhooks", HOOK, headers=KEY)
    assert again["Idempotent-Replayed"] == "true"
    assert again.content == first.content


def test_an_answer_that_does_not_open_is_not_made_again(admin: ApiCaller, settings: Settings) -> None:
    assert admin.post("/api/webhooks", HOOK, headers=KEY).status_code == 201
    settings.ENCRYPTION_KEYS = {"another": "key"}
    again = admin.post("/api/webhooks", HOOK, headers=KEY)
    assert (again.status_code, again.json()["error"]["code"]) == (409, "IDEMPOTENCY_ANSWER_UNREADABLE")
    with scope.all_tenants():
        assert WebhookEndpoint.objects.count() == 1
