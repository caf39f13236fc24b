"""`/api/connections/webhooks/{provider}`: what vendors tell the hub.

No view of the API like the others: whoever calls proves it by a signature over the very bytes that were sent, and
vendors want answers without a body. What is signed is counted against no limit (a vendor that is refused sends again);
what is refused is counted by provider and address, and answered with 429 beyond a limit. A refusal writes nothing into
the database, and beyond the limit nothing into the log of its own.
"""

import logging

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from connections.services.webhooks import NoWebhooksError, receive_webhook
from integrations_site.api.limits import network
from integrations_site.kernel import limits
from integrations_site.kernel.errors import HubError, InvalidInputError

_LARGEST = 1024 * 1024
# One limit for all names that are no provider's: whoever makes names up makes no counters.
_NOBODY = "-"
_logger = logging.getLogger(__name__)


@csrf_exempt
@require_POST
def receive(request: HttpRequest, provider: str) -> HttpResponse:
    """200 once it is stored, 401 for a wrong signature, 404, 413, 429, and 503 where the hub is not set up for it."""
    length = request.headers.get("Content-Length") or "0"
    if not length.isdigit() or int(length) > _LARGEST:
        return _refused(request, _NOBODY, 413, "It is larger than 1 MiB, or of unknown length")
    headers = {name.lower(): value for name, value in request.headers.items()}
    try:
        text = receive_webhook(slug=provider, headers=headers, body=request.body)
    except InvalidInputError as error:  # signed, so it counts against nobody
        return HttpResponse(status=error.status)
    except HubError as error:
        whose = _NOBODY if isinstance(error, NoWebhooksError) else provider
        return _refused(request, whose, error.status, error.message)
    return HttpResponse(text, content_type="text/plain; charset=utf-8")


def _refused(request: HttpRequest, provider: str, status: int, reason: str) -> HttpResponse:
    """The answer to what nobody has signed."""
    usage = limits.count(f"webhook:{provider}:{network(request)}", limit=settings.RATE_LIMITS["anonymous"])
    if usage.is_exceeded:
        return HttpResponse(status=429, headers={"Retry-After": str(usage.retry_after)})
    _logger.warning("A webhook is refused (provider %s): %s", provider, reason)
    return HttpResponse(status=status)


routes = [path("connections/webhooks/<slug:provider>", receive, name="inbound-webhook")]
