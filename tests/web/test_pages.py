"""What holds for every page: headers, errors, and nothing from elsewhere."""

import re

import pytest
from django.test import Client

from integrations_site.tenancy.models import User
from tests.web.forms import log_in

pytestmark = pytest.mark.django_db
OPEN = ["/login", "/password/reset", "/password/reset/sent", "/password/reset/complete", "/password/reset/x/y"]
CLOSED = ["/", "/tenants", "/programs", "/password/change", "/password/change/done"]


@pytest.mark.parametrize("path", [*OPEN, *CLOSED, "/nope"])
def test_a_page_loads_nothing_from_elsewhere_and_has_no_script(browser: Client, plain_user: User, path: str) -> None:
    if path in CLOSED:
        log_in(browser, plain_user.email)
    answer = browser.get(path)
    page = answer.content.decode()
    assert answer.status_code == (404 if path == "/nope" else 200)
    assert not re.search(r"<script|\son\w+=|\sstyle=|javascript:", page)
    assert not re.search(r'(?:src|href)="(?:https?:)?//', page)


@pytest.mark.parametrize("path", ["/login", "/nope", "/admin/", "/api/docs"])
def test_every_answer_bears_the_security_headers(browser: Client, path: str) -> None:
    answer = browser.get(path)
    assert "default-src 'none'" in answer["Content-Security-Policy"]
    assert "'unsafe-inline'" not in re.search(r"script-src ([^;]*)", answer["Content-Security-Policy"])[1]  # type: ignore[index]
    assert "frame-ancestors 'none'" in answer["Content-Security-Policy"]
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"


def test_pages_with_data_are_not_cached(browser: Client, plain_user: User) -> None:
    log_in(browser, plain_user.email)
    for path in CLOSED[:2]:
        assert "no-store" in browser.get(path)["Cache-Control"]


def test_what_is_missing_is_a_page_for_people_and_json_for_programs(browser: Client) -> None:
    page = browser.get("/nope")
    assert "There is nothing here" in page.content.decode()
    assert page["X-Request-ID"] in page.content.decode()
    answer = browser.get("/api/nope")
    assert answer.status_code == 404
    assert answer.json()["error"]["code"].endswith("NOT_FOUND")


def test_a_form_without_its_token_is_refused_with_a_page(browser: Client) -> None:
    answer = browser.post("/login", {"username": "a@example.com", "password": "x"})
    assert answer.status_code == 403
    assert "The form has expired" in answer.content.decode()


def test_a_fault_shows_its_number_and_nothing_else(
    browser: Client, plain_user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    log_in(browser, plain_user.email)

    def fail() -> None:
        raise RuntimeError("internal detail")

    monkeypatch.setattr("integrations_site.web.dashboard.read", fail)
    browser.raise_request_exception = False
    answer = browser.get("/")
    assert answer.status_code == 500
    assert answer["X-Request-ID"] in answer.content.decode()
    assert "internal detail" not in answer.content.decode()


def test_static_files_are_our_own(browser: Client) -> None:
    names = set(re.findall(r'/static/[^"]+', browser.get("/login").content.decode()))
    assert names == {"/static/hub/hub.css", "/static/hub/mark.svg"}
