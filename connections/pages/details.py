"""The page of one connection: fields of one's own, what changed in the vendor's records, and what was set aside."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from catalog.services.providers import definition_of
from connections.models import Connection, FieldMapping, QuarantinedRecord, SchemaDrift
from connections.pages.field_forms import FieldForm
from connections.pages.visitors import Visit, standing, visit_of
from connections.services import drifts, field_mappings, visibility
from connections.services.field_mappings import FieldMappingNotFoundError
from connections.services.previews import preview_field
from integrations_site.kernel import ids
from integrations_site.kernel.errors import ForbiddenError, HubError

_MOST_SHOWN = 20


@never_cache
@require_safe
@login_required
def connection_page(request: HttpRequest, connection: str) -> HttpResponse:
    """How the connection stands, with what its records hold and hold not."""
    visit = visit_of(request)
    found = visibility.find_connection(connection, **standing(visit))
    return _page(request, found, _form(found), visit)


@never_cache
@require_POST
@login_required
def add_field(request: HttpRequest, connection: str) -> HttpResponse:
    """Adds a field, or with `do=preview` shows what it would hold."""
    visit, found = _as_admin(request, connection)
    form = _form(found, request.POST)
    if not form.is_valid():
        return _page(request, found, form, visit)
    try:
        if request.POST.get("do") == "preview":
            preview = preview_field(integration=found.integration, data=form.given, connections=[found])
            return _page(request, found, form, visit, preview=preview)
        field_mappings.add_field_mapping(integration=found.integration, data=form.given, actor=visit.actor)
    except HubError as error:
        form.add_error(None, error.message)
        return _page(request, found, form, visit)
    return _told(request, found, f"{form.given.name} is added. Records have it as they are read from now on.")


@never_cache
@require_POST
@login_required
def remove_field(request: HttpRequest, connection: str) -> HttpResponse:
    """Removes a field."""
    visit, found = _as_admin(request, connection)
    key = ids.parse(FieldMapping.id_kind, request.POST.get("field", ""))
    own = field_mappings.field_mappings_of(found.integration).select_related("integration")
    mapping = own.filter(pk=key).first() if key else None
    if mapping is None:
        raise FieldMappingNotFoundError
    field_mappings.remove_field_mapping(mapping=mapping, actor=visit.actor)
    return _told(request, found, f"{mapping.name} is removed. Records lose it as they are read again.")


@never_cache
@require_POST
@login_required
def acknowledge(request: HttpRequest, connection: str) -> HttpResponse:
    """Notes that the person has seen a drift."""
    visit = visit_of(request)
    found = visibility.find_connection(connection, **standing(visit))
    key = ids.parse(SchemaDrift.id_kind, request.POST.get("drift", ""))
    drift = drifts.drifts_of(found).select_related("connection").filter(pk=key).first() if key else None
    if drift is None:
        raise drifts.DriftNotFoundError
    drifts.acknowledge_drift(drift=drift, actor=visit.actor)
    return _told(request, found, f"{drift.field} is marked as seen.")


def _as_admin(request: HttpRequest, connection: str) -> tuple[Visit, Connection]:
    """The visit of an admin, and the connection. Raises ForbiddenError and ConnectionNotFoundError."""
    visit = visit_of(request)
    found = visibility.find_connection(connection, **standing(visit))
    if not standing(visit)["is_admin"]:
        raise ForbiddenError("Fields are for the tenant's admins to add and remove")
    return visit, found


def _form(connection: Connection, *data: Any) -> FieldForm:
    return FieldForm([entity.name for entity in definition_of(connection.integration.provider).entities], *data)


def _page(request: HttpRequest, found: Connection, form: FieldForm, visit: Visit, **more: Any) -> HttpResponse:
    aside = QuarantinedRecord.objects.filter(connection=found).order_by("-created_at", "-pk")
    shown = {
        "connection": found,
        "form": form,
        "has_data": bool(definition_of(found.integration.provider).entities),
        "is_admin": standing(visit)["is_admin"],
        "fields": field_mappings.field_mappings_of(found.integration),
        "drifts": drifts.open_drifts_of(found)[:_MOST_SHOWN],
        "set_aside": aside[:_MOST_SHOWN],
        "set_aside_count": aside.count(),
    }
    return render(request, "connections/connection.html", shown | more)


def _told(request: HttpRequest, connection: Connection, message: str) -> HttpResponse:
    messages.info(request, message)
    return HttpResponseRedirect(reverse("integrations-connection", args=[connection.public_id]))
