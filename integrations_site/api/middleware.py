"""What surrounds every request: its id, its scope, the length of its body, and the API's addresses with or without a
slash at their end.
"""

import re
import secrets
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse

from integrations_site.api import handlers, lengths
from integrations_site.kernel import request_id
from integrations_site.kernel.errors import HubError
from integrations_site.tenancy import scope

_GIVEN_ID = re.compile(r"[A-Za-z0-9._:-]{8,64}")
_SLASHLESS = ("/api/", "/oauth/")


class RequestMiddleware:
    """Names the request (`X-Request-ID`, a caller's own if it is sane) and lets it start and end outside any tenant."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        name_request(request.META)
        if request.path_info.startswith(_SLASHLESS):
            request.path_info = request.path_info.rstrip("/")
        with scope.no_tenant():
            response = self.get_response(request)
            if isinstance(response, StreamingHttpResponse):
                response.streaming_content = _in_scope(scope.current(), response.streaming_content)
        response["X-Request-ID"] = request_id.current()
        return response


def name_request(meta: Mapping[str, Any]) -> None:
    """Enters the id of a request with these headers."""
    given = meta.get("HTTP_X_REQUEST_ID", "")
    request_id.enter(given if _GIVEN_ID.fullmatch(given) else secrets.token_hex(16))


class LengthMiddleware:
    """A request whose body is not to be read, because of its length, goes no further."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        error = lengths.refusal(request)
        return _refused(request, error) if error else self.get_response(request)


def _refused(request: HttpRequest, error: HubError) -> HttpResponse:
    if request.path_info.startswith(_SLASHLESS):
        return handlers.answer(request, error)
    return HttpResponse(error.message, status=error.status, content_type="text/plain; charset=utf-8")


def _in_scope(kept: scope.Scope, chunks: Any) -> Iterator[Any]:
    """A streamed body is made after the request has ended, in the scope that the request had."""
    made = iter(chunks)
    try:
        while True:
            with scope.within(kept):
                try:
                    chunk = next(made)
                except StopIteration:
                    return
            yield chunk
    finally:
        if hasattr(made, "close"):
            made.close()
