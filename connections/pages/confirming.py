"""The page on which a person confirms a consent that was begun elsewhere, by a program or in another browser."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from connections.models import OAuthAttempt
from connections.pages.visitors import Visit, standing, visit_of
from connections.services import visibility
from connections.services.oauth import confirm_consent, decline_consent, held_consent, offered
from connections.services.oauth_ending import HOLDER_COOKIE, Ending, done_page
from connections.services.people import name_of
from connections.services.refusals import ConnectionNotFoundError
from integrations_site.api import cookies
from integrations_site.kernel.errors import HubError

_NOT_YOURS = (
    "This consent is for a connection that is not yours to make: it is the whole tenant's, or somebody else's. Nothing "
    "was linked. Ask an admin of yours to connect the account."
)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def confirm(request: HttpRequest, id: str) -> HttpResponse:
    """Shows what a consent would connect, for whom; a POST connects it, or hands the access back."""
    visit = visit_of(request)
    try:
        attempt = held_consent(public_id=id, holder=cookies.left(request, HOLDER_COOKIE))
        visibility.find_connection(attempt.connection.public_id, **standing(visit))
        if request.method != "POST":
            return render(request, "connections/confirm.html", _shown(attempt, visit))
    except ConnectionNotFoundError:
        return render(request, "connections/refused.html", {"problem": _NOT_YOURS}, status=404)
    except HubError as error:
        return render(request, "connections/refused.html", {"problem": error.message}, status=error.status)
    ending = _ended(attempt, visit, is_confirmed=request.POST.get("answer") == "connect")
    response = HttpResponseRedirect(ending.address)
    cookies.take_back(response, HOLDER_COOKIE)
    return response


def _shown(attempt: OAuthAttempt, visit: Visit) -> dict[str, object]:
    """What the page says. Raises HubErrors where there is nothing to confirm."""
    account = offered(attempt=attempt, actor=visit.actor).account
    connection = attempt.connection
    return {
        "account": account,
        "provider": connection.integration.provider.display_name,
        "integration": connection.integration.name,
        "is_own": connection.user_id is not None,
        "begun_by": name_of(attempt.started_by),
        "begun_at": attempt.created_at,
        "replaced": connection.account_name or connection.account_id
        if account and connection.account_id not in ("", account.id)
        else "",
    }


def _ended(attempt: OAuthAttempt, visit: Visit, *, is_confirmed: bool) -> Ending:
    return_url, service = attempt.return_url or done_page(), attempt.connection.integration.provider.provider
    try:
        if is_confirmed:
            return Ending.with_connection(confirm_consent(attempt=attempt, actor=visit.actor), return_url)
        return Ending.after_error(decline_consent(attempt=attempt, actor=visit.actor), return_url)
    except HubError as error:
        return Ending.after_error(error, return_url, service=service)
