"""Programs that a person has let in."""

import datetime as dt

import pytest
from django.test import Client
from oauth2_provider.models import AccessToken, Grant, RefreshToken

from integrations_site.audit.models import AuditEntry
from integrations_site.kernel import clock
from integrations_site.tenancy import scope
from integrations_site.tenancy.models import ApiClient, Tenant, User
from tests.web.forms import log_in, send_form

pytestmark = pytest.mark.django_db


def _let_in(user: User, client: ApiClient) -> RefreshToken:
    soon = clock.now() + dt.timedelta(hours=1)
    access = AccessToken.objects.create(user=user, application=client, token=f"a-{user.pk}", expires=soon)
    return RefreshToken.objects.create(user=user, application=client, token=f"r-{user.pk}", access_token=access)


@pytest.fixture
def client_of_tenant(tenant: Tenant) -> ApiClient:
    with scope.all_tenants():
        made: ApiClient = ApiClient.objects.create(
            name="Add-in", tenant=tenant, client_type="public", authorization_grant_type="authorization-code"
        )
    return made


def test_a_person_shows_a_program_out_and_nobody_elses(
    browser: Client, plain_user: User, admin_user: User, client_of_tenant: ApiClient, tenant: Tenant
) -> None:
    mine, theirs = _let_in(plain_user, client_of_tenant), _let_in(admin_user, client_of_tenant)
    for user in (plain_user, admin_user):
        Grant.objects.create(user=user, application=client_of_tenant, code=str(user.pk), expires=clock.now())
    log_in(browser, plain_user.email)
    page = browser.get("/programs").content.decode()
    assert "Add-in" in page
    assert f"in {tenant.name}" in page
    send_form(browser, "/programs", program=client_of_tenant.public_id)
    mine.refresh_from_db()
    theirs.refresh_from_db()
    assert mine.revoked
    assert not theirs.revoked
    assert list(AccessToken.objects.values_list("user", flat=True)) == [admin_user.pk]
    assert list(Grant.objects.values_list("user", flat=True)) == [admin_user.pk]
    assert "Add-in" not in browser.get("/programs").content.decode()
    with scope.tenant_scope(tenant.id):
        assert AuditEntry.objects.get(action="program.shown_out").actor == plain_user.public_id


@pytest.mark.parametrize("asked", ["", "client-nope", "client-" + "0" * 32])
def test_what_is_no_program_changes_nothing(browser: Client, plain_user: User, asked: str) -> None:
    log_in(browser, plain_user.email)
    assert send_form(browser, "/", action="/programs", program=asked).status_code == 404


def test_nobody_writes_into_the_audit_trail_of_a_tenant_through_a_program_they_never_let_in(
    browser: Client, plain_user: User, admin_user: User, rival: Tenant
) -> None:
    with scope.all_tenants():
        foreign = ApiClient.objects.create(
            name="Theirs", tenant=rival, client_type="public", authorization_grant_type="authorization-code"
        )
    kept = _let_in(admin_user, foreign)
    log_in(browser, plain_user.email)
    assert send_form(browser, "/", action="/programs", program=foreign.public_id).status_code == 404
    kept.refresh_from_db()
    assert not kept.revoked
    with scope.all_tenants():
        assert not AuditEntry.objects.filter(action="program.shown_out").exists()
