"""`/api/tenant/integrations/{id}/widgets/…`: what a dashboard shows of an integration (document 003)."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.exceptions import ParseError
from rest_framework.request import Request
from rest_framework.response import Response

from connections.api.list_parameters import TakesLists
from connections.api.own import OwnView
from connections.models import Activity, Connection, Integration, SyncRun
from connections.services.widgets.activity import TIME_RANGES, activities_of
from connections.services.widgets.records import DEFAULT_LIMIT, MOST, OCCURRED, RecordsPage, RecordsRequest, records
from connections.services.widgets.standing import Standing, standing_of
from integrations_site.api.fields import ChoiceField, PublicIdField, TextField
from integrations_site.api.parsing import loads
from integrations_site.api.routing import route
from integrations_site.api.schema import documented
from integrations_site.api.serializers import StrictSerializer

_LONGEST_FILTERS = 4000
_DEEPEST = 100_000
# A connection that waits for its first consent has no status that document 003 knows.
_CONNECTION_STATUSES = [status for status in Connection.Status.values if status != Connection.Status.PENDING]
_SYNC_STATUSES = SyncRun.Status.choices


class LastSyncSerializer(serializers.Serializer[Any]):
    """The last sync."""

    id = PublicIdField(SyncRun.id_kind, source="pk")
    status = serializers.ChoiceField(choices=_SYNC_STATUSES)
    syncType = serializers.ChoiceField(choices=SyncRun.Kind.choices, source="sync_type")
    startedAt = serializers.DateTimeField(source="started_at")
    completedAt = serializers.DateTimeField(source="completed_at", allow_null=True)
    resumeAt = serializers.DateTimeField(source="resume_at", allow_null=True)


class StandingSerializer(serializers.Serializer[Any]):
    """How an integration stands. What is not known yet is left out."""

    integrationId = PublicIdField(Integration.id_kind)
    name = serializers.CharField()
    status = serializers.ChoiceField(choices=Integration.Status.choices)
    connectionStatus = serializers.ChoiceField(choices=_CONNECTION_STATUSES, required=False)
    lastConnectedAt = serializers.DateTimeField(required=False)
    lastSyncAt = serializers.DateTimeField(required=False)
    dataAgeSeconds = serializers.IntegerField(
        required=False, help_text="How old the records are: those of the data type that was synced longest ago."
    )
    error = serializers.CharField(required=False, help_text="What is wrong, and what to do.")
    pausedUntil = serializers.DateTimeField(
        required=False, help_text="After failures in a row the provider is left alone until then."
    )
    lastSync = LastSyncSerializer(required=False)


class ActivitySerializer(serializers.Serializer[Any]):
    """Something that happened."""

    id = PublicIdField(Activity.id_kind, source="pk")
    type = serializers.ChoiceField(choices=Activity.Type.choices)
    status = serializers.ChoiceField(choices=Activity.Status.choices)
    timestamp = serializers.DateTimeField(source="at")
    details = serializers.DictField()


class ActivitiesSerializer(serializers.Serializer[Any]):
    """The newest activities; `total` counts all of the time range."""

    activities = ActivitySerializer(many=True)
    total = serializers.IntegerField()


class ActivityQuerySerializer(StrictSerializer):
    """Which activities are asked for."""

    timeRange = ChoiceField(choices=list(TIME_RANGES), default="24h")
    limit = serializers.IntegerField(min_value=1, max_value=MOST, default=DEFAULT_LIMIT)


class RecordsQuerySerializer(StrictSerializer):
    """Which records are asked for."""

    entity = TextField(max_length=100)
    filters = TextField(max_length=_LONGEST_FILTERS, required=False)
    sortBy = TextField(max_length=100, default=OCCURRED)
    sortOrder = ChoiceField(choices=["asc", "desc"], default="desc")
    limit = serializers.IntegerField(min_value=1, max_value=MOST, default=DEFAULT_LIMIT)
    offset = serializers.IntegerField(min_value=0, max_value=_DEEPEST, default=0)
    userId = TextField(max_length=100, required=False)

    def validate_filters(self, value: str) -> dict[str, Any]:
        """The conditions by field. Raises ValidationError for what is no JSON object."""
        try:
            found = loads(value.encode())
        except ParseError as error:
            raise serializers.ValidationError(str(error.detail)) from None
        if not isinstance(found, dict):
            raise serializers.ValidationError("A JSON object is expected: fields, and what they must be.")
        return found


class RecordsSerializer(serializers.Serializer[Any]):
    """Records in the hub's shape, as they were at `fetchedAt`; null: the data type was not synced to its end yet."""

    data = serializers.ListField(child=serializers.DictField())  # type: ignore[assignment]
    total = serializers.IntegerField()
    totalIsExact = serializers.BooleanField(help_text="false: at least `total`.")
    entity = serializers.CharField()
    fetchedAt = serializers.DateTimeField(allow_null=True)
    hasMore = serializers.BooleanField()


