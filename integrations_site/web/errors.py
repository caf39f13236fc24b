"""Pages that say what went wrong and what to do; programs get the API's form instead."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render

from integrations_site.api import handlers
from integrations_site.api.errors import InternalError, MalformedError, headers_of
from integrations_site.kernel import request_id
from integrations_site.kernel.errors import ForbiddenError, HubError, NotFoundError

_FOR_PROGRAMS = ("/api/", "/oauth/", "/.well-known/")
_TITLES = {
    400: "That request cannot be read",
    403: "You may not do this",
    404: "There is nothing here",
    429: "Too many attempts",
    500: "The hub made a mistake",
}
_TITLE = "That did not work"


class HubErrorMiddleware:
    """Turns an error that a page's service raised into a page."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self._get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """The page for a HubError; what is a fault of the hub Django reports as any other."""
        if isinstance(exception, HubError) and exception.status != 500:
            return answer(request, exception)
        return None


def answer(request: HttpRequest, error: HubError) -> HttpResponse:
    """The error as a page, or, where programs call, as JSON."""
    if f"{request.path_info}/".startswith(_FOR_PROGRAMS):
        return handlers.answer(request, error)
    context = {"title": _TITLES.get(error.status, _TITLE), "message": error.message, "request_id": request_id.current()}
    response = render(request, "errors/error.html", context, status=error.status)
    for name, value in headers_of(error).items():
        response[name] = value
    return response


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler400."""
    return answer(request, MalformedError("The request is not well-formed. Go back and try again."))


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler403."""
    return answer(request, ForbiddenError("This needs rights that your account does not have. Ask an administrator."))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler404."""
    return answer(request, NotFoundError("There is no such page. Check the address, or start at the dashboard."))


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's handler500; what happened stands in the log under the request's id."""
    return answer(request, InternalError("It is recorded. Please try again, or tell us the number below."))


def forged(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form without a valid token (Django's CSRF_FAILURE_VIEW): a page left open too long, or a foreign site."""
    return answer(
        request,
        ForbiddenError(
            "The form has expired, or your browser refuses cookies. Go back, load the page again and send it anew."
        ),
    )
