"""The page of one connection: its syncs, fields of one's own, what changed at the vendor, and what was set aside."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from catalog.services.providers import definition_of
from connections.models import Connection, SchemaDrift
from connections.pages.field_forms import TYPES, FieldForm
from connections.pages.sections import set_aside_of, syncs_of
from connections.pages.visitors import Visit, standing, visit_of
from connections.services import drifts, field_mappings, visibility
from integrations_site.kernel import ids

_MOST_SHOWN = 20


@never_cache
@require_safe
@login_required
def connection_page(request: HttpRequest, connection: str) -> HttpResponse:
    """How the connection stands, with what its records hold and hold not."""
    visit, found = visited(request, connection)
    return shown(request, found, visit, form_of(found))


@never_cache
@require_POST
@login_required
def acknowledge(request: HttpRequest, connection: str) -> HttpResponse:
    """Notes that the person has seen a drift."""
    visit, found = visited(request, connection)
    key = ids.parse(SchemaDrift.id_kind, request.POST.get("drift", ""))
    drift = drifts.drifts_of(found).select_related("connection").filter(pk=key).first() if key else None
    if drift is None:
        raise drifts.DriftNotFoundError
    drifts.acknowledge_drift(drift=drift, actor=visit.actor)
    return told(request, found, f"{drift.field} is marked as seen.")


def visited(request: HttpRequest, connection: str) -> tuple[Visit, Connection]:
    """Who looks, and at which connection. Raises ForbiddenError and ConnectionNotFoundError."""
    visit = visit_of(request)
    return visit, visibility.find_connection(connection, **standing(visit))


def form_of(connection: Connection, *data: Any) -> FieldForm:
    """The form for a field of this connection's records."""
    return FieldForm([entity.name for entity in definition_of(connection.integration.provider).entities], *data)


def shown(request: HttpRequest, found: Connection, visit: Visit, form: FieldForm, **more: Any) -> HttpResponse:
    """The page."""
    fields = field_mappings.field_mappings_of(found.integration)
    content = {
        "connection": found,
        "form": form,
        "has_data": bool(definition_of(found.integration.provider).entities),
        "is_admin": standing(visit)["is_admin"],
        "syncs": syncs_of(found, request),
        "fields": [(field, TYPES.get(field.type, field.type)) for field in fields],
        "drifts": drifts.open_drifts_of(found)[:_MOST_SHOWN],
        "set_aside": set_aside_of(found, request),
    }
    return render(request, "connections/connection.html", content | more)


def told(request: HttpRequest, connection: Connection, message: str) -> HttpResponse:
    """Back to the page, with a message."""
    messages.info(request, message)
    return HttpResponseRedirect(reverse("integrations-connection", args=[connection.public_id]))
