"""What super admins change by hand: announced in the audit trail with their name, and refused where it must be."""

import re
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.hashers import check_password
from django.test import Client
from oauth2_provider.models import AccessToken

from integrations_site.audit.models import AuditEntry
from integrations_site.tenancy import scope
from integrations_site.tenancy.models import ApiClient, Membership, Role, Tenant, User
from integrations_site.tenancy.tokens import issue
from ledger.models import Account, LedgerSettings, Vendor
from tests.factories import make_vendor
from tests.web.admin_world import fill, list_path

pytestmark = pytest.mark.django_db


@pytest.fixture
def since() -> int:
    """How many entries the audit trail has before the test's own."""
    with scope.all_tenants():
        return AuditEntry.objects.count()


def _told(since: int) -> list[tuple[str, str]]:
    """What was recorded in the meantime: actions and who did them, log-ins of the test aside."""
    with scope.all_tenants():
        entries = list(AuditEntry.objects.order_by("at", "id"))[since:]
        return [(entry.action, entry.actor_label) for entry in entries if "log" not in entry.action]


def _root() -> str:
    return User.objects.get(is_superuser=True).email


def test_a_new_tenant_gets_its_books(root: Client) -> None:
    answer = root.post("/admin/tenancy/tenant/add/", {"name": "Cedar", "plan": "premium", "is_active": "on"})
    assert answer.status_code == 302, answer.context["errors"]
    with scope.all_tenants():
        cedar = Tenant.objects.get(name="Cedar", plan="premium")
        first = AuditEntry.objects.get(action="tenant.created")
    with scope.tenant_scope(cedar.id):
        assert LedgerSettings.objects.count() == 1
        assert Account.objects.exists()
    assert first.actor_label == _root()


def test_people_join_change_and_leave_on_the_page_of_their_tenant(
    root: Client, tenant: Tenant, plain_user: User, since: int
) -> None:
    path = f"/admin/tenancy/tenant/{tenant.pk}/change/"
    newcomer = User.objects.create_user("new@example.com")
    with scope.all_tenants():
        present = Membership.objects.get(user=plain_user)
        since = AuditEntry.objects.count()
    form = {
        "name": tenant.name,
        "plan": "standard",
        "is_active": "on",
        "memberships-TOTAL_FORMS": "2",
        "memberships-INITIAL_FORMS": "1",
        "memberships-0-id": str(present.pk),
        "memberships-0-tenant": str(tenant.pk),
        "memberships-0-user": str(plain_user.pk),
        "memberships-0-role": Role.TENANT_ADMIN,
        "memberships-1-tenant": str(tenant.pk),
        "memberships-1-user": str(newcomer.pk),
        "memberships-1-role": Role.USER,
    }
    answer = root.post(path, form)
    assert answer.status_code == 302, answer.context["errors"]
    with scope.all_tenants():
        assert dict(Membership.objects.filter(tenant=tenant).values_list("user__email", "role")) == {
            plain_user.email: Role.TENANT_ADMIN,
            "new@example.com": Role.USER,
        }
    assert _told(since) == [("membership.changed", _root()), ("membership.created", _root())]
    form |= {"memberships-TOTAL_FORMS": "1", "memberships-0-DELETE": "on"}
    assert root.post(path, form).status_code == 302
    assert _told(since)[2:] == [("membership.deleted", _root())]


def test_the_same_person_cannot_join_twice(root: Client, tenant: Tenant, plain_user: User) -> None:
    form = {
        "name": tenant.name,
        "plan": "standard",
        "is_active": "on",
        "memberships-TOTAL_FORMS": "1",
        "memberships-INITIAL_FORMS": "0",
        "memberships-0-user": str(plain_user.pk),
        "memberships-0-role": Role.USER,
    }
    assert root.post(f"/admin/tenancy/tenant/{tenant.pk}/change/", form).status_code == 200
    with scope.all_tenants():
        assert Membership.objects.filter(tenant=tenant).count() == 1


def test_a_new_person_logs_in_with_the_password_given(root: Client, since: int) -> None:
    words = "nine loud kettles boil"
    form = {"email": "New.Person@Example.com", "full_name": "New", "usable_password": "true"}
    answer = root.post("/admin/tenancy/user/add/", form | {"password1": words, "password2": words})
    assert answer.status_code == 302, answer.context["errors"]
    person = User.objects.get(email="new.person@example.com")
    assert person.check_password(words)
    assert not person.is_staff
    with scope.all_tenants():
        entry = AuditEntry.objects.get(action="user.created")
    assert words not in str(entry.data)
    assert entry.subject == person.public_id


def test_an_address_is_taken_whatever_its_case(root: Client, plain_user: User) -> None:
    form = {"email": plain_user.email.upper(), "usable_password": "false"}
    assert root.post("/admin/tenancy/user/add/", form).status_code == 200
    assert User.objects.count() == 2


