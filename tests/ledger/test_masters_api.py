"""Vendors, accounts, mappings, rates, items and settings through the API; what a refusal leaves as it was."""

from typing import Any

import pytest

from integrations_site.audit.models import AuditEntry
from integrations_site.tenancy import scope
from integrations_site.tenancy.models import Tenant
from ledger.models import Account, AccountMapping, JournalEntry, LedgerSettings, Purpose, StockMovement, Vendor
from tests.api.clients import ApiCaller
from tests.factories import make_case, make_vendor, set_settings


def code_of(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def account(caller: ApiCaller, code: str) -> dict[str, Any]:
    [found] = caller.get("/api/accounts", code=code).json()["items"]
    return dict(found)


class TestOpeningBooks:
    def test_a_new_tenant_has_a_chart_mappings_and_settings(self, tenant: Tenant) -> None:
        with scope.tenant_scope(tenant.id):
            mapped = dict(AccountMapping.objects.filter(category="").values_list("purpose", "account__code"))
            assert set(mapped) == set(Purpose.values)
            assert Account.objects.get(code="6100").parent == Account.objects.get(code="6")
            assert LedgerSettings.objects.get().currency == "USD"
            assert AuditEntry.objects.filter(action="books.opened").count() == 1
            assert not AuditEntry.objects.filter(action__startswith="row.", subject__startswith="ledger_").exists()


class TestVendors:
    def test_made_read_changed_and_deactivated(self, admin: ApiCaller, tenant: Tenant) -> None:
        made = admin.post("/api/vendors", {"name": " Acme   Corp ", "tax_id": "de 123.456.789", "terms_days": 14})
        assert made.status_code == 201, made.content
        vendor = made.json()
        assert (vendor["name"], vendor["tax_id"], vendor["balance"], vendor["is_confirmed"]) == (
            "Acme Corp", "DE123456789", 0, True,
        )  # fmt: skip
        path = f"/api/vendors/{vendor['id']}"
        assert admin.get(path).json() == vendor
        changed = admin.patch(path, {"name": "Acme Ltd", "default_account_id": account(admin, "6100")["id"]}).json()
        assert (changed["name"], changed["default_account_id"]) == ("Acme Ltd", account(admin, "6100")["id"])
        assert admin.post(f"{path}/deactivate").json()["is_active"] is False
        assert admin.get("/api/vendors", is_active="false").json()["total"] == 1
        assert admin.post(f"{path}/activate").json()["is_active"] is True
        with scope.tenant_scope(tenant.id):
            told = AuditEntry.objects.filter(subject=vendor["id"]).order_by("at").values_list("action", flat=True)
            assert list(told) == ["vendor.created", "vendor.updated", "vendor.deactivated", "vendor.activated"]

    def test_its_default_account_is_active(self, admin: ApiCaller) -> None:
        closed = admin.post("/api/accounts", {"code": "9999", "name": "Closed", "type": "expense"}).json()["id"]
        admin.post(f"/api/accounts/{closed}/deactivate")
        body = {"name": "One", "default_account_id": closed}
        assert code_of(admin.post("/api/vendors", body)) == (422, "ACCOUNT_INACTIVE")
        assert admin.get("/api/vendors").json()["total"] == 0
        vendor = admin.post("/api/vendors", {"name": "One"}).json()
        path = f"/api/vendors/{vendor['id']}"
        assert code_of(admin.patch(path, {"default_account_id": closed})) == (422, "ACCOUNT_INACTIVE")
        assert admin.get(path).json() == vendor

    def test_a_code_is_given_once(self, admin: ApiCaller) -> None:
        first = admin.post("/api/vendors", {"name": "One", "code": "ACME"}).json()
        assert code_of(admin.post("/api/vendors", {"name": "Two", "code": "ACME"})) == (409, "VENDOR_CODE_TAKEN")
        second = admin.post("/api/vendors", {"name": "Two"}).json()
        assert second["code"].startswith("V-")
        assert code_of(admin.patch(f"/api/vendors/{second['id']}", {"code": "ACME"})) == (409, "VENDOR_CODE_TAKEN")
        assert admin.get(f"/api/vendors/{second['id']}").json() == second
        assert first["code"] == "ACME"

    @pytest.mark.parametrize(
        "body",
        [{}, {"name": ""}, {"name": "A", "balance": 5}, {"name": "A", "email": "no"}, {"name": "A", "terms_days": -1}],
    )
    def test_a_wrong_body_makes_nothing(self, admin: ApiCaller, tenant: Tenant, body: dict[str, Any]) -> None:
        assert code_of(admin.post("/api/vendors", body)) == (400, "VALIDATION_ERROR")
        with scope.tenant_scope(tenant.id):
            assert not Vendor.objects.exists()

    def test_only_admins_change_masters(self, admin: ApiCaller, member: ApiCaller, tenant: Tenant) -> None:
        vendor = admin.post("/api/vendors", {"name": "Acme"}).json()
        path = f"/api/vendors/{vendor['id']}"
        assert member.get(path).json() == vendor
        for answer in (
            member.post("/api/vendors", {"name": "Mine"}),
            member.patch(path, {"name": "Mine"}),
            member.post(f"{path}/deactivate"),
            member.post(f"{path}/confirm"),
            member.post("/api/sku-aliases", {"vendor_sku": "A", "internal_sku": "B"}),
            member.post("/api/inventory-items", {"sku": "A"}),
            member.patch("/api/settings", {"four_eyes": False}),
        ):
            assert code_of(answer) == (403, "PERMISSION_DENIED")
        assert admin.get("/api/vendors").json()["items"] == [vendor]


class TestAccounts:
    def test_made_and_changed(self, admin: ApiCaller) -> None:
        parent = account(admin, "6")["id"]
        made = admin.post("/api/accounts", {"code": "6700", "name": "Training", "type": "expense", "parent_id": parent})
        assert made.status_code == 201, made.content
        path = f"/api/accounts/{made.json()['id']}"
        assert admin.patch(path, {"name": "Schooling", "parent_id": None}).json()["parent_id"] is None
        assert code_of(admin.post("/api/accounts", {"code": "6700", "name": "X", "type": "asset"})) == (
            409, "ACCOUNT_CODE_TAKEN",
        )  # fmt: skip
        assert admin.post(f"{path}/deactivate").json()["is_active"] is False

    def test_no_account_stands_below_itself(self, admin: ApiCaller) -> None:
        top, below = account(admin, "6"), account(admin, "6100")
        for parent in (top["id"], below["id"]):
            assert code_of(admin.patch(f"/api/accounts/{top['id']}", {"parent_id": parent})) == (409, "ACCOUNT_CYCLE")
        assert account(admin, "6") == top

    def test_the_type_is_fixed_once_there_are_entries(self, admin: ApiCaller) -> None:
        bank, stock = account(admin, "1000"), account(admin, "1200")
        assert admin.patch(f"/api/accounts/{bank['id']}", {"type": "equity"}).json()["type"] == "equity"
        admin.post("/api/inventory-items", {"sku": "A", "quantity": 1, "unit_cost": 5})
        assert code_of(admin.patch(f"/api/accounts/{stock['id']}", {"type": "equity"})) == (409, "ACCOUNT_IN_USE")
        assert account(admin, "1200") == stock

    def test_what_a_mapping_points_at_stays_active(self, admin: ApiCaller) -> None:
        answer = admin.post(f"/api/accounts/{account(admin, '2000')['id']}/deactivate")
        assert code_of(answer) == (409, "ACCOUNT_IN_USE")
        assert answer.json()["error"]["details"]["used_by"] == ["account mappings"]
        assert account(admin, "2000")["is_active"] is True


class TestMappings:
    def test_made_pointed_elsewhere_and_removed(self, admin: ApiCaller) -> None:
        body = {"purpose": "expense", "category": "catering", "account_id": account(admin, "6000")["id"]}
        made = admin.post("/api/account-mappings", body)
        assert (made.status_code, made.json()["account_code"]) == (201, "6000")
        assert code_of(admin.post("/api/account-mappings", body)) == (409, "MAPPING_TAKEN")
        path = f"/api/account-mappings/{made.json()['id']}"
        assert admin.patch(path, {"account_id": account(admin, "6600")["id"]}).json()["account_code"] == "6600"
        assert admin.delete(path).status_code == 204
        assert admin.get("/api/account-mappings", category="catering").json()["total"] == 0

    def test_it_is_for_one_thing(self, admin: ApiCaller, tenant: Tenant) -> None:
        with scope.tenant_scope(tenant.id):
            vendor = make_vendor().public_id
        before = admin.get("/api/account-mappings").json()["total"]
        body = {"purpose": "expense", "account_id": account(admin, "6000")["id"]}
        both = admin.post("/api/account-mappings", body | {"category": "x", "vendor_id": vendor})
        assert code_of(both) == (400, "VALIDATION_ERROR")
        admin.post(f"/api/accounts/{account(admin, '6500')['id']}/activate")
        assert admin.get("/api/account-mappings").json()["total"] == before

    def test_another_tenants_things_are_not_there(self, admin: ApiCaller, stranger: ApiCaller, rival: Tenant) -> None:
        with scope.tenant_scope(rival.id):
            foreign = make_vendor().public_id
        theirs = account(stranger, "6000")["id"]
        mine = account(admin, "6000")["id"]
        answers = [
            admin.post("/api/account-mappings", {"purpose": "expense", "account_id": theirs}),
            admin.post("/api/account-mappings", {"purpose": "expense", "account_id": mine, "vendor_id": foreign}),
            admin.patch(f"/api/accounts/{theirs}", {"name": "Mine"}),
            admin.post("/api/vendors", {"name": "A", "default_account_id": theirs}),
            admin.post("/api/sku-aliases", {"vendor_sku": "A", "internal_sku": "B", "vendor_id": foreign}),
            admin.get(f"/api/vendors/{foreign}"),
            admin.post(f"/api/vendors/{foreign}/confirm"),
        ]
        assert {answer.status_code for answer in answers} == {404}
        assert account(stranger, "6000")["name"] == "General expenses"


class TestTaxRulesAndRates:
    def test_tax_rules(self, admin: ApiCaller) -> None:
        made = admin.post("/api/tax-rules", {"category": "S", "rate": 19, "is_recoverable": True})
        assert (made.status_code, made.json()["rate"]) == (201, 19)
        again = admin.post("/api/tax-rules", {"category": "S", "rate": 19.0, "is_recoverable": False})
        assert code_of(again) == (409, "TAX_RULE_TAKEN")
        assert admin.post("/api/tax-rules", {"is_recoverable": False}).status_code == 201
        path = f"/api/tax-rules/{made.json()['id']}"
        assert admin.patch(path, {"rate": None, "is_recoverable": False}).json()["rate"] is None
        assert code_of(admin.post("/api/tax-rules", {"rate": -1, "is_recoverable": True})) == (400, "VALIDATION_ERROR")
        assert admin.delete(path).status_code == 204

    def test_exchange_rates(self, admin: ApiCaller) -> None:
        made = admin.post("/api/exchange-rates", {"currency": "EUR", "date": "2026-01-01", "rate": 1.0825})
        assert (made.status_code, made.json()["rate"]) == (201, 1.0825)
        again = admin.post("/api/exchange-rates", {"currency": "EUR", "date": "2026-01-01", "rate": 2})
        assert code_of(again) == (409, "EXCHANGE_RATE_TAKEN")
        for body in ({"currency": "USD", "rate": 1}, {"currency": "EUR", "rate": 0}, {"currency": "XXX", "rate": 1}):
            assert admin.post("/api/exchange-rates", body | {"date": "2026-02-01"}).status_code == 400
        path = f"/api/exchange-rates/{made.json()['id']}"
        assert admin.patch(path, {"rate": 1.1}).json()["rate"] == 1.1
        assert admin.patch(path, {"currency": "GBP"}).status_code == 400
        assert admin.delete(path).status_code == 204


class TestItems:
    def test_an_item_opens_with_its_stock(self, admin: ApiCaller, tenant: Tenant) -> None:
        made = admin.post(
            "/api/inventory-items", {"sku": "A-1", "description": "Bolt", "quantity": 4, "unit_cost": 2.5}
        )
        assert made.status_code == 201, made.content
        assert {name: made.json()[name] for name in ("quantity", "unit_cost", "value")} == {
            "quantity": 4, "unit_cost": 2.5, "value": 10,
        }  # fmt: skip
        with scope.tenant_scope(tenant.id):
            assert StockMovement.objects.get().value == 10
            assert JournalEntry.objects.count() == 1
        assert code_of(admin.post("/api/inventory-items", {"sku": "A-1"})) == (409, "ITEM_TAKEN")
        path = f"/api/inventory-items/{made.json()['id']}"
        assert admin.patch(path, {"description": "Nut"}).json()["description"] == "Nut"
        assert code_of(admin.patch(path, {"quantity": 9})) == (400, "VALIDATION_ERROR")
        assert admin.get("/api/inventory-items", search="a-1").json()["items"][0]["quantity"] == 4

    def test_nothing_is_booked_for_an_empty_item(self, admin: ApiCaller, tenant: Tenant) -> None:
        made = admin.post("/api/inventory-items", {"sku": "A", "description": "", "quantity": 0, "unit_cost": 0})
        assert made.status_code == 201, made.content
        assert code_of(admin.post("/api/inventory-items", {"sku": "B", "quantity": -1})) == (400, "VALIDATION_ERROR")
        with scope.tenant_scope(tenant.id):
            assert not StockMovement.objects.exists()
            assert not JournalEntry.objects.exists()


class TestSettings:
    def test_auto_integrate_is_answered_as_sent(self, admin: ApiCaller) -> None:
        for body in (
            {"enabled": True, "systems": ["accounting", "inventory"], "on_failure": "rollback"},
            {"enabled": False, "systems": [], "on_failure": "review"},
        ):
            answer = admin.put("/api/settings/auto-integrate", {"auto_integrate": body})
            assert (answer.status_code, answer.json()) == (200, {"auto_integrate": body})
            assert admin.get("/api/settings/auto-integrate").json() == {"auto_integrate": body}

    @pytest.mark.parametrize(
        "change",
        [
            {"enabled": True, "systems": []},
            {"systems": ["ap", "ap"]},
            {"systems": ["crm"]},
            {"on_failure": "shrug"},
            {"extra": 1},
        ],
    )
    def test_auto_integrate_refuses(self, admin: ApiCaller, change: dict[str, Any]) -> None:
        before = admin.get("/api/settings/auto-integrate").json()
        body = {"enabled": True, "systems": ["ap"], "on_failure": "keep"} | change
        assert code_of(admin.put("/api/settings/auto-integrate", {"auto_integrate": body})) == (400, "VALIDATION_ERROR")
        assert admin.get("/api/settings/auto-integrate").json() == before

    def test_settings_are_read_changed_and_replaced(self, admin: ApiCaller) -> None:
        before = admin.get("/api/settings").json()
        assert (before["currency"], before["terms_days"], before["approval_limit"]) == ("USD", 30, None)
        changed = admin.patch("/api/settings", {"approval_limit": 500, "locked_until": "2025-12-31"}).json()
        assert changed == before | {"approval_limit": 500, "locked_until": "2025-12-31"}
        assert admin.put("/api/settings", before).json() == before
        assert code_of(admin.put("/api/settings", {"four_eyes": False})) == (400, "VALIDATION_ERROR")

    def test_an_approval_limit_has_the_decimals_of_the_currency(self, admin: ApiCaller) -> None:
        before = admin.patch("/api/settings", {"approval_limit": "1.50"}).json()
        too_precise = (400, "AMOUNT_TOO_PRECISE")
        assert code_of(admin.patch("/api/settings", {"approval_limit": "1.001"})) == too_precise
        assert code_of(admin.patch("/api/settings", {"currency": "JPY"})) == too_precise
        assert admin.get("/api/settings").json() == before
        changed = admin.patch("/api/settings", {"currency": "BHD", "approval_limit": "1.001"}).json()
        assert (changed["currency"], changed["approval_limit"]) == ("BHD", 1.001)

    def test_the_currency_is_fixed_once_something_is_booked(self, admin: ApiCaller) -> None:
        assert admin.patch("/api/settings", {"currency": "EUR"}).json()["currency"] == "EUR"
        admin.post("/api/inventory-items", {"sku": "A", "quantity": 1, "unit_cost": 5})
        assert code_of(admin.patch("/api/settings", {"currency": "USD"})) == (409, "CURRENCY_IN_USE")
        assert admin.get("/api/settings").json()["currency"] == "EUR"

    def test_the_currency_is_fixed_while_there_are_rates_into_it(self, admin: ApiCaller) -> None:
        rate = admin.post("/api/exchange-rates", {"currency": "EUR", "date": "2026-01-01", "rate": "1.1"}).json()
        assert code_of(admin.patch("/api/settings", {"currency": "GBP"})) == (409, "CURRENCY_IN_USE")
        assert admin.get("/api/settings").json()["currency"] == "USD"
        admin.delete(f"/api/exchange-rates/{rate['id']}")
        assert admin.patch("/api/settings", {"currency": "GBP"}).json()["currency"] == "GBP"

    def test_an_update_that_changes_nothing_is_no_event(self, tenant: Tenant) -> None:
        with scope.tenant_scope(tenant.id):
            set_settings(four_eyes=True)
            assert not AuditEntry.objects.filter(action="settings.updated").exists()
            make_case()


@pytest.mark.parametrize("path", ["inventory-items?in_stock", "vendors?is_confirmed", "accounts?is_active"])
def test_a_flag_is_true_or_false(admin: ApiCaller, path: str) -> None:
    assert admin.get(f"/api/{path}=true").status_code == 200
    assert admin.get(f"/api/{path}=maybe").status_code == 400
