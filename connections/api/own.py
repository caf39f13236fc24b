"""Views that show records: the tenant's, and of users' own accounts the caller's alone."""

import uuid
from typing import Any

from rest_framework.serializers import BaseSerializer

from connections.api.callers import ConnectionsView
from integrations_site.kernel import ids
from integrations_site.kernel.errors import ForbiddenError
from integrations_site.tenancy.models import User


class OwnView(ConnectionsView):
    """A view that may be told whose records are meant: the caller's own, and nobody else's."""

    def own(self, named: str | None) -> uuid.UUID | None:
        """The person who calls. Raises ForbiddenError where somebody else is named."""
        if named is not None and (self.user_id is None or named != ids.public(User.id_kind, self.user_id)):
            raise ForbiddenError("userId must be your own: what others have connected is theirs alone")
        return self.user_id

    def body(self, kind: type[BaseSerializer[Any]], **options: Any) -> Any:
        """The request's body, or what `data` holds instead, read by a serializer."""
        data = options.pop("data", None)
        found = kind(data=self.request.data if data is None else data, **options)
        found.is_valid(raise_exception=True)
        return found.validated_data
