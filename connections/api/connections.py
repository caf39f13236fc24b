"""`/api/integrations/connections`: connections in the words of document 002."""

from typing import Any, ClassVar

import django_filters
from django.db.models import QuerySet
from django.urls import path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.api.pages import NamedPagination
from connections.api.bodies import ObjectField
from connections.api.callers import Document002View
from connections.models import Connection
from connections.services import connections, visibility
from connections.services.connection_changes import change_connection
from connections.services.consents import consent_for_service
from connections.services.oauth import of_program
from integrations_site.api import limits
from integrations_site.api.fields import BooleanField, ListField, PublicIdField, TextField
from integrations_site.api.filters import ChoiceFilter, FilterSet
from integrations_site.api.schema import documented
from integrations_site.api.serializers import StrictSerializer
from integrations_site.api.views import TenantViewSet
from integrations_site.kernel.limits import Usage
from integrations_site.tenancy.tokens import Caller

_Status = Connection.Status
# Document 002's words for how a connection stands.
STATUSES = {
    "pending": _Status.PENDING,
    "connected": _Status.ACTIVE,
    "expired": _Status.EXPIRED,
    "disconnected": _Status.REVOKED,
    "error": _Status.ERROR,
}
_WORDS = {status: word for word, status in STATUSES.items()}
_SYNC_WORDS = {"completed": "success"}


class ServiceConnectionSerializer(serializers.Serializer[Any]):
    """A connection with a service."""

    id = PublicIdField(Connection.id_kind)
    service = serializers.CharField(source="integration.provider.provider")
    serviceName = serializers.CharField(source="integration.provider.display_name")
    integrationId = PublicIdField("int", source="integration_id")
    status = serializers.SerializerMethodField()
    accountName = serializers.CharField(source="account_name")
    connectedAt = serializers.DateTimeField(source="connected_at", allow_null=True)
    lastSyncAt = serializers.DateTimeField(source="last_sync_at", allow_null=True)
    syncStatus = serializers.SerializerMethodField()
    permissions = serializers.ListField(child=serializers.CharField())
    expiresAt = serializers.DateTimeField(source="expires_at", allow_null=True)
    settings = ObjectField()
    updatedAt = serializers.DateTimeField(source="updated_at")

    def get_status(self, connection: Connection) -> str:
        """In document 002's words."""
        return word_of(connection)

    def get_syncStatus(self, connection: Connection) -> str | None:
        """How the last sync ended, or that one is under way; null where there was none."""
        return _SYNC_WORDS.get(connection.sync_status, connection.sync_status) or None


class ConnectionPageSerializer(serializers.Serializer[Any]):
    """A page of connections."""

    success = serializers.BooleanField()
    connections = ServiceConnectionSerializer(many=True)
    total = serializers.IntegerField()
    limit = serializers.IntegerField()
    offset = serializers.IntegerField()
    hasMore = serializers.BooleanField()
    nextOffset = serializers.IntegerField(allow_null=True)


class ConnectionAnswerSerializer(serializers.Serializer[Any]):
    """A connection, as an answer."""

    success = serializers.BooleanField()
    connection = ServiceConnectionSerializer()


class NewWebhookSerializer(serializers.Serializer[Any]):
    """The webhook that `settings.webhookUrl` made, below `/api/webhooks`, and its secret, shown this once."""

    id = serializers.CharField(source="public_id")
    secret = serializers.CharField()


class ChangedAnswerSerializer(ConnectionAnswerSerializer):
    """A changed connection; `webhook` where the change made one."""

    webhook = NewWebhookSerializer(required=False)


class NewConnectionSerializer(StrictSerializer):
    """What to connect. `permissions`: what to ask for; left out, what the connection has, else the usual ones."""

    service = TextField(max_length=60)
    permissions = ListField(child=TextField(max_length=200), max_length=100, required=False)
    returnUrl = TextField(max_length=2000, required=False, help_text="Where the browser goes in the end.")
    takesOtherAccount = BooleanField(source="takes_other_account", required=False)


class StartedSerializer(serializers.Serializer[Any]):
    """A connection that waits for consent: send the browser to `authUrl`."""

    success = serializers.BooleanField()
    connectionId = PublicIdField(Connection.id_kind)
    authUrl = serializers.URLField()
    state = serializers.CharField()


class ConnectionChangesSerializer(StrictSerializer):
    """What may change about a connection. A setting that is null is taken away."""

    settings = ObjectField(
        required=False,
        help_text='`syncFrequency`: manual, hourly, daily, weekly, {"cron": "0 6 * * 1-5"}; `webhookUrl`: an address '
        "that is told of what happens to this connection, signed as every webhook is.",
    )
    permissions = ListField(
        child=TextField(max_length=200), max_length=100, required=False, help_text="Only such as were consented to."
    )
    displayName = TextField(source="display_name", max_length=200, required=False, allow_blank=True)


