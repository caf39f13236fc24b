"""`/api/integrations/connections/{id}/sync`: syncs in the words of document 002."""

from typing import Any

import django_filters
from django.db.models import Model, QuerySet
from django.urls import path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.api.pages import NamedPagination
from connections.api.bodies import ObjectField
from connections.api.callers import Document002View
from connections.models import Connection, QuarantinedRecord, SyncRun, SyncStep
from connections.services.syncs import cancel_sync, join_sync
from connections.services.syncs.totals import totals_of
from integrations_site.api import limits
from integrations_site.api.fields import ChoiceField, ListField, PublicIdField, TextField
from integrations_site.api.filters import FilterSet
from integrations_site.api.routing import route
from integrations_site.api.schema import documented
from integrations_site.api.serializers import StrictSerializer
from integrations_site.api.views import TenantViewSet, found_in
from integrations_site.kernel import ids
from integrations_site.kernel.errors import NotFoundError
from integrations_site.kernel.limits import Usage
from integrations_site.tenancy.tokens import Caller

# One limit for all that is no connection's id: whoever makes ids up makes no counters.
_NO_ID = "-"


class NewSyncSerializer(StrictSerializer):
    """What to sync. An incremental sync reads what changed, where that can be told; no data types means all."""

    syncType = ChoiceField(choices=SyncRun.Kind.choices, default=SyncRun.Kind.INCREMENTAL, source="sync_type")
    dataTypes = ListField(child=TextField(max_length=100), max_length=50, required=False, source="data_types")


class SyncStartedSerializer(serializers.Serializer[Any]):
    """A sync that is under way."""

    success = serializers.BooleanField()
    syncId = PublicIdField(SyncRun.id_kind)
    status = serializers.CharField()
    startedAt = serializers.DateTimeField()


class ProgressSerializer(serializers.Serializer[Any]):
    """How far one data type is.

    `estimate` is how many records there are, where the provider tells. `notices` say what was not read or looked for,
    and why.
    """

    dataType = serializers.CharField(source="entity")
    status = serializers.ChoiceField(choices=SyncStep.Status.choices)
    isFull = serializers.BooleanField(source="is_full")
    pages = serializers.IntegerField(source="page")
    recordsProcessed = serializers.IntegerField(source="processed")
    recordsSynced = serializers.IntegerField(source="synced")
    recordsUnchanged = serializers.IntegerField(source="unchanged")
    recordsDeleted = serializers.IntegerField(source="deleted")
    errors = serializers.IntegerField()  # type: ignore[assignment]
    estimate = serializers.IntegerField(allow_null=True)
    notices = serializers.ListField(child=serializers.CharField())
    error = ObjectField(allow_null=True)


class SyncSerializer(serializers.Serializer[Any]):
    """A sync. `recordsProcessed` = `recordsSynced` + `errors`; a partial one goes on by itself at `resumeAt`."""

    id = PublicIdField(SyncRun.id_kind)
    connectionId = PublicIdField(Connection.id_kind, source="connection_id")
    status = serializers.ChoiceField(choices=SyncRun.Status.choices)
    syncType = serializers.ChoiceField(choices=SyncRun.Kind.choices, source="sync_type")
    trigger = serializers.ChoiceField(choices=SyncRun.Trigger.choices)
    startedAt = serializers.DateTimeField(source="started_at")
    completedAt = serializers.DateTimeField(source="completed_at", allow_null=True)
    resumeAt = serializers.DateTimeField(source="resume_at", allow_null=True)
    recordsProcessed = serializers.IntegerField(source="totals.processed")
    recordsSynced = serializers.IntegerField(source="totals.synced")
    recordsUnchanged = serializers.IntegerField(source="totals.unchanged")
    recordsDeleted = serializers.IntegerField(source="totals.deleted")
    errors = serializers.IntegerField(source="totals.errors")  # type: ignore[assignment]
    dataTypes = serializers.ListField(child=serializers.CharField(), source="data_types")
    progress = ProgressSerializer(many=True)
    error = ObjectField(allow_null=True)

    def to_representation(self, instance: SyncRun) -> dict[str, Any]:
        """The sync with the sums of its steps."""
        steps = sorted(instance.steps.all(), key=lambda step: step.position)
        instance.totals, instance.progress = totals_of(steps), steps  # type: ignore[attr-defined]
        return super().to_representation(instance)


class SyncAnswerSerializer(serializers.Serializer[Any]):
    """A sync, as an answer."""

    success = serializers.BooleanField()
    sync = SyncSerializer()


class QuarantinedSerializer(serializers.Serializer[Any]):
    """A record that was not taken in, and why: the mapped field that it does not fit, or the record as a whole."""

    dataType = serializers.CharField(source="entity")
    recordId = serializers.CharField(source="external_id")
    field = serializers.CharField()
    reason = serializers.CharField()
    raw = serializers.CharField()
    quarantinedAt = serializers.DateTimeField(source="created_at")


