"""What the admin has done: always by the services, as the super admin, and told on the page."""

from typing import Any

import pytest
from django.test import Client
from django_celery_beat.models import PeriodicTask
from oauth2_provider.models import AccessToken, RefreshToken

from connections.models import InboundWebhook
from integrations_site.audit.models import AuditEntry, AuditHead
from integrations_site.tenancy import scope
from integrations_site.tenancy.models import FailedTask, Tenant, User
from ledger.models import Bill, Case, CaseStatus, InventoryItem, Posting
from notifications.models import Delivery, Event, WebhookEndpoint
from tests.audit.chains import tampering
from tests.factories import make_approved_case, make_case, make_vendor, set_settings
from tests.web.admin_world import fill, list_path, row_path

pytestmark = pytest.mark.django_db


def _act(root: Client, model: Any, action: str, *rows: Any) -> str:
    """The page after an action on rows."""
    data = {"action": action, "_selected_action": [str(row.pk) for row in rows]}
    answer = root.post(list_path(model), data, follow=True)
    assert answer.status_code == 200
    return str(answer.content.decode())


def _actor_of(action: str) -> str:
    with scope.all_tenants():
        return AuditEntry.objects.filter(action=action).latest("at").actor


def _status(case: Case) -> str:
    with scope.all_tenants():
        return Case.objects.get(pk=case.pk).status


def test_a_case_is_led_from_draft_to_the_books_and_back(root: Client, tenant: Tenant) -> None:
    with scope.tenant_scope(tenant.id):
        set_settings(unknown_sku="create")
        case = make_case()
    me = User.objects.get(is_superuser=True).public_id
    assert "Submitted: 1" in _act(root, Case, "submit", case)
    assert "somebody else has to approve it" in _act(root, Case, "approve", case), "four eyes hold for super admins too"
    with scope.tenant_scope(tenant.id):
        set_settings(four_eyes=False)
    assert "Approved: 1" in _act(root, Case, "approve", case)
    assert _actor_of("case.approved") == me
    assert "Posted: 1" in _act(root, Case, "post", case)
    assert _status(case) == CaseStatus.INTEGRATED
    assert "Rolled back: 1" in _act(root, Case, "take_back", case)
    assert _status(case) == CaseStatus.ROLLED_BACK
    with scope.tenant_scope(tenant.id):
        assert InventoryItem.objects.get().quantity == 0
        assert Bill.objects.get().status == Bill.Status.VOID
        assert set(Posting.objects.values_list("status", "reversed_by")) == {("reversed", me)}


def test_one_refusal_stops_no_other_and_is_told(root: Client, tenant: Tenant) -> None:
    with scope.tenant_scope(tenant.id):
        draft, approved = make_case(), make_approved_case()
    page = _act(root, Case, "submit", draft, approved)
    assert "Submitted: 1" in page
    assert f"{approved}: " in page
    assert (_status(draft), _status(approved)) == (CaseStatus.PENDING_APPROVAL, CaseStatus.APPROVED)


def test_a_case_is_rejected_with_a_reason_and_only_by_a_post(root: Client, tenant: Tenant) -> None:
    with scope.tenant_scope(tenant.id):
        case = make_approved_case()
    path = f"/admin/ledger/case/{case.pk}/reject/"
    assert "Reject this case" in root.get(path, {"reason": "no"}).content.decode()
    assert root.post(path, {"_form_submitted": "on", "reason": ""}).status_code == 200
    assert _status(case) == CaseStatus.APPROVED
    answer = root.post(path, {"_form_submitted": "on", "reason": "Wrong address"})
    assert answer["HX-Redirect"] == f"/admin/ledger/case/{case.pk}/change/"
    assert _status(case) == CaseStatus.REJECTED
    assert "Wrong address" in root.get(answer["HX-Redirect"]).content.decode()


def test_a_bill_is_paid_opened_again_and_voided(root: Client, tenant: Tenant) -> None:
    with scope.tenant_scope(tenant.id):
        set_settings(unknown_sku="create")
        case = make_approved_case()
    _act(root, Case, "post", case)
    with scope.tenant_scope(tenant.id):
        bill = Bill.objects.get()
    for action, status in [("pay", "paid"), ("take_payment_back", "open"), ("void", "void")]:
        _act(root, Bill, action, bill)
        with scope.tenant_scope(tenant.id):
            assert Bill.objects.get().status == status


def test_vendors_are_confirmed_and_switched_off(root: Client, tenant: Tenant, rival: Tenant) -> None:
    with scope.tenant_scope(tenant.id):
        ours = make_vendor(is_confirmed=False)
    with scope.tenant_scope(rival.id):
        theirs = make_vendor(is_confirmed=False)
    assert "Confirmed: 2" in _act(root, type(ours), "confirm", ours, theirs)
    assert "Deactivated: 1" in _act(root, type(ours), "deactivate", ours)
    with scope.all_tenants():
        ours.refresh_from_db()
        theirs.refresh_from_db()
        entries = AuditEntry.objects.filter(action="vendor.confirmed").values_list("tenant_id", flat=True)
        assert set(entries) == {tenant.id, rival.id}
    assert (ours.is_confirmed, ours.is_active) == (True, False)
    assert (theirs.is_confirmed, theirs.is_active) == (True, True)