class StatusWidget(OwnView):
    """GET: how the integration stands."""

    rate_class = "widget"

    @documented(responses=StandingSerializer)
    def get(self, request: Request, id: str) -> Response:
        """Tells how the integration, its connection and its last sync stand, and how old its records are."""
        return Response(_standing_body(standing_of(integration=self.integration(id), person=self.user_id)))


class ActivityWidget(OwnView):
    """GET: what happened."""

    rate_class = "widget"
    query_parameters = ("timeRange", "limit")

    @documented(
        parameters=[
            OpenApiParameter("timeRange", str, enum=list(TIME_RANGES), description="Left out: 24h."),
            OpenApiParameter("limit", int, description="1 to 100; left out: 10."),
        ],
        responses=ActivitiesSerializer,
        errors=[400],
    )
    def get(self, request: Request, id: str) -> Response:
        """Lists what happened to the integration lately, the newest first."""
        integration = self.integration(id)
        asked = self.body(ActivityQuerySerializer, data=request.query_params.dict())
        found, total = activities_of(
            integration=integration,
            person=self.user_id,
            time_range=asked["timeRange"],
            limit=asked["limit"],
        )
        return Response({"activities": ActivitySerializer(found, many=True).data, "total": total})


class DataWidget(TakesLists, OwnView):
    """GET: records."""

    rate_class = "widget"
    list_parameters = ("fields",)
    query_parameters = (
        *("entity", "fields", "filters", "sortBy", "sortOrder"),
        *("limit", "offset", "userId"),
    )

    @documented(
        parameters=[
            OpenApiParameter("entity", str, required=True, description="The data type, such as customers."),
            OpenApiParameter("fields", str, many=True, description="Fields to show, also with commas between."),
            OpenApiParameter(
                "filters",
                str,
                description='JSON: a field and its value, or gte, lte, in, contains: `{"amount": {"gte": 100}}`.',
            ),
            OpenApiParameter("sortBy", str, description="A field; left out: occurredAt, when the record is from."),
            OpenApiParameter("sortOrder", str, enum=["asc", "desc"], description="Left out: desc."),
            OpenApiParameter("limit", int, description="1 to 100; left out: 10."),
            OpenApiParameter("offset", int, description="Records to skip."),
            OpenApiParameter("userId", str, description="The caller's own id."),
        ],
        responses=RecordsSerializer,
        errors=[400],
    )
    def get(self, request: Request, id: str) -> Response:
        """Lists records of a data type in the hub's shape, the newest first unless told otherwise."""
        integration, given = self.integration(id), self.query()
        fields = given.pop("fields", [])
        asked = self.body(RecordsQuerySerializer, data=given)
        page = records(request=self._request(integration, asked, fields))
        return Response(_page_body(page, asked["entity"]))

    def _request(self, integration: Integration, asked: dict[str, Any], fields: list[str]) -> RecordsRequest:
        return RecordsRequest(
            integration=integration,
            person=self.own(asked.get("userId")),
            entity=asked["entity"],
            fields=fields,
            filters=asked.get("filters", {}),
            sort_by=asked["sortBy"],
            direction=asked["sortOrder"],
            limit=asked["limit"],
            offset=asked["offset"],
        )


def _page_body(page: RecordsPage, entity: str) -> dict[str, Any]:
    return {
        "data": page.rows,
        "total": page.total,
        "totalIsExact": page.is_total_exact,
        "entity": entity,
        "fetchedAt": page.fetched_at,
        "hasMore": page.has_more,
    }


def _standing_body(standing: Standing) -> dict[str, Any]:
    connection, age = standing.connection, standing.data_age
    status = connection.status if connection else None
    told = {
        "connectionStatus": status if status in _CONNECTION_STATUSES else None,
        "lastConnectedAt": connection.connected_at if connection else None,
        "lastSyncAt": connection.last_sync_at if connection else None,
        "dataAgeSeconds": max(int(age.total_seconds()), 0) if age is not None else None,
        "error": standing.error,
        "pausedUntil": connection.blocked_until if connection and standing.is_paused else None,
        "lastSync": LastSyncSerializer(standing.last_sync).data if standing.last_sync else None,
    }
    integration = standing.integration
    named = {"integrationId": integration.public_id, "name": integration.name, "status": integration.status}
    return named | {name: value for name, value in told.items() if value is not None}


routes = [
    route("tenant/integrations/<str:id>/widgets/status", StatusWidget),
    route("tenant/integrations/<str:id>/widgets/activity", ActivityWidget),
    route("tenant/integrations/<str:id>/widgets/data", DataWidget),
]
