"""What a refusal says to somebody who has never seen the hub: what was wrong, and what would have been right."""

from typing import Any

import pytest

from integrations_site.tenancy import scope
from integrations_site.tenancy.models import Tenant
from tests.api.clients import ApiCaller
from tests.ledger.ledger_state import rows


def told(answer: Any, field: str) -> str:
    """What a refusal says of one field."""
    assert answer.status_code == 400, answer.content
    [text] = answer.json()["error"]["details"]["fields"][field]
    return str(text)


@pytest.mark.parametrize(
    ("path", "name", "value", "says"),
    [
        ("cases", "status", "open", '"open" is none of draft, pending_approval, '),
        ("cases", "vendor_id", "7", "An id of the form vendor- and 32 hexadecimal digits"),
        ("cases", "currency", "usd", "three capital letters, such as EUR"),
        ("cases", "invoice_date_from", "2026-02-30", "There is no day 2026-02-30"),
        ("cases", "due_date_to", "31/12/2026", "YYYY-MM-DD"),
        ("cases", "created_from", "2026-02-30T00:00:00Z", "There is no day 2026-02-30"),
        ("cases", "created_to", "2026-01-01T00:00:00 02:00", "%2B"),
        ("cases/export", "limit", "3", "There is no such parameter"),
        ("bills", "due_before", "2026-13-01", "There is no day 2026-13-01"),
        ("bills", "case_id", "vendor-0", "case-"),
        ("journal-entries", "kind", "x", '"x" is none of case, '),
        ("accounts", "is_active", "yes", '"yes" is none of true, false.'),
        ("account-mappings", "item_id", "x", "item-"),
        ("exchange-rates", "currency", "XYZ", "ISO 4217"),
        ("sku-aliases", "vendor_id", "x", "vendor-"),
        ("sku-aliases/resolve", "sku", "x", "there are vendor_id, vendor_sku"),
        ("sku-aliases/export", "vendor_id", "x", "There is no such parameter"),
        ("trial-balance", "as_of", "2026-06-31", "There is no day 2026-06-31"),
        ("open-bills", "asof", "2026-06-30", "there are as_of, limit, offset"),
        ("settings", "x", "1", "there are none"),
        ("audit-log", "subject", "seven", "such as case-"),
        ("audit-log", "action", "approved", "such as case.approved"),
    ],
)
def test_a_filter_that_cannot_be_read_is_refused_and_says_what_can(
    admin: ApiCaller, path: str, name: str, value: str, says: str
) -> None:
    assert says in told(admin.get(f"/api/{path}", {name: value}), name)


def test_a_filter_that_is_given_twice_is_refused(admin: ApiCaller) -> None:
    assert told(admin.get("/api/cases?status=draft&status=approved"), "status") == "Give it once."


def test_a_choice_in_a_body_lists_what_there_is(admin: ApiCaller) -> None:
    account = {"code": "9000", "name": "New", "type": "money"}
    assert told(admin.post("/api/accounts", account), "type").startswith('"money" is none of asset, liability, ')
    systems = {"auto_integrate": {"enabled": True, "systems": ["crm"], "on_failure": "keep"}}
    answer = admin.put("/api/settings/auto-integrate", systems)
    assert told(answer, "auto_integrate.systems[0]") == '"crm" is none of inventory, ap, accounting.'


def test_a_long_value_is_not_sent_back_whole(admin: ApiCaller) -> None:
    text = told(admin.post("/api/accounts", {"code": "9000", "name": "New", "type": "x" * 100_000}), "type")
    assert len(text) < 200


def test_a_mapping_that_is_there_already_is_named(admin: ApiCaller) -> None:
    [mapping] = admin.get("/api/account-mappings", purpose="expense", category="office").json()["items"]
    body = {"purpose": "expense", "category": "office", "account_id": mapping["account_id"]}
    error = admin.post("/api/account-mappings", body).json()["error"]
    assert error["code"] == "MAPPING_TAKEN"
    assert error["message"].startswith(f"expense of category office is mapped to account {mapping['account_code']}")
    assert error["details"]["existing"] == {
        "id": mapping["id"], "purpose": "expense", "account": mapping["account_code"], "item": None, "vendor": None,
        "category": "office",
    }  # fmt: skip


def test_a_tax_rule_that_is_there_already_is_named(admin: ApiCaller) -> None:
    rule = admin.post("/api/tax-rules", {"is_recoverable": True, "category": "S", "rate": 19}).json()
    other = admin.post("/api/tax-rules", {"is_recoverable": True, "category": "S"}).json()
    for answer in (
        admin.post("/api/tax-rules", {"is_recoverable": False, "category": "S", "rate": 19}),
        admin.patch(f"/api/tax-rules/{other['id']}", {"rate": 19}),
    ):
        error = answer.json()["error"]
        assert (error["code"], error["details"]["existing"]["id"]) == ("TAX_RULE_TAKEN", rule["id"])


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"quantity": 0}, "The quantity is 0, which changes nothing"),
        ({"quantity": 2, "kind": "issue"}, "An issue takes stock out, so its quantity is negative: -2, not 2"),
    ],
)
def test_a_change_of_stock_in_the_wrong_direction(
    admin: ApiCaller, tenant: Tenant, body: dict[str, Any], says: str
) -> None:
    item = admin.post("/api/inventory-items", {"sku": "BOLT", "quantity": 5, "unit_cost": 1}).json()
    with scope.tenant_scope(tenant.id):
        before = rows()
        answer = admin.post(f"/api/inventory-items/{item['id']}/adjust", {"reason": "Count", **body})
        assert (answer.status_code, answer.json()["error"]["message"]) == (400, says)
        assert rows() == before


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("/api/cases/import", "curl -F file=@invoice.xml"),
        ("/api/sku-aliases/import", "vendor_sku, internal_sku and vendor_code"),
    ],
)
def test_an_upload_without_a_file_says_how_one_is_sent(admin: ApiCaller, path: str, says: str) -> None:
    error = admin.post(path, b"", content_type="multipart/form-data; boundary=x").json()["error"]
    assert error["code"] == "MALFORMED_REQUEST"
    assert says in error["message"]


def test_a_body_of_another_kind_says_what_the_path_reads(admin: ApiCaller) -> None:
    error = admin.post("/api/cases/import", {}).json()["error"]
    assert error["code"] == "UNSUPPORTED_MEDIA_TYPE"
    assert error["message"].endswith("this path reads multipart/form-data, application/xml, text/xml")
