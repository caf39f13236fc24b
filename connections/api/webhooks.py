"""`/api/connections/webhooks/{provider}`: what vendors tell the hub.

No view of the API like the others: whoever calls proves it by a signature over the very bytes that were sent, nothing
is counted against a limit (a vendor that is refused sends again), and vendors want answers without a body.
"""

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from connections.services.webhooks import receive_webhook
from integrations_site.kernel.errors import HubError

_LARGEST = 1024 * 1024


@csrf_exempt
@require_POST
def receive(request: HttpRequest, provider: str) -> HttpResponse:
    """200 once it is stored, 401 for a wrong signature, 404, 413, and 503 where the hub is not set up for it."""
    length = request.headers.get("Content-Length") or "0"
    if not length.isdigit() or int(length) > _LARGEST:
        return HttpResponse(status=413)
    headers = {name.lower(): value for name, value in request.headers.items()}
    try:
        text = receive_webhook(slug=provider, headers=headers, body=request.body)
    except HubError as error:
        return HttpResponse(status=error.status)
    return HttpResponse(text, content_type="text/plain; charset=utf-8")


routes = [path("connections/webhooks/<slug:provider>", receive, name="inbound-webhook")]
