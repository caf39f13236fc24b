"""Adding and removing fields of one's own, on the page of a connection."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from connections.models import Connection, FieldMapping
from connections.pages.details import form_of, shown, told, visited
from connections.pages.visitors import Visit, standing
from connections.services import field_mappings
from connections.services.field_mappings import FieldMappingNotFoundError
from connections.services.previews import preview_field
from integrations_site.kernel import ids
from integrations_site.kernel.errors import ForbiddenError, HubError


@never_cache
@require_POST
@login_required
def add_field(request: HttpRequest, connection: str) -> HttpResponse:
    """Adds a field, or with `do=preview` shows what it would hold."""
    visit, found = _as_admin(request, connection)
    form = form_of(found, request.POST)
    if not form.is_valid():
        return shown(request, found, visit, form)
    try:
        if request.POST.get("do") == "preview":
            preview = preview_field(integration=found.integration, data=form.given, connections=[found])
            return shown(request, found, visit, form, preview=preview)
        field_mappings.add_field_mapping(integration=found.integration, data=form.given, actor=visit.actor)
    except HubError as error:
        form.tell(error)
        return shown(request, found, visit, form)
    return told(request, found, f"{form.given.name} is added. Records have it as they are read from now on.")


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
    return told(request, found, f"{mapping.name} is removed. Records lose it as they are read again.")


def _as_admin(request: HttpRequest, connection: str) -> tuple[Visit, Connection]:
    """The visit of an admin, and the connection. Raises ForbiddenError and ConnectionNotFoundError."""
    visit, found = visited(request, connection)
    if not standing(visit)["is_admin"]:
        raise ForbiddenError("Fields are for the tenant's admins to add and remove")
    return visit, found
