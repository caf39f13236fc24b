"""Probes that answer before anything else is looked at, and the log line and figures of every request."""

import logging
import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

from integrations_site.kernel import acting, redaction, request_id
from integrations_site.operation import views
from integrations_site.operation.metrics import requests

_logger = logging.getLogger("hub.request")
_Handler = Callable[[HttpRequest], HttpResponseBase]
_PROBES: dict[str, _Handler] = {"/health/live": views.live, "/health/ready": views.ready, "/metrics": views.metrics}


class ProbeMiddleware:
    """Answers probes at once: under any host name (orchestrators call by address), without a session or a tenant."""

    def __init__(self, get_response: _Handler) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        probe = _PROBES.get(request.path_info.rstrip("/"))
        if probe is None:
            return self._get_response(request)
        request_id.enter("")  # the thread has served others before
        acting.enter("")
        return probe(request)


class ObserveMiddleware:
    """Writes one log line for each request and counts it."""

    def __init__(self, get_response: _Handler) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        acting.enter("")
        began = time.perf_counter()
        response = self._get_response(request)
        seconds = time.perf_counter() - began
        observe(
            route=_route(request),
            method=request.method or "",
            path=_path(request),
            status=response.status_code,
            seconds=seconds,
        )
        return response


def observe(*, route: str, method: str, path: str, status: int, seconds: float) -> None:
    """Counts a request that was answered after `seconds`, and writes its log line."""
    requests.count(view=route, method=method, status=status, seconds=seconds)
    _logger.info(
        "%s %s %s",
        method,
        path,
        status,
        extra={"method": method, "path": path, "status": status, "duration_ms": round(seconds * 1000, 1)},
    )


def _path(request: HttpRequest) -> str:
    """The path, without the token of a link that lets its bearer in."""
    token = str(request.resolver_match.kwargs.get("token") or "") if request.resolver_match else ""
    return request.path.replace(token, redaction.HIDDEN) if token else request.path


def _route(request: HttpRequest) -> str:
    match = request.resolver_match
    return (match.route or "/") if match else "unmatched"
