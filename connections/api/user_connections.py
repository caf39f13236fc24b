"""`/api/user/integrations`: accounts that users connect for themselves (document 003)."""

from rest_framework.request import Request
from rest_framework.response import Response

from connections.api.bodies import UserLinkSerializer
from connections.api.callers import LinkView
from connections.api.links import link_routes
from connections.models import Connection
from connections.services import connections
from integrations_site.api.routing import route
from integrations_site.api.schema import documented


class ShowOwnConnection(LinkView):
    """GET: whether the caller's own account is connected."""

    is_of_user = True

    @documented(responses=UserLinkSerializer)
    def get(self, request: Request, id: str) -> Response:
        """Tells whether the caller's own account is connected; nobody sees another's."""
        found = connections.connection_of(self.integration(id), self.holder)
        if found is None:
            return Response({"connected": False})
        told = {
            "connected": found.status == Connection.Status.ACTIVE,
            "connectionId": found.public_id,
            "status": found.status,
            "lastConnectedAt": found.connected_at,
        }
        return Response({name: value for name, value in told.items() if value is not None})


routes = [
    *link_routes("user/integrations", is_of_user=True),
    route("user/integrations/<str:id>/connection", ShowOwnConnection),
]
