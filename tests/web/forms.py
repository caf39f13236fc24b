"""Filling in forms as a browser does: load the page, send its hidden fields along."""

import re
from typing import Any

from django.test import Client

from tests.factories.tenancy import PASSWORD

_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


def send_form(browser: Client, path: str, *, action: str = "", **fields: str) -> Any:
    """The answer to a form of the page at `path`, sent to `action` (else back to the page)."""
    page = browser.get(path)
    found = _TOKEN.search(page.content.decode())
    assert found, f"{path} has no form: {page.status_code}"
    return browser.post(action or path, fields | {"csrfmiddlewaretoken": found[1]})


def log_in(browser: Client, email: str, password: str = PASSWORD, **fields: str) -> Any:
    """The answer to a log-in."""
    return send_form(browser, "/login", username=email, password=password, **fields)
