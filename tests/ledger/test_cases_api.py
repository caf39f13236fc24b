"""`/api/cases` as a caller sees it."""

import itertools
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from integrations_site.tenancy import scope
from integrations_site.tenancy.models import Tenant
from ledger.api.case_bodies import CaseSummarySerializer
from ledger.models import Case, System, Vendor
from ledger.services.integration import OnFailure
from ledger.services.review import integrate_on_demand
from notifications.models import Event
from tests.api.clients import ApiCaller
from tests.factories import make_approved_case, make_case, make_line, make_vendor, set_settings
from tests.factories.ledger import CHIEF

_numbers = itertools.count(1)
LINE = {"sku": "W-1", "description": "Widget", "quantity": 10, "unit_price": 100.0, "line_total": 1000.0}


@pytest.fixture
def vendor(tenant: Tenant) -> Vendor:
    with scope.tenant_scope(tenant.id):
        return make_vendor(name="Acme Corp")


@pytest.fixture
def body(vendor: Vendor) -> Callable[..., dict[str, Any]]:
    def make(**changes: Any) -> dict[str, Any]:
        whole = {
            "invoice_number": f"INV-{next(_numbers)}",
            "invoice_date": "2026-01-20",
            "vendor_id": vendor.public_id,
            "currency": "USD",
            "subtotal": 1000.0,
            "tax": 100.0,
            "total": 1100.0,
            "line_items": [LINE],
        }
        return {name: value for name, value in (whole | changes).items() if value is not ...}

    return make


def cases_of(tenant: Tenant) -> int:
    with scope.tenant_scope(tenant.id):
        return Case.objects.count()


def test_a_case_from_draft_to_approval(admin: ApiCaller, tenant: Tenant, vendor: Vendor, body: Any) -> None:
    with scope.tenant_scope(tenant.id):
        set_settings(four_eyes=False)
    made = admin.post("/api/cases", body(due_date="2026-02-20", order_reference="PO-7"))
    assert made.status_code == 201, made.content
    case = made.json()
    assert case["id"].startswith("case-")
    assert (case["status"], case["vendor_id"], case["vendor_name"]) == ("draft", vendor.public_id, "Acme Corp")
    assert (case["total"], case["payable"], case["due_date"], case["order_reference"]) == (
        1100,
        1100,
        "2026-02-20",
        "PO-7",
    )
    assert case["line_items"][0] == LINE | {
        "kind": "item", "unit_code": "", "tax_category": "", "tax_rate": None, "category": "", "internal_sku": "",
    }  # fmt: skip
    assert case["taxes"] == [{"category": "", "rate": None, "taxable": 1000, "amount": 100}]
    path = f"/api/cases/{case['id']}"
    assert admin.get(path).json() == case
    assert admin.post(f"{path}/submit").json()["status"] == "pending_approval"
    approved = admin.post(f"{path}/approve")
    assert approved.status_code == 200, approved.content
    assert approved.json()["approved_by"].startswith("user-")
    again = admin.post(f"{path}/approve")
    assert (again.status_code, again.json()["error"]["code"]) == (409, "INVALID_TRANSITION")
    told = admin.get(f"{path}/timeline").json()
    assert [entry["action"] for entry in told["items"]] == ["case.created", "case.submitted", "case.approved"]
    with scope.tenant_scope(tenant.id):
        assert Event.objects.filter(type="case.approved").count() == 1


