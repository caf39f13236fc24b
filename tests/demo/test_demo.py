"""The demo: its world is laid once however often it is loaded; its file and its report tell what there is to know."""

import io
import json
import re
import stat
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection
from pytest_django import Settings

from integrations_site.demo import file
from integrations_site.demo.job import Outcome, Worked
from integrations_site.demo.linking import Linked, Links
from integrations_site.demo.report import tell
from integrations_site.demo.world import load_world
from integrations_site.tenancy import scope, tokens
from integrations_site.tenancy.models import Role, User

URLS = {"base_url": "http://127.0.0.1:8000", "sandbox_url": "http://127.0.0.1:8001"}
LINKS = Links(
    linked=[Linked("Stripe", "Northwind Trading", "completed", {"payments": 60, "customers": 58})],
    query="Ann",
    hits=[{"title": "Ann Lee", "entity": "customers", "integrationName": "Stripe"}],
    total=7,
)
PERSON = {"user_id", "username", "password", "token"}


@pytest.fixture(autouse=True)
def own_keys(settings: Settings, tmp_path: Path) -> None:
    """Signing keys of the test's own, and the address that the demo's tokens name."""
    settings.SIGNING_KEYS_DIR = tmp_path / "keys"
    settings.HUB_BASE_URL = URLS["base_url"]


@pytest.fixture
def description(db: None) -> dict[str, Any]:
    """The world as the file tells it."""
    return file.describe(load_world(), **URLS)


def _rows() -> dict[str, int]:
    """How many rows each table has."""
    tables = sorted({model._meta.db_table for model in apps.get_models(include_auto_created=True)})
    counts = {}
    with scope.all_tenants(), connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f'SELECT count(*) FROM "{table}"')
            counts[table] = cursor.fetchone()[0]
    return counts


@pytest.mark.django_db
def test_the_world_is_laid_once() -> None:
    before = _rows()
    first = load_world()
    laid = _rows()
    second = load_world()
    assert _rows() == laid
    assert (second.super_admin, second.tenants) == (first.super_admin, first.tenants)
    added = {table: laid[table] - before[table] for table in laid if laid[table] != before[table]}
    assert added["tenancy_tenant"] == added["ledger_ledgersettings"] == 2
    assert added["tenancy_user"] == 5
    assert added["ledger_vendor"] > 2


def test_the_file_has_the_form_that_programs_expect(description: dict[str, Any]) -> None:
    assert set(description) == {"base_url", "sandbox_url", "super_admin", "tenants"}
    assert (description["base_url"], description["sandbox_url"]) == tuple(URLS.values())
    assert set(description["super_admin"]) == PERSON
    assert len({tenant["id"] for tenant in description["tenants"]}) == 2
    for tenant in description["tenants"]:
        assert set(tenant) == {"id", "name", "tenant_admin", "user", "vendors"}
        assert re.fullmatch(r"tenant-[0-9a-f]{32}", tenant["id"])
        assert set(tenant["tenant_admin"]) == set(tenant["user"]) == PERSON
        assert tenant["vendors"]
        for vendor in tenant["vendors"]:
            assert set(vendor) == {"id", "name"}
            assert re.fullmatch(r"vendor-[0-9a-f]{32}", vendor["id"])


def test_its_tokens_and_passwords_are_good(description: dict[str, Any]) -> None:
    people = [(description["super_admin"], Role.SUPER_ADMIN, None)]
    for tenant in description["tenants"]:
        people += [(tenant["tenant_admin"], Role.TENANT_ADMIN, tenant["id"]), (tenant["user"], Role.USER, tenant["id"])]
    for told, role, tenant_id in people:
        caller = tokens.authenticate(told["token"])
        assert (caller.id, caller.label, caller.role) == (told["user_id"], told["username"], role)
        assert (f"tenant-{caller.tenant_id.hex}" if caller.tenant_id else None) == tenant_id
        assert User.objects.get(email=told["username"]).check_password(told["password"])


