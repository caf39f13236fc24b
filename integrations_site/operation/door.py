"""The fast lists' own way in, past Django.

To make Django's request and answer, and to lead them through every middleware, takes as long as all that a fast list
does. What those do for such a request is done here by the same functions: its id, its scope, the headers of every
answer, the log line and the figures. Whatever a fast list does not answer, refusals and errors too, goes on to Django.
"""

import io
import logging
import time
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.core.handlers.wsgi import WSGIRequest
from django.db import close_old_connections
from django.http import HttpResponse
from django.middleware.security import SecurityMiddleware

from integrations_site.api import fast_lists
from integrations_site.api.fast_lists import Answer, FastList
from integrations_site.api.middleware import name_request
from integrations_site.kernel import acting, request_id
from integrations_site.operation.middleware import observe
from integrations_site.tenancy import scope
from integrations_site.web.content_policy import ContentPolicyMiddleware

_logger = logging.getLogger(__name__)
_Headers = list[tuple[str, str]]
_Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class FastListDoor:
    """A WSGI application (PEP 3333) in front of another: it answers for the fast lists."""

    def __init__(self, application: _Application) -> None:
        self._application = application

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        fast_list = fast_lists.offered(environ["REQUEST_METHOD"], path)
        common = _common_headers_of(environ) if fast_list and not _has_body(environ) else None
        if fast_list is None or common is None:
            return self._application(environ, start_response)
        with scope.no_tenant():
            name_request(environ)
            answer = _observed(fast_list, path, environ)
        if answer is None:
            return self._application(environ | {fast_lists.ASKED: True}, start_response)
        start_response("200 OK", [*answer.headers.items(), *common, ("X-Request-ID", request_id.current())])
        return [answer.body]


def _observed(fast_list: FastList, path: str, environ: dict[str, Any]) -> Answer | None:
    acting.enter("")
    began = time.perf_counter()
    try:
        close_old_connections()
        answer = fast_list.answer(environ)
    except Exception:  # the view answers; nobody would learn that the fast list does not
        _logger.warning("The fast list at %s failed; its view answers instead", path, exc_info=True)
        return None
    if answer is not None:
        seconds = time.perf_counter() - began
        observe(route=fast_lists.match(path).route, method="GET", path=path, status=200, seconds=seconds)
    return answer


def _has_body(environ: dict[str, Any]) -> bool:
    return bool(environ.get("CONTENT_LENGTH")) or "HTTP_TRANSFER_ENCODING" in environ


def _common_headers_of(environ: Mapping[str, Any]) -> _Headers | None:
    host = environ.get("HTTP_HOST")
    return _common_headers(environ["PATH_INFO"], environ["wsgi.url_scheme"], host) if host else None


@lru_cache(maxsize=128)
def _common_headers(path: str, scheme: str, host: str) -> _Headers | None:
    """The headers that every answer at a fast list's path has.

    None where it may not be asked by this scheme, or under this host name.
    """
    if settings.SECURE_SSL_REDIRECT and scheme != "https":
        return None
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": path, "wsgi.url_scheme": scheme, "wsgi.input": io.BytesIO()}
    request = WSGIRequest(environ | {"HTTP_HOST": host})
    try:
        request.get_host()
    except DisallowedHost:
        return None
    response = HttpResponse(content_type="")
    own = set(response.headers)
    SecurityMiddleware(ContentPolicyMiddleware(lambda _: response))(request)
    return [header for header in response.items() if header[0] not in own]
