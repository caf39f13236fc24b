"""Which addresses browsers are led to."""

from typing import Any

import pytest

from connections.services.oauth.return_addresses import is_allowed

TRICKY = [
    "https://evil.example.net/",
    "https://app.example.com.evil.example.net/",
    "https://app.example.com@evil.example.net/",
    "https://evil.example.net#https://app.example.com/",
    "https://evil.example.net\\@app.example.com/",
    "https://app.example.com\\.evil.example.net/",
    "//app.example.com/",
    "/callback",
    "javascript:alert(1)//https://app.example.com/",
    "http://app.example.com/",
    "https://app.example.com:8443/",
    "https://app.example.com:443@evil.example.net/",
    "https://app.example.com/paid/../admin",
    "https://app.example.com/paid/%2e%2e/admin",
    "https://app.example.com/paid/%252e%252e/admin",
    "https://app.example.com/paid/..%5cadmin",
    "https://app.example.com//evil.example.net/",
    "https://app.example.com/paid-not",
    "https://app.example.com /paid",
    "https://app.example.com/paid\r\nLocation: https://evil.example.net/",
    "https://аpp.example.com/paid",  # noqa: RUF001 - the point of it
    "https://app.example.com/",
    "https://[::1/paid",
    "https://app.example.com:99999/paid",
    "",
]


@pytest.mark.parametrize("url", TRICKY)
def test_nobody_is_led_elsewhere(settings: Any, url: str) -> None:
    settings.ALLOWED_RETURN_URLS = ["https://app.example.com/paid"]
    assert not is_allowed(url)


@pytest.mark.parametrize(
    "url",
    ["https://app.example.com/paid", "https://app.example.com:443/paid/x?y=/../z", "https://APP.example.com/paid/"],
)
def test_what_stands_below_an_allowed_address_is_allowed(settings: Any, url: str) -> None:
    settings.ALLOWED_RETURN_URLS = ["https://app.example.com/paid"]
    assert is_allowed(url)