class SyncView(Document002View):
    """POST begins a sync, GET tells how it stands."""

    query_parameters = ("syncId",)

    def count(self, caller: Caller) -> Usage:
        """Beginning syncs has a limit of its own, for each connection, beside that of the view's class."""
        usage = super().count(caller)
        if self.request.method != "POST" or usage.is_exceeded:
            return usage
        key = ids.parse(Connection.id_kind, self.kwargs["id"])
        return limits.count_caller("sync", caller, about=key.hex if key else _NO_ID)

    @documented(request=NewSyncSerializer, responses=dict.fromkeys((202, 200), SyncStartedSerializer), errors=[409])
    def post(self, request: Request, id: str) -> Response:
        """Begins a sync (202). One under way that reads at least as much is told instead (200)."""
        connection, body = self.connection(id), self.body(NewSyncSerializer)
        run, is_new = join_sync(connection=connection, actor=self.actor, **body)
        return Response(_started(run), status=202 if is_new else 200)

    @documented(responses=SyncAnswerSerializer)
    def get(self, request: Request, id: str) -> Response:
        """Tells how the connection's last sync stands, or the one that `syncId` names."""
        return Response({"success": True, "sync": SyncSerializer(_run_of(self.connection(id), request)).data})


class CancelSync(Document002View):
    """POST: ends a sync."""

    query_parameters = ("syncId",)

    @documented(request=None, responses=SyncAnswerSerializer, errors=[409])
    def post(self, request: Request, id: str) -> Response:
        """Ends the connection's sync after the page that is being stored. What was stored stays."""
        run = cancel_sync(run=_run_of(self.connection(id), request), actor=self.actor)
        return Response({"success": True, "sync": SyncSerializer(run).data})


class SyncPagination(NamedPagination):
    """Pages of syncs."""

    items = "syncs"


class QuarantinedPagination(NamedPagination):
    """Pages of quarantined records."""

    items = "records"


class QuarantinedFilters(FilterSet):
    """What narrows the list of quarantined records."""

    dataType = django_filters.CharFilter(field_name="entity", max_length=100, help_text="Records of this data type.")

    class Meta:
        model = QuarantinedRecord
        fields = ("dataType",)


class _OfConnection(Document002View, TenantViewSet):
    def get_queryset(self) -> QuerySet[Any]:
        """The connection's. Raises ConnectionNotFoundError."""
        found = super().get_queryset()
        if getattr(self, "swagger_fake_view", False):
            return found
        return found.filter(connection=self.connection(self.kwargs["id"]))


class SyncViewSet(_OfConnection):
    """The syncs of a connection, the newest first."""

    model = SyncRun
    serializer_class = SyncSerializer
    pagination_class = SyncPagination
    default_sorting = ("-started_at", "-pk")

    @documented(responses=SyncSerializer(many=True))
    def list(self, request: Request, id: str) -> Response:
        """Lists the connection's syncs, the newest first."""
        return _page(self, self.get_queryset().prefetch_related("steps"))


class QuarantinedViewSet(_OfConnection):
    """What of a connection was not taken in, the newest first."""

    model = QuarantinedRecord
    serializer_class = QuarantinedSerializer
    pagination_class = QuarantinedPagination
    filterset_class = QuarantinedFilters

    @documented(responses=QuarantinedSerializer(many=True))
    def list(self, request: Request, id: str) -> Response:
        """Lists the records that did not fit, each with the reason."""
        return _page(self, self.get_queryset())


def _page(view: _OfConnection, rows: QuerySet[Model]) -> Response:
    page = view.paginate_queryset(view.filter_queryset(rows))
    answer = view.get_paginated_response(view.get_serializer(page, many=True).data)
    return Response({"success": True, **answer.data})


def _run_of(connection: Connection, request: Request) -> SyncRun:
    runs = SyncRun.objects.filter(connection=connection).prefetch_related("steps")
    if named := request.query_params.get("syncId"):
        return found_in(runs, named)
    run = runs.order_by("-started_at", "-pk").first()
    if run is None:
        raise NotFoundError.of("sync", ": the connection was not synced yet; begin one with POST")
    return run


def _started(run: SyncRun) -> dict[str, Any]:
    told = {"success": True, "syncId": run.pk, "status": run.status, "startedAt": run.started_at}
    return dict(SyncStartedSerializer(told).data)


routes = [
    route("integrations/connections/<str:id>/sync", SyncView),
    route("integrations/connections/<str:id>/sync/cancel", CancelSync),
    path("integrations/connections/<str:id>/syncs", SyncViewSet.as_view({"get": "list"})),
    path("integrations/connections/<str:id>/quarantined", QuarantinedViewSet.as_view({"get": "list"})),
]
