"""A person with a browser: logging in, being held up, resetting a password, switching tenants, logging out."""

import re

import pytest
from django.core import mail
from playwright.sync_api import Page, expect
from pytest_django.fixtures import Settings
from pytest_django.live_server_helper import LiveServer

from integrations_site.tenancy import scope
from integrations_site.tenancy.models import Membership, Tenant, User
from integrations_site.web import tasks
from integrations_site.web.attempts import LOG_IN
from tests.factories.tenancy import PASSWORD

pytestmark = pytest.mark.django_db(transaction=True)


def log_in(page: Page, email: str, password: str = PASSWORD) -> None:
    """Fills in the log-in form and sends it."""
    page.goto("/login")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Log in").click()


def _fits(page: Page) -> None:
    """Nothing sticks out of the window to the side."""
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0


def test_logging_in_and_out(page: Page, plain_user: User, tenant: Tenant) -> None:
    page.goto("/")
    expect(page).to_have_title(re.compile("Log in"))
    _fits(page)
    log_in(page, plain_user.email)
    expect(page.get_by_role("heading", name="Dashboard")).to_be_visible()
    expect(page.locator("header").get_by_text(tenant.name)).to_be_visible()
    _fits(page)
    page.get_by_text("Account", exact=True).click()
    page.get_by_role("button", name="Log out").click()
    expect(page).to_have_title(re.compile("Log in"))
    page.go_back()
    page.reload()
    expect(page).to_have_title(re.compile("Log in"))


def test_guessing_is_held_up_with_a_clear_word(page: Page, plain_user: User) -> None:
    for _ in range(LOG_IN.per_place):
        log_in(page, plain_user.email, "wrong wrong wrong")
        expect(page.get_by_role("alert")).to_contain_text("do not go together")
    log_in(page, plain_user.email)
    expect(page.get_by_role("alert")).to_contain_text(
        re.compile(r"Too many attempts\. Please try again in \d+ minutes")
    )
    _fits(page)


def test_a_forgotten_password(
    page: Page, plain_user: User, live_server: LiveServer, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.HUB_BASE_URL = live_server.url
    monkeypatch.setattr(tasks.send_password_reset, "delay", lambda *, email: tasks.send_password_reset(email=email))
    page.goto("/login")
    page.get_by_role("link", name="Forgot your password?").click()
    page.get_by_label("E-mail address").fill(plain_user.email)
    page.get_by_role("button", name="Send the link").click()
    expect(page.get_by_role("heading", name="Look into your mail")).to_be_visible()
    [link] = re.findall(r"http://\S+", str(mail.outbox[0].body))
    page.goto(link)
    assert link.rpartition("/")[2] not in page.url, "the token does not stay in the address"
    page.get_by_label("New password", exact=True).fill("seven green whales sing")
    page.get_by_label("New password, again").fill("seven green whales sing")
    _fits(page)
    page.get_by_role("button", name="Set the password").click()
    expect(page.get_by_role("heading", name="Your new password is set")).to_be_visible()
    page.goto(link)
    expect(page.get_by_role("heading", name="This link does not work any more")).to_be_visible()
    log_in(page, plain_user.email, "seven green whales sing")
    expect(page.get_by_role("heading", name="Dashboard")).to_be_visible()


def test_switching_tenants(page: Page, plain_user: User, tenant: Tenant, rival: Tenant) -> None:
    with scope.tenant_scope(rival.id):
        Membership.objects.create(user=plain_user)
    log_in(page, plain_user.email)
    page.locator("header").get_by_role("link", name=tenant.name).click()
    _fits(page)
    page.get_by_role("button", name=f"Work here: {rival.name}").click()
    expect(page.locator("header").get_by_role("link", name=rival.name)).to_be_visible()


def test_the_keyboard_reaches_everything(page: Page, plain_user: User) -> None:
    log_in(page, plain_user.email)
    expect(page.get_by_role("heading", name="Dashboard")).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    names = []
    for _ in range(6):
        page.keyboard.press("Tab")
        names.append(page.evaluate("document.activeElement.textContent.trim().split('\\n')[0]"))
    assert {"Dashboard", "API", "Account"} <= set(names)
