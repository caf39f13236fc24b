"""Asking for syncs, and for their end, on the page of a connection."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from connections.models import SyncRun
from connections.pages.details import told, visited
from connections.services.syncs import cancel_sync, join_sync
from integrations_site.kernel import ids
from integrations_site.kernel.errors import HubError, NotFoundError

_BEGUN = "The sync has begun; look here again in a while."
_UNDER_WAY = "A sync that reads all of this is under way already."


@never_cache
@require_POST
@login_required
def begin(request: HttpRequest, connection: str) -> HttpResponse:
    """Begins a sync: of the `data_type`s that are named, else of all; with `do=full` everything is read anew."""
    visit, found = visited(request, connection)
    kind = SyncRun.Kind.FULL if request.POST.get("do") == "full" else SyncRun.Kind.INCREMENTAL
    wanted = request.POST.getlist("data_type")
    try:
        begun = join_sync(connection=found, sync_type=kind, data_types=wanted, actor=visit.actor)
    except HubError as error:
        return told(request, found, error.message)
    return told(request, found, _BEGUN if begun.is_new else _UNDER_WAY)


@never_cache
@require_POST
@login_required
def cancel(request: HttpRequest, connection: str) -> HttpResponse:
    """Ends a sync. What was stored stays."""
    visit, found = visited(request, connection)
    key = ids.parse(SyncRun.id_kind, request.POST.get("sync", ""))
    run = SyncRun.objects.filter(connection=found, pk=key).first() if key else None
    if run is None:
        raise NotFoundError.of(SyncRun.id_kind)
    try:
        ended = cancel_sync(run=run, actor=visit.actor)
    except HubError as error:
        return told(request, found, error.message)
    is_over = ended.status == SyncRun.Status.CANCELLED
    return told(request, found, "The sync is cancelled." if is_over else "The sync ends after the page it is reading.")