def test_a_failed_task_runs_again_once(root: Client, tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[tuple[str, Any]] = []
    monkeypatch.setattr(
        "integrations_site.tenancy.failures.current_app.send_task",
        lambda name, kwargs, **_: sent.append((name, kwargs)),
    )
    with scope.tenant_scope(tenant.id):
        task = FailedTask.objects.create(name="ledger.tasks.x", arguments={"tenant_id": tenant.id.hex}, error="E")
    assert "Sent to the workers: 1" in _act(root, FailedTask, "run_again", task)
    assert "was run again already" in _act(root, FailedTask, "run_again", task)
    assert sent == [("ledger.tasks.x", {"tenant_id": tenant.id.hex})]
    assert _actor_of("task.retried").startswith("user-")


def test_webhooks_are_switched_and_deliveries_sent_again(root: Client, tenant: Tenant) -> None:
    fill(tenant)
    with scope.tenant_scope(tenant.id):
        endpoint, delivery = WebhookEndpoint.objects.get(), Delivery.objects.get()
        Delivery.objects.update(status=Delivery.Status.FAILED)
    assert "Disabled: 1" in _act(root, WebhookEndpoint, "disable", endpoint)
    assert "enable it first" in _act(root, Delivery, "send_again", delivery)
    assert "Enabled: 1" in _act(root, WebhookEndpoint, "enable", endpoint)
    assert "Will be sent again: 1" in _act(root, Delivery, "send_again", delivery)
    with scope.tenant_scope(tenant.id):
        assert Delivery.objects.get(replay_of=delivery).status == Delivery.Status.PENDING


def test_an_inbound_webhook_that_was_given_up_is_handled_again(root: Client, tenant: Tenant) -> None:
    fill(tenant)
    webhook = InboundWebhook.objects.get()
    page = root.get(row_path(webhook)).content.decode()
    assert "ValueError: gone" in page
    assert "{&quot;token&quot;: [redacted]}" in page
    InboundWebhook.objects.update(account_ids=["acct_1", "acct_2"])
    listed = [root.get(list_path(InboundWebhook), {"q": told}).content.decode() for told in ("acct_2", "acct_3")]
    assert [row_path(webhook) in page for page in listed] == [True, False]
    assert "Will be handled again: 1" in _act(root, InboundWebhook, "handle_again", webhook)
    assert "was not given up" in _act(root, InboundWebhook, "handle_again", webhook)
    assert _actor_of("inbound_webhook.retried").startswith("user-")
    webhook.refresh_from_db()
    assert (webhook.status, webhook.attempts) == ("waiting", 0)


def test_an_event_that_was_given_up_is_handled_again(root: Client, tenant: Tenant) -> None:
    fill(tenant)
    with scope.tenant_scope(tenant.id):
        event = Event.objects.earliest("position")
        Event.objects.update(status=Event.Status.DONE)
        assert "there is nothing to retry" in _act(root, Event, "handle_again", event)
        Event.objects.update(status=Event.Status.DEAD, attempts=10)
        assert "Will be handled again: 1" in _act(root, Event, "handle_again", event)
        event.refresh_from_db()
    assert (event.status, event.attempts) == (Event.Status.PENDING, 0)
    assert _actor_of("event.retried").startswith("user-")


def test_tokens_are_taken_back_at_once(root: Client, tenant: Tenant) -> None:
    fill(tenant)
    refresh, access = RefreshToken.objects.get(), AccessToken.objects.get()
    assert "were revoked" in _act(root, RefreshToken, "revoke", refresh)
    assert not AccessToken.objects.filter(pk=access.pk).exists()
    refresh.refresh_from_db()
    assert refresh.revoked
    with scope.all_tenants():
        assert AuditEntry.objects.get(action="token.revoked").tenant_id == tenant.id


def test_a_periodic_task_is_paused(root: Client, tenant: Tenant) -> None:
    fill(tenant)
    task = PeriodicTask.objects.get()
    path = f"/admin/django_celery_beat/periodictask/{task.pk}/change/"
    answer = root.post(path, {"interval": str(task.interval_id), "task": "os.system", "name": "x"})
    assert answer.status_code == 302, answer.context["errors"]
    changed = PeriodicTask.objects.get()
    assert (changed.enabled, changed.task, changed.name) == (False, task.task, task.name)
    assert _actor_of("periodictask.changed").startswith("user-")


@pytest.mark.django_db(transaction=True)
def test_a_chain_is_verified_on_demand(tenant: Tenant) -> None:
    root = Client()
    root.force_login(User.objects.create_superuser("root@example.com"))
    with scope.all_tenants():
        head = AuditHead.objects.get(tenant=tenant)
    assert f"all {head.number} entries are as they were sealed" in _act(root, AuditHead, "verify_chains", head)
    with tampering() as execute:
        execute("UPDATE audit_auditentry SET actor = 'nobody' WHERE tenant_id = %s AND number = 1", [tenant.id])
    assert "was changed" in _act(root, AuditHead, "verify_chains", head)
