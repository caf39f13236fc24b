"""Which tenant a page shows, and whose data nobody else sees."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from integrations_site.tenancy import scope
from integrations_site.tenancy.models import FailedTask, Membership, Tenant, User
from ledger.models import Case, CaseStatus
from ledger.services.postings import post_ap
from tests.factories import make_approved_case, make_super_admin
from tests.factories.ledger import CHIEF
from tests.web.forms import log_in, send_form

pytestmark = pytest.mark.django_db


@pytest.fixture
def guest(plain_user: User, rival: Tenant) -> User:
    """A member of both tenants."""
    with scope.tenant_scope(rival.id):
        Membership.objects.create(user=plain_user)
    return plain_user


def _shown(browser: Client) -> str:
    return browser.get("/").content.decode()


def test_a_person_with_two_places_switches_between_them(
    browser: Client, guest: User, tenant: Tenant, rival: Tenant
) -> None:
    log_in(browser, guest.email)
    assert tenant.name in _shown(browser)
    assert send_form(browser, "/tenants", tenant=rival.public_id)["Location"] == "/"
    assert rival.name in _shown(browser)
    assert f"waits in {tenant.name}" not in _shown(browser)


def test_a_person_cannot_switch_to_where_they_have_no_place(browser: Client, plain_user: User, rival: Tenant) -> None:
    log_in(browser, plain_user.email)
    for asked in (rival.public_id, "tenant-nope", "", "tenant-" + "0" * 32):
        assert send_form(browser, "/password/change", action="/tenants", tenant=asked).status_code == 404
    assert rival.name not in _shown(browser)
    assert rival.name not in browser.get("/tenants").content.decode()


def test_who_loses_a_place_no_longer_sees_it(browser: Client, guest: User, tenant: Tenant, rival: Tenant) -> None:
    log_in(browser, guest.email)
    send_form(browser, "/tenants", tenant=rival.public_id)
    with scope.tenant_scope(rival.id):
        Membership.objects.filter(user=guest).delete()
    assert rival.name not in _shown(browser)


def test_an_inactive_tenant_lets_nobody_in(browser: Client, plain_user: User, tenant: Tenant) -> None:
    log_in(browser, plain_user.email)
    with scope.all_tenants():
        Tenant.objects.filter(pk=tenant.pk).update(is_active=False)
    assert "You belong to no tenant yet" in _shown(browser)


def test_a_super_admin_may_look_into_any_tenant(browser: Client, tenant: Tenant, rival: Tenant) -> None:
    log_in(browser, make_super_admin().email)
    assert "You stand above all tenants" in _shown(browser)
    assert rival.name in browser.get("/tenants", {"q": rival.name[:5].upper()}).content.decode()
    send_form(browser, "/tenants", tenant=rival.public_id)
    assert f"waits in {rival.name}" in _shown(browser)


def test_the_api_takes_no_session(browser: Client, plain_user: User) -> None:
    log_in(browser, plain_user.email)
    assert browser.get("/api/cases").status_code == 401


def _needing_a_person(name: str) -> None:
    case = make_approved_case(invoice_number=name)
    review = {"code": "SKU_MAPPING_NOT_FOUND", "message": "No alias <b>X</b>", "next_step": "Add one"}
    Case.objects.filter(pk=case.pk).update(status=CaseStatus.NEEDS_REVIEW, review=review)


def test_the_dashboard_says_what_waits_in_this_tenant_only(
    browser: Client, plain_user: User, tenant: Tenant, rival: Tenant
) -> None:
    with scope.tenant_scope(tenant.id):
        _needing_a_person("OURS-1")
        post_ap(case_id=make_approved_case().id, actor=CHIEF)
        FailedTask.objects.create(name="ledger.tasks.integrate", error="E")
    with scope.tenant_scope(rival.id):
        _needing_a_person("THEIRS-1")
    log_in(browser, plain_user.email)
    page = _shown(browser)
    assert "OURS-1" in page
    assert "THEIRS-1" not in page
    assert "No alias &lt;b&gt;X&lt;/b&gt;" in page
    assert "1,000.00 USD" in page
    assert "past the due date" in page
    assert "1 background task gave up" in page


def test_the_dashboard_costs_the_same_however_much_waits(browser: Client, plain_user: User, tenant: Tenant) -> None:
    log_in(browser, plain_user.email)

    def statements() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert _shown(browser)
        return len(queries)

    with scope.tenant_scope(tenant.id):
        _needing_a_person("A")
    one = statements()
    with scope.tenant_scope(tenant.id):
        for number in range(5):
            _needing_a_person(f"B{number}")
    assert statements() == one <= 14
