"""Answers to API requests that reach no view, or fail around it."""

from django.http import HttpRequest, HttpResponse

from integrations_site.api import errors, limits, rendering
from integrations_site.api.error_forms import HUB_FORM
from integrations_site.kernel import request_id
from integrations_site.kernel.errors import HubError, NotFoundError


def answer(request: HttpRequest, error: HubError) -> HttpResponse:
    """An error in document 003's form, with every header that an answer of the API has."""
    if error.code == NotFoundError.code:
        error = NotFoundError(f"The API has no path {request.path_info}", code="PATH_NOT_FOUND")
    usage = limits.count_stranger(request)
    if usage.is_exceeded and error.status < 500:
        error = limits.excess(usage)
    return HttpResponse(
        rendering.dumps(HUB_FORM.body(error, request_id.current())),
        status=error.status,
        content_type=rendering.JSONRenderer.media_type,
        headers={**errors.headers_of(error), **limits.headers(usage)},
    )
