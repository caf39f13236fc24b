"""Chromium, on the test's own server."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from pytest_django.live_server_helper import LiveServer

CHROMIUM = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))
_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """The browser; where none is installed, the tests are skipped and say so."""
    if not CHROMIUM.exists():
        pytest.skip(f"no Chromium at {CHROMIUM}; name one in CHROMIUM")
    # Playwright keeps an event loop in this thread, in which Django would refuse to touch the database.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=_FLAGS)
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture(params=[{"width": 1280, "height": 800}, {"width": 360, "height": 740}], ids=["desktop", "phone"])
def window(chromium: Browser, request: pytest.FixtureRequest, live_server: LiveServer) -> Iterator[BrowserContext]:
    """A window of its own, on a desktop and on a phone."""
    context = chromium.new_context(base_url=live_server.url, viewport=request.param)
    yield context
    context.close()


@pytest.fixture
def page(window: BrowserContext) -> Iterator[Page]:
    """A page in which nothing may go wrong: no script error, nothing refused by the content policy, nothing missing."""
    page = window.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    yield page
    expected = ("status of 403", "status of 404", "status of 429")
    assert [text for text in wrong if not any(part in text for part in expected)] == []