def test_only_its_owner_reads_the_file(description: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "new" / "demo.json"
    for _ in range(2):
        file.write(description, path)
        assert json.loads(path.read_text()) == description
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert list(path.parent.iterdir()) == [path]


@pytest.mark.django_db
def test_it_refuses_where_it_is_not_allowed(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    settings.DEMO_ALLOWED = False
    path = tmp_path / "demo.json"
    monkeypatch.setattr(file, "PATH", path)
    before = _rows()
    for options in ([], ["--serve"], ["--once"]):
        with pytest.raises(CommandError, match="known passwords"):
            call_command("demo", *options, stdout=io.StringIO())
    assert _rows() == before
    assert not path.exists()


def _worked(number: str, **changes: Any) -> Worked:
    case = {"invoice_number": number, "kind": "invoice", "vendor_name": "Acme", "total": 1234.5, "currency": "EUR"}
    done: dict[str, Any] = {
        "inventory": {"items_created": 2, "items_updated": 1},
        "bill": {"amount": 1234.5, "due_date": "2026-10-14"},
        "entry": {"total_debits": 1333.26, "total_credits": 1333.26},
    }
    return Worked(**{"case": case | changes.pop("case", {}), **done, **changes})


def _outcome(*worked: Worked, agrees: bool = True) -> Outcome:
    account = {"code": "1200", "name": "Inventory", "debit": 1333.26, "credit": 0}
    return Outcome(
        worked=list(worked),
        export={"export_url": "http://127.0.0.1:8000/files/token/export.json"},
        trial_balance={
            "currency": "USD", "accounts": [account], "total_debits": 1333.26, "total_credits": 1333.26,
        },
        reconciliation={"agrees": agrees},
    )  # fmt: skip


def _told(outcome: Outcome) -> str:
    who = {"username": "admin@trading.example", "password": "try-the-hub"}
    return tell(outcome, LINKS, URLS | {"super_admin": who, "tenants": [{"tenant_admin": who, "user": who}]})


def test_the_report_has_a_row_for_each_case() -> None:
    yen = {"invoice_number": "J-1", "kind": "credit_note", "total": 484478, "currency": "JPY"}
    earlier: dict[str, Any] = {"inventory": {}, "bill": {}, "entry": {}}
    told = _told(_outcome(_worked("A-1", rolled_back=True), _worked("J-1", case=yen, **earlier)))
    rows = [re.split(r" {2,}", line.strip()) for line in told.splitlines()]
    assert ["Case", "Vendor", "Total", "Items in stock", "Bill", "Journal entry", "Rolled back?"] in rows
    posted = ["2 new, 1 updated", "1,234.50 due 2026-10-14", "1,333.26 = 1,333.26"]
    assert ["A-1 (invoice)", "Acme", "1,234.50 EUR", *posted, "yes"] in rows
    assert ["J-1 (credit note)", "Acme", "484,478 JPY", *(["posted earlier"] * 3), "no"] in rows
    assert ["1200 Inventory", "1,333.26", "0.00"] in rows
    assert ["Sum", "1,333.26", "1,333.26"] in rows


def test_the_report_says_why_a_system_has_no_figures() -> None:
    refused = {"status": "failed", "code": "SKU_MAPPING_NOT_FOUND", "message": "SKU A: Mapping not found"}
    results = {"inventory": refused, "bill": {"status": "not_posted"}, "entry": {"status": "already_posted"}}
    told = _told(_outcome(_worked("A-1", **results)))
    assert re.search(r"refused: SKU_MAPPING_NOT_FOUND +not posted +posted earlier +no\n", told)


@pytest.mark.parametrize(("agrees", "words"), [(True, "valuation, agree."), (False, "valuation, DO NOT AGREE.")])
def test_the_report_says_whether_the_books_agree(agrees: bool, words: str) -> None:
    told = _told(_outcome(_worked("A-1"), agrees=agrees))
    assert f"Debits less credits: 0.00; payables, open bills and vendor balances, and stock and its {words}" in told


def test_the_report_says_what_is_connected_and_found() -> None:
    told = _told(_outcome(_worked("A-1")))
    rows = [re.split(r" {2,}", line.strip()) for line in told.splitlines()]
    assert ["Stripe", "Northwind Trading", "completed", "60 payments, 58 customers"] in rows
    assert "A search for Ann: 7 found" in told
    assert ["Ann Lee", "customers", "Stripe"] in rows


def test_the_report_says_where_to_log_in() -> None:
    told = _told(_outcome(_worked("A-1")))
    for word in (
        f"{URLS['base_url']}/",
        "/api/docs",
        "admin@trading.example",
        "try-the-hub",
        "/files/token/export.json",
    ):
        assert word in told
