"""What probes and scrapers ask."""

import hmac
import ipaddress

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST

from integrations_site.operation import health
from integrations_site.operation.metrics import exposition


@never_cache
@require_safe
def live(request: HttpRequest) -> HttpResponse:
    """200 whenever the process can answer at all."""
    return JsonResponse({"status": "alive"})


@never_cache
@require_safe
def ready(request: HttpRequest) -> HttpResponse:
    """200 when every part that the hub needs works; else 503, with which of them does not."""
    parts = health.check()
    is_ready = all(parts.values())
    return JsonResponse(
        {
            "status": "ready" if is_ready else "not ready",
            "checks": {name: "ok" if works else "failed" for name, works in parts.items()},
        },
        status=200 if is_ready else 503,
    )


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus' figures, for whoever has the token."""
    if not may_scrape(request):
        refusal = HttpResponse("The figures need the metrics token as a bearer token.\n", "text/plain", 401)
        refusal["WWW-Authenticate"] = "Bearer"
        return refusal
    return HttpResponse(exposition.text(), content_type=CONTENT_TYPE_LATEST)


def may_scrape(request: HttpRequest) -> bool:
    """Whether the request bears METRICS_TOKEN; where none is set (never in production), whether it comes from here."""
    if settings.METRICS_TOKEN:
        given = request.headers.get("Authorization", "")
        return hmac.compare_digest(given.encode(), f"Bearer {settings.METRICS_TOKEN}".encode())
    try:
        return ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False
