"""Browsers that an account has been logged in with: strangers who guess its password do not lock them out.

Source: OWASP, "Slow down online guessing attacks with device cookies".
"""

import secrets

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from integrations_site.web.attempts import fingerprint

COOKIE = "hub_device"
_SALT = "hub.web.device"
_SECONDS = 180 * 24 * 3600


def device_of(request: HttpRequest, account: str) -> str:
    """The name of the browser, where the account is the last that was logged in with it; else an empty text."""
    try:
        known, device = signing.loads(request.COOKIES.get(COOKIE, ""), salt=_SALT, max_age=_SECONDS)
    except signing.BadSignature:
        return ""
    return str(device) if known == fingerprint(account) else ""


def remember(response: HttpResponse, account: str) -> None:
    """Gives the browser a new name, and with it a new count: somebody has just logged in."""
    response.set_cookie(
        COOKIE,
        signing.dumps([fingerprint(account), secrets.token_hex(16)], salt=_SALT),
        max_age=_SECONDS,
        path=reverse("login"),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