@pytest.mark.parametrize(
    ("changes", "status", "code", "field"),
    [
        ({"total": 1100.01}, 422, "TOTALS_DISAGREE", None),
        ({"total": "1e400"}, 400, "VALIDATION_ERROR", "total"),
        ({"total": 1100.0001}, 400, "VALIDATION_ERROR", "total"),
        ({"subtotal": 1000.001, "total": 1100.001}, 400, "AMOUNT_TOO_PRECISE", "subtotal"),
        ({"total": True}, 400, "VALIDATION_ERROR", "total"),
        ({"total": None}, 400, "VALIDATION_ERROR", "total"),
        ({"total": ...}, 400, "VALIDATION_ERROR", "total"),
        ({"currency": "XYZ"}, 400, "VALIDATION_ERROR", "currency"),
        ({"invoice_date": "2026-02-30"}, 400, "VALIDATION_ERROR", "invoice_date"),
        ({"invoice_date": "20.01.2026"}, 400, "VALIDATION_ERROR", "invoice_date"),
        ({"invoice_number": "A\nB"}, 400, "VALIDATION_ERROR", "invoice_number"),
        ({"invoice_number": "A\x00B"}, 400, "MALFORMED_REQUEST", None),
        ({"invoice_number": ""}, 400, "VALIDATION_ERROR", "invoice_number"),
        ({"invoice_number": 5}, 400, "VALIDATION_ERROR", "invoice_number"),
        ({"surprise": 1}, 400, "VALIDATION_ERROR", "surprise"),
        ({"status": "approved"}, 400, "VALIDATION_ERROR", "status"),
        ({"line_items": []}, 400, "VALIDATION_ERROR", "line_items"),
        ({"line_items": [LINE | {"quantity": "NaN"}]}, 400, "VALIDATION_ERROR", "line_items[0].quantity"),
        ({"line_items": [LINE | {"price": 1}]}, 400, "VALIDATION_ERROR", "line_items[0].price"),
        ({"line_items": [LINE | {"internal_sku": "X"}]}, 400, "VALIDATION_ERROR", "line_items[0].internal_sku"),
        ({"line_items": [LINE] * 5001}, 400, "TOO_MANY_LINES", "line_items"),
        ({"line_items": [LINE] * 100_000}, 400, "TOO_MANY_LINES", "line_items"),
        ({"vendor_id": "vendor-0"}, 404, "VENDOR_NOT_FOUND", None),
        ({"vendor_id": "vendor-" + "0" * 32}, 404, "VENDOR_NOT_FOUND", None),
    ],
)
def test_bad_input_is_refused_by_code_and_field(
    admin: ApiCaller, tenant: Tenant, body: Any, changes: dict[str, Any], status: int, code: str, field: str | None
) -> None:
    answer = admin.post("/api/cases", body(**changes))
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (status, code), error
    assert error["requestId"]
    if field:
        assert list(error["details"]["fields"]) == [field]
    assert cases_of(tenant) == 0


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e400", "01", "+1"])
def test_what_is_no_json_number_is_refused(admin: ApiCaller, tenant: Tenant, body: Any, number: str) -> None:
    text = json.dumps(body(total="@")).replace('"@"', number)
    answer = admin.post("/api/cases", text)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "MALFORMED_REQUEST")
    assert cases_of(tenant) == 0


def test_the_difference_is_said(admin: ApiCaller, body: Any) -> None:
    error = admin.post("/api/cases", body(total=1100.01)).json()["error"]
    assert error["details"] == {"amounts": {"total": {"expected": 1100, "found": 1100.01, "difference": 0.01}}}
    assert "0.01 too high" in error["message"]


@pytest.mark.parametrize("number", ["\u200f\u0641\u0627\u062a-7", "🧾-1", "№ 5/ÄÖÜ", "a'; DROP TABLE--"])
def test_every_script_and_emoji_is_kept(admin: ApiCaller, body: Any, number: str) -> None:
    made = admin.post("/api/cases", body(invoice_number=number))
    assert (made.status_code, made.json()["invoice_number"]) == (201, number)
    found = admin.get("/api/cases", invoice_number=number).json()["items"]
    assert [item["id"] for item in found] == [made.json()["id"]]


def test_a_draft_is_edited_and_deleted(admin: ApiCaller, tenant: Tenant, body: Any) -> None:
    path = f"/api/cases/{admin.post('/api/cases', body()).json()['id']}"
    refused = admin.patch(path, {"total": 5})
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "TOTALS_DISAGREE")
    partial = admin.patch(path, {"line_items": [{"quantity": 1}]})
    assert "line_items[0].unit_price" in partial.json()["error"]["details"]["fields"]
    edited = admin.patch(path, {"tax": 50, "total": 1050, "kind": "credit_note"})
    assert edited.status_code == 200, edited.content
    assert (edited.json()["total"], edited.json()["payable"], edited.json()["kind"]) == (1050, 1050, "credit_note")
    assert edited.json()["taxes"][0]["amount"] == 50
    assert admin.delete(path).status_code == 204
    assert (admin.get(path).status_code, cases_of(tenant)) == (404, 0)


def test_a_rejection_needs_a_reason(admin: ApiCaller, body: Any) -> None:
    path = f"/api/cases/{admin.post('/api/cases', body()).json()['id']}"
    admin.post(f"{path}/submit")
    assert admin.post(f"{path}/reject").json()["error"]["details"]["fields"] == {"reason": ["This field is required."]}
    rejected = admin.post(f"{path}/reject", {"reason": "Wrong price"}).json()
    assert (rejected["status"], rejected["rejection_reason"]) == ("rejected", "Wrong price")
    assert admin.get(f"{path}/timeline").json()["items"][-1]["reason"] == "Wrong price"
    assert admin.post(f"{path}/reopen").json()["status"] == "draft"


def test_a_member_submits_and_an_admin_approves(admin: ApiCaller, member: ApiCaller, body: Any) -> None:
    path = f"/api/cases/{member.post('/api/cases', body()).json()['id']}"
    assert member.post(f"{path}/submit").status_code == 200
    refused = member.post(f"{path}/approve")
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "FOUR_EYES")
    assert admin.get(path).json()["status"] == "pending_approval"
    assert admin.post(f"{path}/approve").status_code == 200


