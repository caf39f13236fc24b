"""Who comes back from a provider: a browser, in which a person can be lured here, or a program."""

from django.contrib.auth import get_user
from django.http import HttpRequest, HttpResponse

from connections.services.oauth_ending import BROWSER_COOKIE, HOLDER_COOKIE, Bringer
from integrations_site.api import cookies
from integrations_site.api.limits import network
from integrations_site.audit.types import Actor
from integrations_site.tenancy.models import User

_HOLDER_SECONDS = 15 * 60
# Browsers send these by themselves with every page that they are led to, and no site can take them all away
# (Fetch Metadata; the name "Mozilla/" since 1994).
_BROWSER_ONLY = ("HTTP_SEC_FETCH_MODE", "HTTP_SEC_FETCH_SITE", "HTTP_SEC_FETCH_DEST")


def bringer_of(request: HttpRequest) -> Bringer:
    """Who brings what a provider led back with, as far as the request tells."""
    user = get_user(request)  # the API takes no session, and has set nobody as the request's user
    return Bringer(
        person=Actor(user.public_id, user.email) if isinstance(user, User) else None,
        browser=cookies.left(request, BROWSER_COOKIE),
        holder=cookies.left(request, HOLDER_COOKIE),
        network="" if _is_browser(request) else network(request),
    )


def leaving_holder(response: HttpResponse, holder: str) -> HttpResponse:
    """The answer, with a cookie for the browser that holds a consent from now on."""
    if holder:
        cookies.leave(response, HOLDER_COOKIE, holder, seconds=_HOLDER_SECONDS)
    return response


def _is_browser(request: HttpRequest) -> bool:
    """Whether anything says so: then a person may sit before it who did not begin what it brings."""
    return (
        any(name in request.META for name in _BROWSER_ONLY)
        or request.META.get("HTTP_USER_AGENT", "").startswith("Mozilla/")
        or "text/html" in request.META.get("HTTP_ACCEPT", "")
    )
