"""Posting, rolling back and reporting as a caller sees it (document 000)."""

from typing import Any

import pytest
from django.db import connection

from integrations_site.tenancy import scope
from integrations_site.tenancy.models import Tenant
from ledger.models import Bill, Case, InventoryItem, JournalEntry, Posting, StockMovement
from tests.api.clients import ApiCaller, api_client
from tests.concurrency import run_together
from tests.factories import make_approved_case, make_case, make_line, make_member, make_vendor, set_settings

SYSTEMS = ["inventory", "ap", "accounting"]


@pytest.fixture
def case(tenant: Tenant) -> Case:
    """An approved case of 10 widgets for 1,000.00 and 100.00 of tax."""
    with scope.tenant_scope(tenant.id):
        InventoryItem.objects.get_or_create(sku="WIDGET-1")
        return make_approved_case(make_vendor(), make_line(), tax="100.00")


def written(tenant: Tenant) -> dict[str, int]:
    """How many rows postings have written."""
    with scope.tenant_scope(tenant.id):
        return {model.__name__: model.objects.count() for model in (Posting, Bill, JournalEntry, StockMovement)}


def post(caller: ApiCaller, system: str, case: Case, query: str = "") -> Any:
    """The answer to a posting."""
    return caller.post(f"/api/integrations/{system}{query}", {"case_id": case.public_id})


def test_each_system_answers_as_documented(admin: ApiCaller, case: Case) -> None:
    assert post(admin, "inventory", case).json() == {
        "case_id": case.public_id, "items_created": 0, "items_updated": 1, "errors": [], "status": "success",
    }  # fmt: skip
    bill = post(admin, "ap", case).json()
    assert (bill["amount"], bill["due_date"], bill["status"]) == (1100, "2026-02-19", "created")
    entry = post(admin, "accounting", case).json()
    assert (entry["total_debits"], entry["total_credits"], entry["balanced"]) == (1100, 1100, True)
    assert admin.get(f"/api/cases/{case.public_id}").json()["status"] == "integrated"
    assert admin.get("/api/trial-balance", as_of="2026-01-20").json()["total_debits"] == 1100
    assert admin.get("/api/reconciliation").json()["agrees"] is True


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_dry_run_tells_and_writes_nothing(admin: ApiCaller, case: Case, tenant: Tenant, system: str) -> None:
    answer = post(admin, system, case, "?dry_run=true")
    assert answer.status_code == 200
    assert answer.json()["status"] == "dry_run"
    assert set(written(tenant).values()) == {0}


def test_unknown_skus_are_all_named_and_nothing_is_written(admin: ApiCaller, case: Case, tenant: Tenant) -> None:
    with scope.tenant_scope(tenant.id):
        lines = [make_line(sku=sku) for sku in ("WIDGET-1", "NOPE-1", "NOPE-2")]
        other = make_approved_case(make_vendor(), *lines)
    answer = post(admin, "inventory", other)
    assert answer.status_code == 422
    told = answer.json()
    assert told["errors"] == ["SKU NOPE-1: Mapping not found", "SKU NOPE-2: Mapping not found"]
    assert (told["status"], told["items_created"], told["code"]) == ("failed", 0, "SKU_MAPPING_NOT_FOUND")
    assert set(written(tenant).values()) == {0}


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_case_that_is_not_approved_is_refused(admin: ApiCaller, tenant: Tenant, system: str) -> None:
    with scope.tenant_scope(tenant.id):
        draft = make_case()
    answer = post(admin, system, draft)
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "CASE_NOT_APPROVED")
    assert set(written(tenant).values()) == {0}


def test_a_plain_user_may_not_post(member: ApiCaller, case: Case, tenant: Tenant) -> None:
    assert post(member, "ap", case).status_code == 403
    assert set(written(tenant).values()) == {0}


def test_another_tenants_case_is_not_found(stranger: ApiCaller, case: Case, tenant: Tenant) -> None:
    answers = [post(stranger, system, case) for system in SYSTEMS]
    answers.append(stranger.post("/api/integrations/rollback", {"case_id": case.public_id, "systems": SYSTEMS}))
    for answer in answers:
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "CASE_NOT_FOUND")
    assert set(written(tenant).values()) == {0}