def test_nothing_of_a_case_is_there_for_another_tenant(
    admin: ApiCaller, stranger: ApiCaller, tenant: Tenant, body: Any
) -> None:
    path = f"/api/cases/{admin.post('/api/cases', body()).json()['id']}"
    before = admin.get(path).json()
    assert stranger.get(path).status_code == 404
    assert stranger.get(f"{path}/timeline").status_code == 404
    assert stranger.patch(path, {"order_reference": "X"}).status_code == 404
    assert stranger.delete(path).status_code == 404
    for action in ("submit", "approve", "reopen"):
        assert stranger.post(f"{path}/{action}").status_code == 404
    assert stranger.post(f"{path}/reject", {"reason": "X"}).status_code == 404
    assert stranger.post("/api/cases", body()).json()["error"]["code"] == "VENDOR_NOT_FOUND"
    assert stranger.get("/api/cases").json()["total"] == 0
    assert admin.get(path).json() == before


@pytest.fixture
def many(tenant: Tenant, vendor: Vendor) -> list[Case]:
    with scope.tenant_scope(tenant.id):
        made = [make_case(vendor, make_line(f"{100 * n}.00", quantity="1")) for n in (3, 1, 2)]
        return [*made, make_approved_case(None, make_line("50.00", quantity="1"), currency="EUR")]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, [3, 2, 1, 0]),
        ({"status": "draft"}, [2, 1, 0]),
        ({"status": "rejected"}, []),
        ({"currency": "EUR"}, [3]),
        ({"search": "acme"}, [2, 1, 0]),
        ({"sortBy": "total"}, [3, 1, 2, 0]),
        ({"sortBy": "total", "sortOrder": "desc"}, [0, 2, 1, 3]),
        ({"sortBy": "createdAt"}, [0, 1, 2, 3]),
        ({"invoice_date_from": "2026-01-21"}, []),
        ({"invoice_date_to": "2026-01-20", "status": "draft"}, [2, 1, 0]),
        ({"vendor_id": f"vendor-{'0' * 32}"}, []),
    ],
)
def test_the_list_is_filtered_sorted_and_counted(
    admin: ApiCaller, many: list[Case], query: dict[str, Any], expected: list[int]
) -> None:
    found = admin.get("/api/cases", **query).json()
    assert [item["id"] for item in found["items"]] == [many[index].public_id for index in expected]
    assert found["total"] == len(expected)
    assert not found["hasMore"]


def test_a_row_of_the_list_is_a_summary_of_the_case(admin: ApiCaller, many: list[Case]) -> None:
    for item in admin.get("/api/cases").json()["items"]:
        whole = admin.get(f"/api/cases/{item['id']}").json()
        assert item == {name: whole[name] for name in CaseSummarySerializer.Meta.fields}


def test_pages_of_the_list(admin: ApiCaller, many: list[Case]) -> None:
    first = admin.get("/api/cases", limit=3).json()
    assert (len(first["items"]), first["total"], first["hasMore"], first["nextOffset"]) == (3, 4, True, 3)
    last = admin.get("/api/cases", limit=3, offset=3).json()
    assert (len(last["items"]), last["hasMore"], last["nextOffset"]) == (1, False, None)
    assert admin.get("/api/cases", state="draft").status_code == 400
    assert admin.get("/api/cases", status="nonsense").status_code == 400


def test_statements_do_not_depend_on_rows(admin: ApiCaller, tenant: Tenant, vendor: Vendor) -> None:
    counts = []
    for more in (1, 30):
        with scope.tenant_scope(tenant.id):
            for _ in range(more):
                case = make_case(vendor, *[make_line("1.00", quantity="1")] * more)
        admin.get("/api/cases")
        cache.clear()
        with CaptureQueriesContext(connection) as listed:
            assert len(admin.get("/api/cases").json()["items"]) >= more
        with CaptureQueriesContext(connection) as read:
            admin.get(f"/api/cases/{case.public_id}")
        counts.append((len(listed), len(read)))
    assert counts[0] == counts[1]


def test_a_case_that_needs_a_person_says_why(admin: ApiCaller, tenant: Tenant) -> None:
    with scope.tenant_scope(tenant.id):
        case = make_approved_case(make_vendor(), make_line(sku="NOPE"))
        integrate_on_demand(case_id=case.id, systems=list(System), actor=CHIEF, on_failure=OnFailure.REVIEW)
    answer = admin.get(f"/api/cases/{case.public_id}")
    assert answer.status_code == 200
    review = answer.json()["review"]
    assert (review["system"], review["code"]) == ("inventory", "SKU_MAPPING_NOT_FOUND")
    assert review["message"] == "SKU NOPE: Mapping not found"
    assert "/api/sku-aliases" in review["next_step"]
    assert review["since"]
