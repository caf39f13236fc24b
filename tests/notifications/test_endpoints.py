"""Creating, changing and removing webhook endpoints."""

import threading

import pytest
import time_machine
from django.db import connection
from standardwebhooks import Webhook

from integrations_site.audit.models import AuditEntry
from integrations_site.audit.types import Actor
from integrations_site.kernel import clock
from integrations_site.kernel.http import HttpClient
from integrations_site.tenancy import scope
from integrations_site.tenancy.models import Tenant
from notifications.models import WebhookEndpoint
from notifications.services import endpoints
from notifications.services.endpoints import (
    GRACE,
    TooManyWebhooksError,
    UnknownEventError,
    WebhookUrlRefusedError,
    create_endpoint,
    delete_endpoint,
    rotate_secret,
    update_endpoint,
)
from notifications.services.signing import signature_headers, valid_secrets

URL = "http://127.0.0.1:9/hook?token=in-the-address"


def make(actor: Actor, **changes: object) -> tuple[WebhookEndpoint, str]:
    given = {"url": URL, "events": ["integration.failed"], "description": "ours"} | changes
    return create_endpoint(actor=actor, **given)  # type: ignore[arg-type]


def test_an_endpoint_keeps_its_secret_sealed_and_out_of_the_audit_trail(in_tenant: Tenant, actor: Actor) -> None:
    endpoint, secret = make(actor, events=["integration.failed", "integration.failed"])
    stored = WebhookEndpoint.objects.get(pk=endpoint.pk)
    assert stored.events == ["integration.failed"]
    assert secret.startswith("whsec_")
    assert secret.removeprefix("whsec_") not in stored.sealed_secret
    assert list(valid_secrets(stored)) == [secret]
    [entry] = AuditEntry.objects.filter(subject=endpoint.public_id)
    assert (entry.action, entry.actor) == ("webhook.created", actor.id)
    assert "in-the-address" not in str(entry.data)
    assert "sealed" not in str(entry.data)


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("https://169.254.169.254/latest/meta-data", "link-local"),
        ("https://10.0.0.8/", "private"),
        ("https://[::ffff:127.0.0.1]/", "mapped"),
        ("http://example.com/", "https"),
        ("https://user:pw@example.com/", "user name"),
        ("not an address", "https"),
    ],
)
def test_an_address_that_the_hub_does_not_call_is_refused_and_nothing_is_kept(
    in_tenant: Tenant, actor: Actor, url: str, reason: str
) -> None:
    with pytest.raises(WebhookUrlRefusedError, match=reason) as caught:
        make(actor, url=url)
    assert caught.value.status == 422
    endpoint, _ = make(actor)
    with pytest.raises(WebhookUrlRefusedError):
        update_endpoint(endpoint=endpoint, changes={"url": url}, actor=actor)
    assert [found.url for found in WebhookEndpoint.objects.all()] == [URL]
    assert not AuditEntry.objects.filter(action="webhook.updated").exists()


def test_an_event_that_does_not_exist_is_refused_with_those_that_do(in_tenant: Tenant, actor: Actor) -> None:
    with pytest.raises(UnknownEventError) as caught:
        make(actor, events=["integration.failed", "integration.maybe"])
    assert caught.value.status == 400
    assert "integration.maybe" in caught.value.message
    assert "integration.rolled_back" in caught.value.details["known_events"]
    assert "webhook.test" not in caught.value.details["known_events"]
    assert not WebhookEndpoint.objects.exists()


def test_a_rotated_secret_signs_beside_the_old_one_for_a_day(in_tenant: Tenant, actor: Actor) -> None:
    endpoint, old = make(actor)
    new = rotate_secret(endpoint=endpoint, actor=actor)
    assert new != old
    stored = WebhookEndpoint.objects.get(pk=endpoint.pk)
    headers = signature_headers(valid=valid_secrets(stored), message_id="m", at=clock.now(), body="{}")
    Webhook(old).verify("{}", headers)
    Webhook(new).verify("{}", headers)
    with time_machine.travel(clock.now() + GRACE, tick=False):
        assert list(valid_secrets(stored)) == [new]


def test_secrets_of_an_unannounced_change_stay_out_of_the_audit_trail(in_tenant: Tenant, actor: Actor) -> None:
    """Whoever changes rows behind the services' back is recorded, without what is secret."""
    endpoint, _ = make(actor)
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('hub.announced', '', true)")
        cursor.execute(
            "UPDATE notifications_webhookendpoint SET description = 'changed', "
            "sealed_previous_secret = 'planted-1', sealed_secret = 'planted-2' WHERE id = %s",
            [endpoint.pk],
        )
    [entry] = AuditEntry.objects.filter(action="row.update", subject="notifications_webhookendpoint")
    assert "changed" in str(entry.data)
    assert "planted" not in str(entry.data)


def test_enabling_forgets_why_it_was_disabled(in_tenant: Tenant, actor: Actor) -> None:
    endpoint, _ = make(actor)
    WebhookEndpoint.objects.update(is_active=False, disabled_reason="gone", failing_since=clock.now())
    update_endpoint(endpoint=endpoint, changes={"is_active": True}, actor=actor)
    endpoint.refresh_from_db()
    assert (endpoint.is_active, endpoint.disabled_reason, endpoint.failing_since) == (True, "", None)


def test_a_removed_endpoint_is_gone_and_that_is_on_record(in_tenant: Tenant, actor: Actor) -> None:
    endpoint, _ = make(actor)
    subject = endpoint.public_id
    delete_endpoint(endpoint=endpoint, actor=actor)
    assert not WebhookEndpoint.objects.exists()
    assert AuditEntry.objects.filter(action="webhook.deleted", subject=subject).exists()


@pytest.mark.django_db(transaction=True)
def test_two_requests_at_once_cannot_both_take_the_last_place(
    tenant: Tenant, actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(endpoints, "MAX_ENDPOINTS", 2)
    with scope.tenant_scope(tenant.id):
        make(actor)
    start, refused = threading.Barrier(4), []

    def work() -> None:
        try:
            with scope.tenant_scope(tenant.id):
                start.wait(10)
                make(actor)
        except TooManyWebhooksError as error:
            refused.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(refused) == 3
    with scope.tenant_scope(tenant.id):
        assert WebhookEndpoint.objects.count() == 2


def test_without_the_allow_list_loopback_is_refused(
    in_tenant: Tenant, actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(endpoints, "shared_client", HttpClient)
    with pytest.raises(WebhookUrlRefusedError):
        make(actor)
