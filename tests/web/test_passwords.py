"""Forgotten and changed passwords."""

import datetime as dt
import re

import pytest
import time_machine
from django.contrib.auth.hashers import make_password
from django.core import mail
from django.test import Client
from oauth2_provider.models import AccessToken
from pytest_django.fixtures import Settings

from integrations_site.kernel import clock
from integrations_site.settings.components import auth
from integrations_site.tenancy.models import Tenant, User
from integrations_site.tenancy.tokens import issue
from integrations_site.web import tasks
from integrations_site.web.attempts import PASSWORD_CHANGE, PASSWORD_RESET
from tests.factories.tenancy import PASSWORD
from tests.web.forms import log_in, send_form

pytestmark = pytest.mark.django_db
NEW = "seven green whales sing"


def _link(user: User) -> str:
    """The path of the link in the mail that the worker sends."""
    tasks.send_password_reset(email=user.email)
    found = re.search(r"http://127\.0\.0\.1:8000(/password/reset/\S+)", str(mail.outbox[-1].body))
    assert found
    return found[1]


def _set(browser: Client, link: str, password: str = NEW) -> int:
    form = browser.get(link, follow=True)
    if not form.context["validlink"]:
        return 0
    path = form.redirect_chain[-1][0]
    return int(send_form(browser, path, new_password1=password, new_password2=password).status_code)


def test_the_mail_is_readable_as_text_and_as_html(plain_user: User) -> None:
    link = _link(plain_user)
    [message] = mail.outbox
    assert message.to == [plain_user.email]
    assert "60 minutes" in message.body
    [(html, kind)] = message.alternatives  # type: ignore[attr-defined]
    assert kind == "text/html"
    assert link in html


def test_a_link_sets_a_new_password_once(browser: Client, plain_user: User) -> None:
    link = _link(plain_user)
    assert _set(browser, link) == 302
    assert log_in(browser, plain_user.email, PASSWORD).status_code == 200
    assert log_in(browser, plain_user.email, NEW).status_code == 302
    assert _set(Client(enforce_csrf_checks=True), link, "another good password") == 0


def test_a_link_expires(browser: Client, plain_user: User) -> None:
    link = _link(plain_user)
    with time_machine.travel(clock.now() + dt.timedelta(seconds=3601)):
        assert _set(browser, link) == 0


def test_a_link_of_somebody_else_or_made_up_is_refused(browser: Client, plain_user: User, admin_user: User) -> None:
    own, other = _link(plain_user), _link(admin_user)
    uid, token = own.split("/")[3], other.split("/")[4]
    for link in (f"/password/reset/{uid}/{token}", "/password/reset/x/y", f"/password/reset/{uid}/abc-def"):
        assert _set(browser, link) == 0


def test_a_weak_password_is_refused_and_the_link_still_works(browser: Client, plain_user: User) -> None:
    link = _link(plain_user)
    for weak in ("short", "qwerty123456", plain_user.email):
        assert _set(browser, link, weak) == 200
    assert _set(browser, link) == 302


def test_a_reset_ends_sessions_and_takes_tokens_back(browser: Client, plain_user: User, tenant: Tenant) -> None:
    log_in(browser, plain_user.email)
    issue(user=plain_user, tenant=tenant)
    assert _set(Client(enforce_csrf_checks=True), _link(plain_user)) == 302
    assert browser.get("/").status_code == 302
    assert not AccessToken.objects.filter(user=plain_user).exists()


def test_the_answer_is_the_same_for_every_address(
    browser: Client, plain_user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(tasks.send_password_reset, "delay", lambda *, email: asked.append(email))
    answers = [send_form(browser, "/password/reset", email=email) for email in (plain_user.email, "nobody@example.com")]
    assert {(answer.status_code, answer["Location"], answer.content) for answer in answers} == {
        (302, "/password/reset/sent", b"")
    }
    assert asked == [plain_user.email, "nobody@example.com"], "the worker decides, so that both take equally long"
    tasks.send_password_reset(email="nobody@example.com")
    assert mail.outbox == []


def test_requests_for_mail_are_limited(browser: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(tasks.send_password_reset, "delay", lambda *, email: asked.append(email))
    codes = [send_form(browser, "/password/reset", email="a@example.com").status_code for _ in range(5)]
    assert codes == [302] * PASSWORD_RESET.per_account + [429] * (5 - PASSWORD_RESET.per_account)
    assert len(asked) == PASSWORD_RESET.per_account


def test_changing_the_password_keeps_this_session_and_ends_the_others(browser: Client, plain_user: User) -> None:
    other = Client(enforce_csrf_checks=True)
    log_in(browser, plain_user.email)
    log_in(other, plain_user.email)
    fields = {"old_password": PASSWORD, "new_password1": NEW, "new_password2": NEW}
    assert send_form(browser, "/password/change", **fields)["Location"] == "/password/change/done"
    assert browser.get("/password/change/done").status_code == 200
    assert other.get("/").status_code == 302


def test_a_change_takes_tokens_back(browser: Client, plain_user: User, admin_user: User, tenant: Tenant) -> None:
    for user in (plain_user, admin_user):
        issue(user=user, tenant=tenant)
    log_in(browser, plain_user.email)
    fields = {"old_password": PASSWORD, "new_password1": NEW, "new_password2": NEW}
    assert send_form(browser, "/password/change", **fields).status_code == 302
    assert list(AccessToken.objects.values_list("user", flat=True)) == [admin_user.pk]


def test_the_present_password_cannot_be_guessed_through_the_form(browser: Client, plain_user: User) -> None:
    log_in(browser, plain_user.email)
    fields = {"old_password": "wrong wrong wrong", "new_password1": NEW, "new_password2": NEW}
    codes = [
        send_form(browser, "/password/change", **fields).status_code for _ in range(PASSWORD_CHANGE.per_account + 1)
    ]
    assert codes == [200] * PASSWORD_CHANGE.per_account + [429]
    plain_user.refresh_from_db()
    assert plain_user.check_password(PASSWORD)


def test_passwords_are_hashed_with_argon2(settings: Settings) -> None:
    settings.PASSWORD_HASHERS = auth.PASSWORD_HASHERS
    assert make_password("correct horse battery staple").startswith("argon2$argon2id$")
