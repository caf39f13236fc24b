"""Connecting an integration, testing and disconnecting it: for the tenant, and for each user (document 003).

The same views serve `/api/tenant/integrations/{id}/…`, for admins, and `/api/user/integrations/{id}/…`, for users and
the accounts of their own.
"""

from typing import Any, ClassVar

from django.urls import URLPattern
from rest_framework.request import Request
from rest_framework.response import Response

from connections.api.bodies import (
    ApiKeySerializer,
    BasicSerializer,
    ConnectedSerializer,
    ConsentSerializer,
    CredentialsChangedSerializer,
    CustomSerializer,
    DisconnectedSerializer,
    LinkSerializer,
    NewCredentialsSerializer,
    OAuthStartSerializer,
    TestedSerializer,
)
from connections.api.callers import LinkView
from connections.models import Connection, Integration
from connections.services import connections, testing
from connections.services.consents import consent_for_integration
from connections.services.oauth import of_program
from connections.services.refusals import ConnectionNotFoundError
from integrations_site.api.limits import network
from integrations_site.api.routing import route
from integrations_site.api.schema import documented

_Kind = Connection.CredentialKind


class _HolderView(LinkView):
    """A view of the connection that the holder has."""

    def held(self, integration_id: str) -> Connection:
        """The holder's connection, also one that was disconnected. Raises ConnectionNotFoundError."""
        found = connections.connection_of(self.integration(integration_id), self.holder)
        if found is None:
            raise ConnectionNotFoundError("Nobody has connected an account yet")
        return found


class StartConsent(_HolderView):
    """POST: begins a consent."""

    @documented(request=OAuthStartSerializer, responses=ConsentSerializer, errors=[422])
    def post(self, request: Request, id: str) -> Response:
        """Begins the consent of an account's owner at the provider: send the browser to `authorizationUrl`."""
        integration, body = self.integration(id), self.body(OAuthStartSerializer)
        consent = consent_for_integration(
            integration=integration,
            user_id=self.holder,
            actor=self.actor,
            return_url=body.pop("returnUrl"),
            browser=of_program(network(request)),
            **body,
        )
        return Response(ConsentSerializer(consent).data)


class _Connect(_HolderView):
    kind: ClassVar[_Kind]

    def connect(self, integration: Integration, credentials: dict[str, Any], **options: Any) -> Response:
        made = connections.connect(
            integration=integration,
            user_id=self.holder,
            kind=self.kind,
            credentials=credentials,
            actor=self.actor,
            **options,
        )
        return Response(ConnectedSerializer(made).data)


class ConnectApiKey(_Connect):
    """POST: connects with an API key."""

    kind = _Kind.API_KEY

    @documented(request=ApiKeySerializer, responses=ConnectedSerializer)
    def post(self, request: Request, id: str) -> Response:
        """Connects with an API key, once the provider has accepted it."""
        integration, body = self.integration(id), self.body(ApiKeySerializer)
        return self.connect(integration, {"apiKey": body.pop("apiKey")}, **body)


class ConnectBasic(_Connect):
    """POST: connects with a user name and a password."""

    kind = _Kind.BASIC

    @documented(request=BasicSerializer, responses=ConnectedSerializer)
    def post(self, request: Request, id: str) -> Response:
        """Connects with a user name and a password, once the provider has accepted them."""
        integration, body = self.integration(id), self.body(BasicSerializer)
        return self.connect(integration, {name: body.pop(name) for name in ("username", "password")}, **body)


class ConnectCustom(_Connect):
    """POST: connects with the provider's own kind of credentials."""

    kind = _Kind.CUSTOM

    @documented(request=CustomSerializer, responses=ConnectedSerializer)
    def post(self, request: Request, id: str) -> Response:
        """Connects with credentials of the provider's own, once it has accepted them."""
        integration, body = self.integration(id), self.body(CustomSerializer)
        return self.connect(integration, body.pop("credentials"), **body)


class ShowConnection(_HolderView):
    """GET: how the connection stands."""

    @documented(responses=LinkSerializer)
    def get(self, request: Request, id: str) -> Response:
        """Tells how the connection stands, and until when it holds."""
        return Response(LinkSerializer(self.held(id)).data)


class TestConnection(_HolderView):
    """POST: tries the connection."""

    @documented(request=None, responses=TestedSerializer)
    def post(self, request: Request, id: str) -> Response:
        """Asks the provider whether it accepts the credential. What it says is kept with the connection."""
        result = testing.test_connection(connection=self.held(id), actor=self.actor)
        return Response(TestedSerializer(result).data)


class Disconnect(_HolderView):
    """POST: cuts the connection."""

    @documented(request=None, responses=DisconnectedSerializer)
    def post(self, request: Request, id: str) -> Response:
        """Disconnects: the hub forgets the credential. Records stay; the same account can be connected again."""
        cut = connections.disconnect(connection=self.held(id), actor=self.actor)
        told = {"success": True, "disconnectedAt": cut.connection.disconnected_at}
        return Response(told | ({"notice": cut.notice} if cut.notice else {}))


class ReplaceCredentials(_HolderView):
    """PATCH: new credentials."""

    @documented(request=NewCredentialsSerializer, responses=CredentialsChangedSerializer, errors=[409])
    def patch(self, request: Request, id: str) -> Response:
        """Takes new credentials in the place of the old ones, once the provider has accepted them."""
        held, body = self.held(id), self.body(NewCredentialsSerializer)
        kind, given = body.pop("credentialType"), body.pop("credentials")
        kept = connections.replace_credentials(connection=held, kind=kind, credentials=given, actor=self.actor, **body)
        return Response({"success": True, "credentialSecretName": kept.name, "updatedAt": kept.updated_at})


_CONNECTING: dict[str, type[LinkView]] = {
    "connect/oauth": StartConsent,
    "connect/api-key": ConnectApiKey,
    "connect/basic": ConnectBasic,
    "connect/custom": ConnectCustom,
    "disconnect": Disconnect,
    "connection/test": TestConnection,
    "credentials": ReplaceCredentials,
}


def link_routes(base: str, *, is_of_user: bool) -> list[URLPattern]:
    """The addresses of connecting and disconnecting below `base`."""
    return [route(f"{base}/<str:id>/{end}", view, is_of_user=is_of_user) for end, view in _CONNECTING.items()]


routes = [
    *link_routes("tenant/integrations", is_of_user=False),
    route("tenant/integrations/<str:id>/connection", ShowConnection),
]
