"""Cookies that only this hub leaves: out of the reach of scripts, and in production of plain HTTP and of other hosts.

`COOKIE_PREFIX` is `__Host-` in production. Browsers take a cookie of such a name over TLS alone, for the very host that
sends it and all its paths, so that nobody on a neighbouring host or on the wire can plant one
(draft-ietf-httpbis-rfc6265bis, section 4.1.3.2). A browser on plain HTTP, as on a developer's machine, takes none.
"""

from django.conf import settings
from django.http import HttpRequest, HttpResponse


def leave(response: HttpResponse, name: str, value: str, *, seconds: int) -> None:
    """Leaves a text in the browser for so many seconds."""
    response.set_cookie(
        settings.COOKIE_PREFIX + name,
        value,
        max_age=seconds,
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )


def left(request: HttpRequest, name: str) -> str:
    """What was left in the browser; empty where nothing was."""
    return request.COOKIES.get(settings.COOKIE_PREFIX + name, "")


def take_back(response: HttpResponse, name: str) -> None:
    """Has the browser forget it."""
    response.delete_cookie(settings.COOKIE_PREFIX + name, samesite="Lax")