class DeletedSerializer(serializers.Serializer[Any]):
    """That it is gone; `notice` says why the provider's authorization was not ended, where it was not."""

    success = serializers.BooleanField()
    message = serializers.CharField()
    notice = serializers.CharField(required=False)


class ConnectionPagination(NamedPagination):
    """Pages of connections; their description is `ConnectionPageSerializer`."""

    items = "connections"

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """The answer as it is: the serializer describes the page, not an item."""
        return schema


class ConnectionFilters(FilterSet):
    """What narrows the list of connections."""

    service = django_filters.CharFilter(
        field_name="integration__provider__provider", max_length=60, help_text="Connections with this service."
    )
    status = ChoiceFilter(
        choices=[(word, word) for word in STATUSES], method="of_status", help_text="Connections that stand so."
    )

    class Meta:
        model = Connection
        fields = ("service", "status")

    def of_status(self, found: QuerySet[Connection], name: str, word: str) -> QuerySet[Connection]:
        """The connections with this status."""
        return found.filter(status=STATUSES[word])


class ConnectionViewSet(Document002View, TenantViewSet):
    """Connections: the tenant's for its admins, and for everybody their own."""

    model = Connection
    serializer_class = ServiceConnectionSerializer
    pagination_class = ConnectionPagination
    filterset_class = ConnectionFilters
    sorting: ClassVar[dict[str, str]] = {"createdAt": "created_at", "connectedAt": "connected_at", "status": "status"}

    def count(self, caller: Caller) -> Usage:
        """Making connections has a limit of its own."""
        return limits.count_caller("connection_creation" if self.action == "create" else self.rate_class, caller)

    def get_queryset(self) -> QuerySet[Any]:
        """Those that are the caller's to see."""
        if getattr(self, "swagger_fake_view", False):
            return Connection.objects.none()
        return visibility.connections_open_to(user_id=self.user_id, is_admin=self.is_admin)

    @documented(responses=ConnectionPageSerializer, errors=[400])
    def list(self, request: Request) -> Response:
        """Lists the connections that the caller may see, the newest first."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        answer = self.get_paginated_response(ServiceConnectionSerializer(page, many=True).data)
        return Response({"success": True, **answer.data})

    @documented(request=NewConnectionSerializer, responses={201: StartedSerializer}, errors=[409, 422])
    def create(self, request: Request) -> Response:
        """Makes a connection with a service, which waits for consent. One that there is already is connected anew."""
        body = self.body(NewConnectionSerializer)
        return_url = body.pop("returnUrl", "")
        connection, consent = consent_for_service(
            user_id=self.user_id,
            is_admin=self.is_admin,
            actor=self.actor,
            return_url=return_url,
            browser=of_program(limits.network(request)),
            **body,
        )
        return Response(started(connection, consent), status=201)

    @documented(responses=ConnectionAnswerSerializer)
    def retrieve(self, request: Request, id: str) -> Response:
        """Reads one connection."""
        return _answer(self.connection(id))

    @documented(request=ConnectionChangesSerializer, responses=ChangedAnswerSerializer, errors=[409])
    def partial_update(self, request: Request, id: str) -> Response:
        """Changes settings and permissions. What was not consented to needs a new consent."""
        found = self.connection(id)
        changes = self.body(ConnectionChangesSerializer)
        changed, webhook = change_connection(connection=found, actor=self.actor, **changes)
        told = {"success": True, "connection": changed} | ({"webhook": webhook} if webhook else {})
        return Response(ChangedAnswerSerializer(told).data)

    @documented(responses=DeletedSerializer)
    def destroy(self, request: Request, id: str) -> Response:
        """Deletes a connection: its credential at once, its records soon after."""
        cut = connections.remove_connection(connection=self.connection(id), actor=self.actor)
        told = {"success": True, "message": "Connection deleted successfully"}
        return Response(told | ({"notice": cut.notice} if cut.notice else {}))


def word_of(connection: Connection) -> str:
    """How it stands, in document 002's words."""
    return _WORDS[_Status(connection.status)]


def started(connection: Connection, consent: Any) -> dict[str, Any]:
    """The answer where a consent has begun."""
    return {
        "success": True,
        "connectionId": connection.public_id,
        "authUrl": consent.authorization_url,
        "state": consent.state,
    }


def _answer(connection: Connection) -> Response:
    return Response({"success": True, "connection": ServiceConnectionSerializer(connection).data})


routes = [
    path("integrations/connections", ConnectionViewSet.as_view({"get": "list", "post": "create"})),
    path(
        "integrations/connections/<str:id>",
        ConnectionViewSet.as_view({"get": "retrieve", "patch": "partial_update", "delete": "destroy"}),
    ),
]
