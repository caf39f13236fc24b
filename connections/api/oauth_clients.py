"""`/api/tenant/integrations/{id}/oauth-client`: a tenant's own OAuth client with a provider, for its admins."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from connections.api.bodies import SecretField
from connections.api.callers import TenantAdminView
from connections.models import Connection, Integration
from connections.services.oauth import remove_own_client, set_own_client
from connections.services.redirects import callback_uri
from integrations_site.api.fields import TextField
from integrations_site.api.routing import route
from integrations_site.api.schema import documented
from integrations_site.api.serializers import StrictSerializer


class OwnClientSerializer(StrictSerializer):
    """The client as the provider knows it. Left out, there is no secret: for public clients, which have PKCE alone."""

    clientId = TextField(max_length=500)
    clientSecret = SecretField(required=False)


class ClientSerializer(serializers.Serializer[Any]):
    """Which client is used. The secret is never shown. `redirectUri` is what the client must allow at the provider."""

    isOwn = serializers.BooleanField()
    clientId = serializers.CharField(allow_null=True)
    hasSecret = serializers.BooleanField()
    redirectUri = serializers.URLField()


class ChangedClientSerializer(ClientSerializer):
    """Which client is used now, and the connections that were made with the other one.

    Their access holds until it ends and cannot be renewed: their accounts are to be connected again.
    """

    connectionsToReconnect = serializers.ListField(child=serializers.CharField())


class OwnClient(TenantAdminView):
    """GET, PUT, DELETE: a tenant's own OAuth client."""

    @documented(responses=ClientSerializer)
    def get(self, request: Request, id: str) -> Response:
        """Tells whether the integration uses an OAuth client of the tenant's own, and which."""
        return Response(_told(self.integration(id)))

    @documented(request=OwnClientSerializer, responses=ChangedClientSerializer, errors=[422])
    def put(self, request: Request, id: str) -> Response:
        """Has the integration use an OAuth client of the tenant's own, from the next consent or renewal on."""
        integration, body = self.integration(id), self.body(OwnClientSerializer)
        affected = set_own_client(
            integration=integration,
            client_id=body["clientId"],
            client_secret=body.get("clientSecret", ""),
            actor=self.actor,
        )
        return Response(_changed(integration, affected))

    @documented(responses={200: ChangedClientSerializer})
    def delete(self, request: Request, id: str) -> Response:
        """Goes back to the hub's own OAuth client."""
        integration = self.integration(id)
        return Response(_changed(integration, remove_own_client(integration=integration, actor=self.actor)))


def _told(integration: Integration) -> dict[str, Any]:
    return {
        "isOwn": bool(integration.client_id),
        "clientId": integration.client_id or None,
        "hasSecret": bool(integration.sealed_client_secret),
        "redirectUri": callback_uri(),
    }


def _changed(integration: Integration, affected: list[Connection]) -> dict[str, Any]:
    return _told(integration) | {"connectionsToReconnect": [each.public_id for each in affected]}


routes = [route("tenant/integrations/<str:id>/oauth-client", OwnClient)]
