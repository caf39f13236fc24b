"""Lists of document 003, which name their items."""

from typing import Any, ClassVar

from rest_framework.response import Response

from integrations_site.api.pagination import OffsetPagination


class NamedPagination(OffsetPagination):
    """Pages whose items stand under a name of their own instead of `items`."""

    items: ClassVar[str]

    def get_paginated_response(self, data: Any) -> Response:
        """The page in its envelope."""
        envelope = self.window.envelope(data, self.total)
        return Response({self.items: envelope.pop("items"), **envelope})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """The envelope, for the API's description."""
        found = super().get_paginated_response_schema(schema)
        properties = found["properties"]
        properties = {self.items: properties.pop("items"), **properties}
        required = [self.items if name == "items" else name for name in found["required"]]
        return found | {"properties": properties, "required": required}


class ProviderPagination(NamedPagination):
    """Pages of providers."""

    items = "providers"
