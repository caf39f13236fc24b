"""Pages of lists: `items, total, limit, offset, hasMore, nextOffset` (document 003)."""

from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from integrations_site.kernel.errors import InvalidInputError

DEFAULT_LIMIT = 50
MOST = 100
PARAMETERS = ("limit", "offset")


class Window:
    """Which part of a list is asked for. Raises InvalidInputError for what is no such part."""

    def __init__(self, parameters: Any) -> None:
        self.limit = _number(parameters, "limit", default=DEFAULT_LIMIT, least=1, most=MOST)
        self.offset = _number(parameters, "offset", default=0, least=0, most=settings.API_MAX_OFFSET)

    def envelope(self, items: Any, total: int) -> dict[str, Any]:
        """The answer around a page of a list of `total`."""
        following = self.offset + self.limit
        has_more = following < total
        return {
            "items": items,
            "total": total,
            "limit": self.limit,
            "offset": self.offset,
            "hasMore": has_more,
            "nextOffset": following if has_more else None,
        }


class OffsetPagination(BasePagination):
    """Pages by `limit` (1 to 100, 50 where it is not given) and `offset` (at most API_MAX_OFFSET).

    The total is the view's `total(queryset)`, so that a view may know it without counting.
    """

    def paginate_queryset(  # type: ignore[override]
        self, queryset: QuerySet[Any], request: Request, view: APIView | None = None
    ) -> list[Any]:
        """The page's rows."""
        self.window = Window(request.query_params)
        self.total = view.total(queryset) if view is not None and hasattr(view, "total") else queryset.count()
        first = self.window.offset
        return list(queryset[first : first + self.window.limit]) if first < self.total else []

    def get_paginated_response(self, data: Any) -> Response:
        """The page in its envelope."""
        return Response(self.window.envelope(data, self.total))

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """The envelope, for the API's description."""
        return {
            "type": "object",
            "required": ["items", "total", "limit", "offset", "hasMore", "nextOffset"],
            "properties": {
                "items": schema,
                "total": {"type": "integer", "minimum": 0, "examples": [1]},
                "limit": {"type": "integer", "minimum": 1, "maximum": MOST},
                "offset": {"type": "integer", "minimum": 0},
                "hasMore": {"type": "boolean"},
                "nextOffset": {
                    "type": ["integer", "null"],
                    "description": "The offset of the next page; null on the last.",
                },
            },
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """`limit` and `offset`, for the API's description."""
        return [
            _parameter(
                "limit", {"type": "integer", "minimum": 1, "maximum": MOST, "default": DEFAULT_LIMIT}, "Items a page."
            ),
            _parameter(
                "offset",
                {"type": "integer", "minimum": 0, "maximum": settings.API_MAX_OFFSET, "default": 0},
                "Items to skip; to go deeper, narrow the list by filters.",
            ),
        ]


def _number(parameters: Any, name: str, *, default: int, least: int, most: int) -> int:
    text = parameters.get(name)
    if text is None:
        return default
    if text.isascii() and text.isdigit() and len(text) < 10 and least <= int(text) <= most:
        return int(text)
    raise InvalidInputError(
        f"{name} must be a whole number from {least} to {most}", details={"fields": {name: [f"{least} to {most}"]}}
    )


def _parameter(name: str, schema: dict[str, Any], description: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "schema": schema, "description": description}
