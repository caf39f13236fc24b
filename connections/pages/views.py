"""The pages of integrations: the catalog with what is connected, the form for credentials, the end of a consent."""

import secrets
import uuid
from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from catalog.models import Provider
from catalog.services.providers import definition_of
from connections.models import Connection, Integration
from connections.pages.details import visited
from connections.pages.endings import ending_of
from connections.pages.forms import CredentialsForm
from connections.pages.visitors import Visit, standing, visit_of
from connections.services import connections, visibility
from connections.services.consents import consent_for_integration, consent_for_service
from connections.services.credential_forms import kind_of
from connections.services.errors import AccountChangedError
from connections.services.oauth import Consent, of_browser
from connections.services.oauth_ending import BROWSER_COOKIE, done_page
from connections.services.overview import cards
from connections.services.service_connections import instance_for, provider_of
from integrations_site.api import cookies
from integrations_site.kernel import ids
from integrations_site.kernel.errors import HubError

_CONSENT_SECONDS = 15 * 60
_LONGEST_SHOWN = 500
# Gives what is to be connected: the integration, and whose account it will be (None: the tenant's).
_Target = Callable[[], tuple[Integration, uuid.UUID | None]]


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
    """Leads the browser to the provider, for consent to a first account."""
    visit = visit_of(request)
    return _led(request, visit, lambda more: consent_for_service(service=service, **standing(visit), **more)[1])


@never_cache
@require_POST
@login_required
def consent_again(request: HttpRequest, connection: str) -> HttpResponse:
    """Leads the browser to the provider, for consent to this very connection."""
    visit, found = visited(request, connection)
    again = partial(consent_for_integration, integration=found.integration, user_id=found.user_id)
    return _led(request, visit, lambda more: again(**more))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def credentials(request: HttpRequest, service: str) -> HttpResponse:
    """The form for credentials to a first account; a POST connects with them."""
    visit, provider = visit_of(request), provider_of(service)
    target = partial(instance_for, provider=provider, actor=visit.actor, **standing(visit))
    return _typed_in(request, visit, provider, target)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def credentials_again(request: HttpRequest, connection: str) -> HttpResponse:
    """The form for new credentials to this very connection; a POST connects with them."""
    visit, found = visited(request, connection)
    return _typed_in(request, visit, found.integration.provider, lambda: (found.integration, found.user_id))


@never_cache
@require_POST
@login_required
def disconnect(request: HttpRequest) -> HttpResponse:
    """Cuts a connection."""
    visit = visit_of(request)
    found = visibility.find_connection(request.POST.get("connection", ""), **standing(visit))
    cut = connections.disconnect(connection=found, actor=visit.actor)
    told = f"{found.integration} is disconnected. The hub has forgotten the credential."
    return _told(request, f"{told} {cut.notice}".strip())


@never_cache
@require_safe
def done(request: HttpRequest) -> HttpResponse:
    """The end of a consent; nobody need be logged in to read it."""
    error = request.GET.get("error", "")
    heading, sentence = ending_of(error)
    connection = request.GET.get("connection", "") if error == AccountChangedError.code else ""
    missing = "" if error else request.GET.get("missing", "")[:_LONGEST_SHOWN]
    shown = {"missing": missing, "heading": heading, "sentence": sentence, "failed": bool(error)}
    confirmable = connection if ids.parse(Connection.id_kind, connection) else ""
    return render(request, "connections/done.html", shown | {"confirmable": confirmable})


def _led(request: HttpRequest, visit: Visit, begin: Callable[[dict[str, Any]], Consent]) -> HttpResponse:
    """The way to the provider, for a consent that this browser ends; what is refused is told."""
    browser = secrets.token_urlsafe(32)
    takes_other_account = request.POST.get("other_account") == "yes"
    options = {"return_url": done_page(), "browser": of_browser(browser), "takes_other_account": takes_other_account}
    try:
        begun = begin({"actor": visit.actor, **options})
    except HubError as error:
        return _told(request, error.message)
    response = HttpResponseRedirect(begun.authorization_url)
    cookies.leave(response, BROWSER_COOKIE, browser, seconds=_CONSENT_SECONDS)
    return response


def _typed_in(request: HttpRequest, visit: Visit, provider: Provider, target: _Target) -> HttpResponse:
    """The form for credentials; a POST connects what `target` gives, asked for once the form is valid."""
    definition = definition_of(provider)
    form = CredentialsForm(definition.fields_to_type_in, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            integration, holder = target()
            connections.connect(
                integration=integration,
                user_id=holder,
                kind=kind_of(definition),
                credentials=form.credentials,
                actor=visit.actor,
                takes_other_account=request.POST.get("takes_other_account") == "on",
            )
        except HubError as error:
            form.add_error(None, error.message)
            if isinstance(error, AccountChangedError):
                form.offer_other_account()
        else:
            return _told(request, f"{integration} is connected.")
    return render(request, "connections/credentials.html", {"form": form, "provider": provider})


def _told(request: HttpRequest, message: str) -> HttpResponse:
    messages.info(request, message)
    return HttpResponseRedirect(reverse("integrations"))
