"""Views of integrations and connections: who calls, and what of the tenant's is theirs."""

import uuid
from typing import Any, ClassVar

from rest_framework.serializers import BaseSerializer

from connections.models import Connection, Integration
from connections.services import visibility
from connections.services.refusals import UserScopeError
from integrations_site.api.error_forms import CONNECTION_FORM, ErrorForm
from integrations_site.api.permissions import TENANT_ADMINS
from integrations_site.api.schema import HubSchema
from integrations_site.api.views import HubView
from integrations_site.kernel.errors import ForbiddenError


class ConnectionsView(HubView):
    """A view that finds the caller's integrations and connections."""

    rate_class = "integration"

    @property
    def is_admin(self) -> bool:
        """Whether the caller looks after what belongs to the tenant as a whole."""
        return self.caller.role in TENANT_ADMINS

    @property
    def user_id(self) -> uuid.UUID | None:
        """The person who calls, or for whom a program does."""
        return visibility.person_of(self.caller.id)

    def integration(self, public_id: str) -> Integration:
        """The tenant's integration. Raises IntegrationNotFoundError."""
        return visibility.find_integration(public_id)

    def connection(self, public_id: str) -> Connection:
        """The connection, if it is the caller's to see. Raises ConnectionNotFoundError."""
        return visibility.find_connection(public_id, user_id=self.user_id, is_admin=self.is_admin)

    def body(self, kind: type[BaseSerializer[Any]], **options: Any) -> Any:
        """The request's body, read by a serializer."""
        found = kind(data=self.request.data, **options)
        found.is_valid(raise_exception=True)
        return found.validated_data


class TenantAdminView(ConnectionsView):
    """A view of document 003 for the tenant's admins."""

    roles = TENANT_ADMINS


class LinkSchema(HubSchema):
    """Tells the two places of a view apart in the API's description."""

    def get_summary(self) -> str:
        """What the operation does, and for whom."""
        view: Any = self.view
        return f"{super().get_summary()}, for oneself" if view.is_of_user else super().get_summary()


class LinkView(ConnectionsView):
    """A view of an integration's connection, in two places: the tenant's for admins, a user's own for that user."""

    schema = LinkSchema()
    rate_class = "connection"
    asks_vendors = True
    is_of_user: ClassVar[bool] = False

    def allowed_roles(self) -> frozenset[str]:
        """Admins for the tenant's connection; everybody for their own."""
        return frozenset() if self.is_of_user else TENANT_ADMINS

    @property
    def holder(self) -> uuid.UUID | None:
        """Whose connection it is about; None is the tenant. Raises ForbiddenError for a program of nobody's."""
        if not self.is_of_user:
            return None
        if self.user_id is None:
            raise ForbiddenError("A connection of one's own is for people; this program acts for nobody")
        return self.user_id

    def integration(self, public_id: str) -> Integration:
        """The tenant's integration. Raises IntegrationNotFoundError and, at a user's address, UserScopeError."""
        found = super().integration(public_id)
        if self.is_of_user and not found.user_scoped:
            raise UserScopeError(f"{found} has one account for the whole tenant; its admins connect it")
        return found


class Document002View(ConnectionsView):
    """A view of document 002: errors are in its form."""

    error_form: ClassVar[ErrorForm] = CONNECTION_FORM
