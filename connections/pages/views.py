"""The pages of integrations: the catalog with what is connected, the form for credentials, the end of a consent."""

import re
import secrets

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from catalog.services.providers import definition_of
from connections.pages.endings import ending_of
from connections.pages.forms import CredentialsForm
from connections.pages.visitors import standing, visit_of
from connections.services import connections, visibility
from connections.services.consents import consent_for_service
from connections.services.credential_forms import kind_of
from connections.services.errors import AccountChangedError
from connections.services.oauth import of_browser
from connections.services.oauth_ending import BROWSER_COOKIE, done_page
from connections.services.overview import cards
from connections.services.service_connections import instance_for, provider_of
from integrations_site.api import cookies
from integrations_site.kernel.errors import HubError

_CONSENT_SECONDS = 15 * 60
_LONGEST_SHOWN = 500
_SERVICE = re.compile(r"[a-z0-9_-]{1,60}")


@never_cache
@require_safe
@login_required
def integrations_page(request: HttpRequest) -> HttpResponse:
    """A card for each provider."""
    found = cards(**standing(visit_of(request)))
    search = request.GET.get("q", "").strip()
    shown = [card for card in found if search.lower() in f"{card.name} {card.description} {card.category}".lower()]
    return render(request, "connections/integrations.html", {"cards": shown, "search": search})


@never_cache
@require_POST
@login_required
def consent(request: HttpRequest, service: str) -> HttpResponse:
    """Leads the browser to the provider, for consent."""
    visit, browser = visit_of(request), secrets.token_urlsafe(32)
    try:
        _, begun = consent_for_service(
            service=service,
            actor=visit.actor,
            return_url=done_page(),
            takes_other_account=request.POST.get("other_account") == "yes",
            browser=of_browser(browser),
            **standing(visit),
        )
    except HubError as error:
        return _told(request, error.message)
    response = HttpResponseRedirect(begun.authorization_url)
    cookies.leave(response, BROWSER_COOKIE, browser, seconds=_CONSENT_SECONDS)
    return response


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def credentials(request: HttpRequest, service: str) -> HttpResponse:
    """The form for credentials; a POST connects with them."""
    visit, provider = visit_of(request), provider_of(service)
    fields = definition_of(provider).fields_to_type_in
    form = CredentialsForm(fields, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            integration, holder = instance_for(provider=provider, actor=visit.actor, **standing(visit))
            connections.connect(
                integration=integration,
                user_id=holder,
                kind=kind_of(definition_of(provider)),
                credentials=form.credentials,
                actor=visit.actor,
                takes_other_account=request.POST.get("takes_other_account") == "on",
            )
        except HubError as error:
            form.add_error(None, error.message)
            if isinstance(error, AccountChangedError):
                form.offer_other_account()
        else:
            return _told(request, f"{provider} is connected.")
    return render(request, "connections/credentials.html", {"form": form, "provider": provider})


@never_cache
@require_POST
@login_required
def disconnect(request: HttpRequest) -> HttpResponse:
    """Cuts a connection."""
    visit = visit_of(request)
    found = visibility.find_connection(request.POST.get("connection", ""), **standing(visit))
    cut = connections.disconnect(connection=found, actor=visit.actor)
    told = f"{found.integration.provider} is disconnected. The hub has forgotten the credential."
    return _told(request, f"{told} {cut.notice}".strip())


@never_cache
@require_safe
def done(request: HttpRequest) -> HttpResponse:
    """The end of a consent; nobody need be logged in to read it."""
    error = request.GET.get("error", "")
    heading, sentence = ending_of(error)
    service = request.GET.get("service", "") if error == AccountChangedError.code else ""
    missing = "" if error else request.GET.get("missing", "")[:_LONGEST_SHOWN]
    shown = {"missing": missing, "heading": heading, "sentence": sentence, "failed": bool(error)}
    offered = service if _SERVICE.fullmatch(service) else ""
    return render(request, "connections/done.html", shown | {"other_account_at": offered})


def _told(request: HttpRequest, message: str) -> HttpResponse:
    messages.info(request, message)
    return HttpResponseRedirect(reverse("integrations"))