def test_a_rollback_restores_and_the_case_can_be_posted_again(admin: ApiCaller, case: Case, tenant: Tenant) -> None:
    assert admin.post(f"/api/cases/{case.public_id}/integrate").json()["status"] == "integrated"
    answer = admin.post("/api/integrations/rollback", {"case_id": case.public_id, "systems": SYSTEMS})
    assert answer.json() == {
        "case_id": case.public_id, "rollback_status": dict.fromkeys(SYSTEMS, "success"), "remaining_systems": [],
        "status": "rolled_back",
    }  # fmt: skip
    with scope.tenant_scope(tenant.id):
        item = InventoryItem.objects.get()
        assert (item.quantity, item.value, item.last_cost) == (0, 0, 0)
    assert all(line["balance"] == 0 for line in admin.get("/api/trial-balance").json()["accounts"])
    assert admin.get("/api/open-bills").json()["total"] == 0
    assert admin.post(f"/api/cases/{case.public_id}/integrate").status_code == 200


def test_a_paid_bill_is_not_rolled_back_before_its_payment(admin: ApiCaller, case: Case, tenant: Tenant) -> None:
    bill = post(admin, "ap", case).json()["bill_id"]
    assert admin.post(f"/api/bills/{bill}/pay").json()["status"] == "paid"
    before = written(tenant)
    refused = admin.post("/api/integrations/rollback", {"case_id": case.public_id, "systems": ["ap"]})
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "BILL_PAID")
    assert written(tenant) == before
    assert admin.post(f"/api/bills/{bill}/reverse-payment").json()["status"] == "open"
    assert admin.post("/api/integrations/rollback", {"case_id": case.public_id, "systems": ["ap"]}).status_code == 200


def test_used_stock_is_not_rolled_back_but_the_bill_is(admin: ApiCaller, case: Case, tenant: Tenant) -> None:
    admin.post(f"/api/cases/{case.public_id}/integrate")
    with scope.tenant_scope(tenant.id):
        item = InventoryItem.objects.get()
    used = admin.post(
        f"/api/inventory-items/{item.public_id}/adjust", {"quantity": -4, "reason": "Sold", "kind": "issue"}
    )
    assert (used.status_code, used.json()["value"]) == (201, -400)
    answer = admin.post("/api/integrations/rollback", {"case_id": case.public_id, "systems": ["inventory", "ap"]})
    assert (answer.status_code, answer.json()["status"]) == (207, "partial")
    assert answer.json()["rollback_status"]["ap"] == "success"
    assert answer.json()["rollback_status"]["inventory"].startswith("failed: ")
    movements = admin.get(f"/api/inventory-items/{item.public_id}/movements").json()["items"]
    assert [movement["kind"] for movement in movements] == ["issue", "purchase"]


def test_a_locked_period_refuses_both_ways(admin: ApiCaller, case: Case, tenant: Tenant) -> None:
    post(admin, "accounting", case)
    with scope.tenant_scope(tenant.id):
        set_settings(locked_until="2026-01-31")
    before = written(tenant)
    assert post(admin, "ap", case).json()["error"]["code"] == "PERIOD_LOCKED"
    refused = admin.post("/api/integrations/rollback", {"case_id": case.public_id, "systems": ["accounting"]})
    assert refused.json()["error"]["code"] == "PERIOD_LOCKED"
    assert written(tenant) == before


def test_unknown_parameters_and_systems_are_refused(admin: ApiCaller, case: Case, tenant: Tenant) -> None:
    assert post(admin, "ap", case, "?dryrun=true").status_code == 400
    assert post(admin, "ap", case, "?dry_run=perhaps").status_code == 400
    for systems in ([], ["stock"], ["ap", "ap"]):
        assert admin.post(f"/api/cases/{case.public_id}/integrate", {"systems": systems}).status_code == 400
        rollback = admin.post("/api/integrations/rollback", {"case_id": case.public_id, "systems": systems})
        assert rollback.status_code == 400
    assert admin.get("/api/trial-balance", as_of="2026-02-30").status_code == 400
    assert set(written(tenant).values()) == {0}


@pytest.mark.django_db(transaction=True)
def test_of_twenty_at_once_one_writes_the_bill(case: Case, tenant: Tenant) -> None:
    callers = [api_client(make_member(tenant, role="tenant_admin")) for _ in range(20)]

    def act(number: int) -> int:
        try:
            return int(post(callers[number], "ap", case).status_code)
        finally:
            connection.close()

    assert sorted(run_together(act, 20)) == [200, *[409] * 19]
    assert written(tenant) == {"Posting": 1, "Bill": 1, "JournalEntry": 0, "StockMovement": 0}
