"""`/api/integrations/oauth`: consents in the words of document 002, and the address that providers lead browsers to."""

from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from connections.api.bringers import bringer_of, leaving_holder
from connections.api.callers import Document002View
from connections.api.connections import StartedSerializer, started, word_of
from connections.models import Connection
from connections.services import oauth
from connections.services.consents import consent_for_service
from connections.services.oauth_ending import Ending, end_consent
from connections.services.refusals import ConnectionNotFoundError
from integrations_site.api.fields import PublicIdField, TextField
from integrations_site.api.limits import network
from integrations_site.api.routing import route
from integrations_site.api.schema import documented
from integrations_site.api.serializers import StrictSerializer
from integrations_site.api.views import HubView
from integrations_site.kernel.errors import InvalidInputError


class ConnectionNamedSerializer(StrictSerializer):
    """Which connection."""

    connectionId = TextField(max_length=100)


class EndedSerializer(serializers.Serializer[Any]):
    """A connection that the consent has made active; `missingScopes` are those that were asked for and not granted."""

    success = serializers.BooleanField()
    connectionId = PublicIdField(Connection.id_kind)
    message = serializers.CharField()
    missingScopes = serializers.ListField(child=serializers.CharField(), required=False)


class RenewedSerializer(serializers.Serializer[Any]):
    """A connection as it stands after its access was renewed."""

    id = PublicIdField(Connection.id_kind)
    status = serializers.CharField()
    expiresAt = serializers.DateTimeField(allow_null=True)


class RefreshAnswerSerializer(serializers.Serializer[Any]):
    """That access was renewed."""

    success = serializers.BooleanField()
    connection = RenewedSerializer()


class _OAuthView(Document002View):
    rate_class = "oauth"
    asks_vendors = True


class Authorize(_OAuthView):
    """GET: begins a consent."""

    query_parameters = ("redirectUri", "scopes", "state")

    @documented(
        responses=StartedSerializer,
        errors=[400, 409, 422],
        parameters=[
            OpenApiParameter("redirectUri", OpenApiTypes.URI, required=True, description="One that the hub allows."),
            OpenApiParameter("scopes", str, description="Permissions to ask for, with commas between them."),
            OpenApiParameter("state", str, description="Refused: the hub makes the state itself, and binds it to you."),
        ],
    )
    def get(self, request: Request, service: str) -> Response:
        """Begins a consent: send the browser to `authUrl`, and hand what comes back to the callback."""
        query = request.query_params
        _refuse_own_state(query)
        asked = [name for name in query.get("scopes", "").split(",") if name]
        connection, consent = consent_for_service(
            service=service,
            user_id=self.user_id,
            is_admin=self.is_admin,
            actor=self.actor,
            redirect_uri=_redirect_uri(query),
            permissions=asked,
            browser=oauth.of_program(network(request)),
        )
        return Response(started(connection, consent))


class Callback(_OAuthView):
    """GET: ends a consent."""

    def known_parameters(self) -> set[str]:
        """Providers add parameters of their own."""
        return set(self.request.query_params)

    @documented(
        responses=EndedSerializer,
        errors=[400, 409],
        parameters=[
            OpenApiParameter("code", str, description="The code that the provider gave."),
            OpenApiParameter("state", str, required=True, description="The state, as it came back."),
            OpenApiParameter("error", str, description="Why the provider gave no code."),
        ],
    )
    def get(self, request: Request, service: str) -> Response:
        """Ends the consent that the caller began: hand over all that the provider added to the redirect address."""
        connection = end_consent(query=request.query_params.dict(), actor=self.actor, service=service)
        message = "Integration connected successfully"
        told = {"success": True, "connectionId": connection.public_id, "message": message}
        return Response(told | ({"missingScopes": connection.missing_scopes} if connection.missing_scopes else {}))


class Refresh(_OAuthView):
    """POST: renews access."""

    @documented(request=ConnectionNamedSerializer, responses=RefreshAnswerSerializer, errors=[404])
    def post(self, request: Request, service: str) -> Response:
        """Renews the access of a connection now. The hub does so by itself in time; this proves that it can."""
        found = self.connection(self.body(ConnectionNamedSerializer)["connectionId"])
        if found.integration.provider.provider != service:
            raise ConnectionNotFoundError
        oauth.refresh_access(connection=found, actor=self.actor)
        found = self.connection(found.public_id)
        told = {"id": found.public_id, "status": word_of(found), "expiresAt": found.expires_at}
        return Response({"success": True, "connection": told})


class PublicCallback(HubView):
    """GET: where providers lead browsers to at the end of a consent. The state tells whose it is.

    It ends the consent for whoever began it: the person who is logged in, the same browser, or for programs the same
    network. Any other browser is led to the page on which a person of the tenant confirms the consent.
    """

    authentication_classes = ()
    permission_classes = ()
    needs_tenant = False

    def known_parameters(self) -> set[str]:
        """Providers add parameters of their own."""
        return set(self.request.query_params)

    @documented(
        operation_id="integrations_oauth_return",
        responses={
            302: OpenApiResponse(
                description="Back to the return address, with `connected` or `error`; a browser that did not begin the "
                "consent, to the page that has it confirmed."
            )
        },
        errors=[400],
        parameters=[OpenApiParameter("state", str), OpenApiParameter("code", str), OpenApiParameter("error", str)],
    )
    def get(self, request: Request) -> HttpResponse:
        """Ends a consent, and leads the browser back to where it began."""
        ending = Ending.of(query=request.query_params.dict(), bringer=bringer_of(request._request))
        if ending.address:
            return leaving_holder(HttpResponseRedirect(ending.address), ending.holder)
        return render(request._request, "connections/refused.html", {"problem": ending.problem}, status=ending.status)


def _refuse_own_state(query: Any) -> None:
    if query.get("state"):
        message = "Leave it out: the hub makes a state of its own, which serves once, and answers with it"
        raise InvalidInputError(f"state: {message}", details={"fields": {"state": [f"{message}."]}})


def _redirect_uri(query: Any) -> str:
    found = query.get("redirectUri", "")
    if not found:
        message = "redirectUri is needed: where the provider sends the browser"
        raise InvalidInputError(message, details={"fields": {"redirectUri": [f"{message}."]}})
    return str(found)


routes = [
    route("integrations/oauth/callback", PublicCallback),
    route("integrations/oauth/<str:service>/authorize", Authorize),
    route("integrations/oauth/<str:service>/callback", Callback),
    route("integrations/oauth/<str:service>/refresh", Refresh),
]
