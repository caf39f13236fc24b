"""Logging in and out: who gets in, who does not, and what a stranger can learn."""

import re

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher, make_password
from django.contrib.sessions.models import Session
from django.test import Client

from integrations_site.audit.models import AuditEntry
from integrations_site.tenancy import scope
from integrations_site.tenancy.models import Tenant, User
from tests.factories import make_member
from tests.web.forms import log_in, send_form

pytestmark = pytest.mark.django_db
_CHANGING = re.compile(r'value="[^"]*"|Request <.*?>\w+')


def _actions() -> list[str]:
    with scope.all_tenants():
        entries = AuditEntry.objects.filter(tenant=None).order_by("at")
        return list(entries.exclude(action__startswith="row.").values_list("action", flat=True))


def test_a_member_logs_in_and_sees_the_dashboard(browser: Client, plain_user: User, tenant: Tenant) -> None:
    answer = log_in(browser, plain_user.email.upper())
    assert (answer.status_code, answer["Location"]) == (302, "/")
    page = browser.get("/").content.decode()
    assert tenant.name in page
    assert "No invoices yet" in page
    assert _actions() == ["user.logged_in"]


def test_strangers_are_led_to_the_log_in_and_back(browser: Client, plain_user: User) -> None:
    answer = browser.get("/tenants")
    assert answer["Location"] == "/login?next=/tenants"
    assert log_in(browser, plain_user.email, next="/tenants")["Location"] == "/tenants"


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", "http:///x", "\\\\evil"]
)
def test_nobody_is_led_to_another_site(browser: Client, plain_user: User, target: str) -> None:
    assert log_in(browser, plain_user.email, next=target)["Location"] == "/"


def test_the_session_gets_a_new_key(browser: Client, plain_user: User, settings: object) -> None:
    session = browser.session
    session["theme"] = "dark"
    session.save()
    planted = session.session_key
    browser.cookies["sessionid"] = str(planted)
    log_in(browser, plain_user.email)
    assert browser.cookies["sessionid"].value != planted
    assert not Session.objects.filter(session_key=planted).exists()


def test_a_stranger_cannot_tell_an_unknown_address_from_a_wrong_password(
    browser: Client, plain_user: User, tenant: Tenant
) -> None:
    inactive = make_member(tenant)
    User.objects.filter(pk=inactive.pk).update(is_active=False)
    answers = [
        log_in(browser, plain_user.email, "wrong wrong wrong"),
        log_in(browser, "nobody@example.com", "wrong wrong wrong"),
        log_in(browser, inactive.email),
    ]
    pages = {_CHANGING.sub("", answer.content.decode()) for answer in answers}
    assert len(pages) == 1
    assert "do not go together" in pages.pop()
    assert not Session.objects.exists()
    assert _actions() == ["user.log_in_refused"] * 3


@pytest.mark.parametrize("who", ["known", "unknown", "inactive", "without a password"])
def test_it_takes_one_hash_whoever_it_is(
    browser: Client, plain_user: User, who: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if who == "inactive":
        User.objects.filter(pk=plain_user.pk).update(is_active=False)
    if who == "without a password":
        User.objects.filter(pk=plain_user.pk).update(password=make_password(None))
    hashed: list[str] = []
    encode = MD5PasswordHasher.encode

    def count(self: MD5PasswordHasher, password: str, salt: str) -> str:
        hashed.append(password)
        return encode(self, password, salt)

    monkeypatch.setattr(MD5PasswordHasher, "encode", count)
    log_in(browser, "nobody@example.com" if who == "unknown" else plain_user.email, "wrong wrong wrong")
    assert len(hashed) == 1


def test_a_mistyped_address_is_kept_nowhere(browser: Client, caplog: pytest.LogCaptureFixture) -> None:
    log_in(browser, "my-secret-password@x.de", "wrong wrong wrong")
    with scope.all_tenants():
        assert "my-secret" not in str(list(AuditEntry.objects.values()))
    assert "my-secret" not in caplog.text


def test_logging_out_ends_the_session_and_needs_a_post(browser: Client, plain_user: User) -> None:
    log_in(browser, plain_user.email)
    stolen = browser.cookies["sessionid"].value
    assert browser.get("/logout").status_code == 405
    assert browser.post("/logout").status_code == 403, "without a CSRF token"
    assert browser.get("/").status_code == 200
    assert send_form(browser, "/", action="/logout")["Location"] == "/login"
    browser.cookies["sessionid"] = stolen
    assert browser.get("/").status_code == 302
    assert _actions() == ["user.logged_in", "user.logged_out"]


def test_who_is_deactivated_is_out_at_once(browser: Client, plain_user: User) -> None:
    log_in(browser, plain_user.email)
    User.objects.filter(pk=plain_user.pk).update(is_active=False)
    assert browser.get("/").status_code == 302
