"""A super admin with a browser."""

import pytest
from playwright.sync_api import Page, expect

from integrations_site.tenancy.models import Tenant, User
from tests.browser.test_sessions import log_in
from tests.factories import make_super_admin
from tests.web.admin_world import MODELS, fill, list_path

pytestmark = pytest.mark.django_db(transaction=True)


def test_every_list_of_the_admin_opens_without_an_error(page: Page, tenant: Tenant) -> None:
    fill(tenant)
    log_in(page, make_super_admin().email)
    page.goto("/admin/")
    expect(page.get_by_text("Active tenants")).to_be_visible()
    for model in MODELS:
        answer = page.goto(list_path(model))
        assert answer
        assert answer.status == 200, model
        expect(page.locator("#result_list tbody tr").first).to_be_attached()


def test_a_member_is_turned_away(page: Page, admin_user: User) -> None:
    log_in(page, admin_user.email)
    answer = page.goto("/admin/")
    assert answer
    assert answer.status == 403
    expect(page.get_by_role("heading", name="You may not do this")).to_be_visible()


def test_a_person_is_added_to_a_tenant(page: Page, tenant: Tenant) -> None:
    User.objects.create_user("newcomer@example.com")
    log_in(page, make_super_admin().email)
    page.goto(f"/admin/tenancy/tenant/{tenant.pk}/change/#memberships")
    page.get_by_role("link", name="Memberships").last.click()
    page.get_by_text("Add another Membership").click()
    page.locator(".select2-selection").first.click()
    page.locator(".select2-search__field").fill("newcomer")
    page.locator(".select2-results__option", has_text="newcomer@example.com").click()
    page.get_by_role("button", name="Save", exact=True).click()
    page.goto("/admin/tenancy/membership/")
    expect(page.get_by_text("newcomer@example.com")).to_be_visible()