def test_a_password_set_by_a_super_admin_ends_the_persons_sessions_and_tokens(
    root: Client, plain_user: User, tenant: Tenant, since: int
) -> None:
    issue(user=plain_user, tenant=tenant)
    browser = Client()
    browser.force_login(plain_user)
    words = "nine loud kettles boil"
    path = f"/admin/tenancy/user/{plain_user.pk}/password/"
    assert root.get(path).status_code == 200
    assert root.post(path, {"password1": words, "password2": words, "usable_password": "true"}).status_code == 302
    plain_user.refresh_from_db()
    assert plain_user.check_password(words)
    assert browser.get("/").status_code == 302
    assert not AccessToken.objects.filter(user=plain_user).exists()
    with scope.all_tenants():
        assert AuditEntry.objects.get(action="user.password_set").subject == plain_user.public_id


def test_a_clients_secret_is_shown_once_and_kept_hashed(root: Client, tenant: Tenant, since: int) -> None:
    form = {
        "name": "ERP",
        "tenant": str(tenant.pk),
        "role": Role.USER,
        "client_type": "confidential",
        "authorization_grant_type": "client-credentials",
        "redirect_uris": "",
    }
    page = root.post("/admin/tenancy/apiclient/add/", form)
    found = re.search(r'id="client-secret">(\w+)<', page.content.decode())
    assert found, page.content.decode()[:500]
    assert "no-store" in page["Cache-Control"]
    with scope.all_tenants():
        client = ApiClient.objects.get(name="ERP")
    assert client.client_secret != found[1]
    assert check_password(found[1], client.client_secret)
    assert [action for action, _ in _told(since)] == ["apiclient.created"]
    for path in (f"/admin/tenancy/apiclient/{client.pk}/change/", "/admin/tenancy/apiclient/"):
        assert found[1] not in root.get(path).content.decode()
    page = _act(root, ApiClient, "make_new_secret", client.pk)
    new = re.search(r'id="client-secret">(\w+)<', page.content.decode())
    assert new
    with scope.all_tenants():
        client.refresh_from_db()
    assert check_password(new[1], client.client_secret)
    assert not check_password(found[1], client.client_secret)


@pytest.mark.parametrize(("role", "in_tenant"), [(Role.SUPER_ADMIN, True), (Role.USER, False)])
def test_a_client_belongs_to_one_tenant_or_stands_above_all(
    root: Client, tenant: Tenant, role: str, in_tenant: bool
) -> None:
    form = {
        "name": "ERP",
        "tenant": str(tenant.pk) if in_tenant else "",
        "role": role,
        "client_type": "confidential",
        "authorization_grant_type": "client-credentials",
    }
    answer = root.post("/admin/tenancy/apiclient/add/", form)
    assert answer.status_code == 200
    assert "belongs to no tenant" in answer.content.decode()
    with scope.all_tenants():
        assert not ApiClient.objects.exists()


def test_a_vendor_is_changed_by_its_service(root: Client, tenant: Tenant, rival: Tenant) -> None:
    with scope.tenant_scope(tenant.id):
        vendor = make_vendor()
    with scope.tenant_scope(rival.id):
        foreign = Account.objects.first()
    form = {"code": "ACME", "name": "Acme", "tax_id": "", "electronic_address": "", "email": "", "terms_days": "14"}
    path = f"/admin/ledger/vendor/{vendor.pk}/change/"
    assert foreign
    assert root.post(path, form | {"default_account": str(foreign.pk)}).status_code == 200, "another tenant's account"
    assert root.post(path, form).status_code == 302
    with scope.tenant_scope(tenant.id):
        vendor.refresh_from_db()
        assert (vendor.code, vendor.terms_days) == ("ACME", 14)
        assert AuditEntry.objects.get(action="vendor.updated").actor_label == _root()


def test_what_a_service_refuses_is_told_and_changes_nothing(root: Client, tenant: Tenant) -> None:
    with scope.tenant_scope(tenant.id):
        first, second = make_vendor(code="ONE"), make_vendor(code="TWO")
    form = {"code": "ONE", "name": "New", "tax_id": "", "electronic_address": "", "email": "", "terms_days": ""}
    answer = root.post(f"/admin/ledger/vendor/{second.pk}/change/", form, follow=True)
    assert "Another vendor has the code ONE" in answer.content.decode()
    with scope.tenant_scope(tenant.id):
        assert set(Vendor.objects.values_list("code", "name")) == {("ONE", first.name), ("TWO", second.name)}


@pytest.mark.parametrize("name", ["Case", "Posting", "Bill", "JournalEntry", "JournalLine", "StockMovement"])
def test_what_was_posted_is_never_edited_added_or_deleted(root: Client, tenant: Tenant, name: str) -> None:
    fill(tenant)
    model: Any = apps.get_model("ledger", name)
    with scope.all_tenants():
        row = model.objects.first()
        before = list(model.objects.order_by("pk").values())
    base = list_path(model)
    for path in (f"{base}add/", f"{base}{row.pk}/change/", f"{base}{row.pk}/delete/"):
        assert root.post(path, {"status": "void", "amount": "1", "post": "yes"}).status_code == 403, path
    _act(root, model, "delete_selected", row.pk)
    with scope.all_tenants():
        assert list(model.objects.order_by("pk").values()) == before


def _act(root: Client, model: Any, action: str, *keys: Any) -> Any:
    return root.post(list_path(model), {"action": action, "_selected_action": [str(key) for key in keys]}, follow=True)
