"""The admin's pages: for super admins alone, quick however many rows there are, and without secrets."""

import re
import uuid
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from integrations_site.tenancy import scope
from integrations_site.tenancy.models import Tenant, User
from ledger.models import InventoryItem, Posting
from tests.factories import make_case, make_line, make_tenant
from tests.factories.things import one_of_each
from tests.web.admin_world import MODELS, SECRET, TOKEN, fill, list_path, row_path

pytestmark = pytest.mark.django_db


def test_every_table_of_the_hub_is_shown() -> None:
    shown = {model._meta.label for model in MODELS}
    assert shown >= {
        *("tenancy.Tenant", "tenancy.User", "tenancy.Membership", "tenancy.ApiClient", "tenancy.FailedTask"),
        *("audit.AuditEntry", "audit.AuditHead", "files.StoredFile"),
        *("ledger.Case", "ledger.Posting", "ledger.Bill", "ledger.BillPayment", "ledger.JournalEntry"),
        *("ledger.JournalLine", "ledger.StockMovement", "ledger.InventoryItem", "ledger.SkuAlias", "ledger.Vendor"),
        *("ledger.Account", "ledger.AccountMapping", "ledger.TaxRule", "ledger.ExchangeRate", "ledger.LedgerSettings"),
        *("catalog.Provider", "notifications.Event", "notifications.WebhookEndpoint", "notifications.Delivery"),
        *("oauth2_provider.AccessToken", "oauth2_provider.RefreshToken", "django_celery_beat.PeriodicTask"),
    }


def test_a_stranger_is_led_to_the_log_in() -> None:
    assert Client().get("/admin/", follow=True).redirect_chain[-1][0] == "/login?next=/admin/"
    assert Client().get("/admin")["Location"] == "/admin/"


@pytest.mark.parametrize("is_staff", [False, True])
def test_nobody_but_a_super_admin_enters(admin_user: User, is_staff: bool) -> None:
    User.objects.filter(pk=admin_user.pk).update(is_staff=is_staff)
    admin_user.user_permissions.set(Permission.objects.all())
    client = Client()
    client.force_login(admin_user)
    for path in ("/admin/", *map(list_path, MODELS)):
        answer = client.get(path, follow=True)
        assert answer.status_code == 403, path
        assert b"changelist" not in answer.content


def _pages(client: Client, model: Any) -> dict[str, int]:
    """How many statements the list and the page of a row cost; both must work and show something."""
    with scope.all_tenants():
        row = model._default_manager.order_by("pk").last()
    assert row, f"{model._meta.label} has no row to show"
    costs = {}
    for path in (list_path(model), f"{list_path(model)}?q=x", row_path(row)):
        with CaptureQueriesContext(connection) as queries:
            answer = client.get(path)
        assert answer.status_code == 200, path
        text = answer.content.decode()
        assert SECRET not in text
        assert TOKEN not in text
        costs[re.sub(r"[0-9a-f-]{36}|\d+", "…", path)] = len(queries)
    return costs


def test_every_page_opens_at_the_same_cost_for_one_tenant_and_for_four(root: Client, tenant: Tenant) -> None:
    fill(tenant)
    root.get("/admin/")
    once = {model: _pages(root, model) for model in MODELS}
    for _ in range(3):
        fill(make_tenant())
    for model in MODELS:
        for path, cost in _pages(root, model).items():
            assert cost <= once[model][path], path
            assert cost < 30, path


def test_a_row_is_found_by_its_public_id(root: Client, tenant: Tenant, rival: Tenant) -> None:
    page = root.get("/admin/tenancy/tenant/", {"q": tenant.public_id}).content.decode()
    assert tenant.name in page
    assert rival.name not in page


def test_the_first_page_leads_everywhere(root: Client) -> None:
    page = root.get("/admin/").content.decode()
    for model in MODELS:
        assert f'href="{list_path(model)}"' in page


def test_a_list_counts_no_further_than_it_must(root: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("integrations_site.audit.modeladmin._MOST_COUNTED", 3)
    for number in range(6):
        User.objects.create_user(f"many{number}@example.com")
    assert "4 users" in " ".join(root.get("/admin/tenancy/user/").content.decode().split())


def test_an_empty_list_says_what_fills_it_and_a_narrowed_one_how_to_see_all(root: Client, tenant: Tenant) -> None:
    page = root.get("/admin/ledger/bill/").content.decode()
    assert "There are no bills yet" in page
    assert "A bill is made when an approved case is posted to accounts payable." in page
    narrowed = root.get("/admin/ledger/bill/?q=x").content.decode()
    assert "Nothing matches" in narrowed
    assert "Show all" in narrowed


def test_figures_have_their_currency_and_no_zeros_that_say_nothing(root: Client, tenant: Tenant) -> None:
    with scope.tenant_scope(tenant.id):
        make_case(None, make_line("1234567.00", quantity="2"), currency="JPY")
        InventoryItem.objects.create(sku="BOLT", quantity=Decimal("2.500000"), value=Decimal("1234.5"))
    cases = root.get("/admin/ledger/case/").content.decode()
    assert re.search(r"field-total_figure[^>]*>1,234,567 JPY<", cases)
    items = root.get("/admin/ledger/inventoryitem/").content.decode()
    assert re.search(r"field-quantity_figure[^>]*>2\.5<", items)
    assert re.search(r"field-value_figure[^>]*>1,234\.50 USD<", items)


def test_a_row_tells_who_did_it_by_name(root: Client, tenant: Tenant, admin_user: User) -> None:
    with scope.tenant_scope(tenant.id):
        one_of_each()
        known, gone = Posting.objects.select_related("case").earliest("pk"), f"user-{uuid.uuid4().hex}"
        Posting.objects.filter(pk=known.pk).update(posted_by=admin_user.public_id, reversed_by=gone)
    for path in (row_path(known), row_path(known.case)):
        page = root.get(path).content.decode()
        assert admin_user.email in page
        assert admin_user.public_id not in page
        assert gone in page
