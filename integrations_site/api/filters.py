"""Narrowing and ordering lists. What a list does not know is refused: an ignored filter would answer too much."""

from typing import Any, ClassVar

import django_filters
from django.db.models import Q, QuerySet
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.filters import BaseFilterBackend
from rest_framework.request import Request

from integrations_site.api.pagination import PARAMETERS
from integrations_site.kernel import ids
from integrations_site.kernel.errors import InvalidInputError
from integrations_site.tenancy import scope

_ORDER = ("sortBy", "sortOrder")
_LONGEST_SEARCH = 200


class FilterSet(django_filters.FilterSet):
    """django-filter's, for the models of a tenant: the base of every filterset of the API."""

    @classmethod
    def get_filters(cls) -> Any:
        """The filters. Finding a model's fields goes through its manager, which wants a scope; no row is read."""
        with scope.all_tenants():
            return super().get_filters()


class PublicIdFilter(django_filters.CharFilter):
    """Rows whose column holds the UUID behind a public id (`?vendor_id=vendor-…`); none for an id that is none."""

    def __init__(self, kind: str, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.kind = kind

    def filter(self, queryset: QuerySet[Any], value: Any) -> QuerySet[Any]:
        """The rows."""
        if not value:
            return queryset
        found = ids.parse(self.kind, value)
        return queryset.none() if found is None else super().filter(queryset, found)


class FlagFilter(django_filters.TypedChoiceFilter):
    """`?is_active=true` or `false`; anything else is refused, where Django's own field would ignore it."""

    def __init__(self, **options: Any) -> None:
        super().__init__(choices=[("true", "true"), ("false", "false")], coerce=_is_true, **options)


def _is_true(text: str) -> bool:
    return text == "true"


class Filters(DjangoFilterBackend):
    """The view's `filterset_class`, and its `search_fields` (any contains `?search=`, whatever the case)."""

    def filter_queryset(  # type: ignore[override]
        self, request: Request, queryset: QuerySet[Any], view: Any
    ) -> QuerySet[Any]:
        """The rows asked for. Raises InvalidInputError for an unknown parameter."""
        self._refuse_unknown(request, view)
        found = super().filter_queryset(request, queryset, view)
        search = request.query_params.get("search", "").strip()
        if not search:
            return found
        if len(search) > _LONGEST_SEARCH or "\x00" in search:
            raise InvalidInputError(
                "search must be a text of at most 200 characters", details={"fields": {"search": []}}
            )
        matches = Q()
        for name in view.search_fields:
            matches |= Q(**{f"{name}__icontains": search})
        return found.filter(matches)

    def _refuse_unknown(self, request: Request, view: Any) -> None:
        known = set(PARAMETERS) | set(view.extra_parameters)
        known |= set(getattr(getattr(view, "filterset_class", None), "base_filters", {}))
        known |= set(_ORDER) if view.sorting else set()
        known |= {"search"} if view.search_fields else set()
        unknown = sorted(set(request.query_params) - known)
        if unknown:
            raise InvalidInputError(
                f"This list does not know the parameter {unknown[0]!r}; it knows {', '.join(sorted(known))}",
                details={"fields": {name: ["There is no such parameter."] for name in unknown}},
            )

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """`search`, for the API's description; drf-spectacular adds the filterset's own."""
        if not getattr(view, "search_fields", ()):
            return []
        about = f"Any of {', '.join(view.search_fields)} contains this text."
        return [
            {"name": "search", "in": "query", "required": False, "schema": {"type": "string"}, "description": about}
        ]


class Sorting(BaseFilterBackend):
    """`?sortBy=&sortOrder=asc|desc`, by the view's `sorting`; equal rows come in the order of their ids."""

    orders: ClassVar[dict[str, str]] = {"asc": "", "desc": "-"}

    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: Any) -> QuerySet[Any]:
        """The rows in order. Raises InvalidInputError for an order that the list does not know."""
        if not view.sorting:
            return queryset
        name = request.query_params.get("sortBy")
        order = request.query_params.get("sortOrder", "asc")
        if name is None:
            return queryset.order_by(*view.default_sorting)
        if name not in view.sorting or order not in self.orders:
            raise InvalidInputError(
                f"sortBy must be one of {', '.join(sorted(view.sorting))}, and sortOrder asc or desc",
                details={"fields": {"sortBy": sorted(view.sorting), "sortOrder": list(self.orders)}},
            )
        sign = self.orders[order]
        return queryset.order_by(f"{sign}{view.sorting[name]}", f"{sign}pk")

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """The two parameters, for the API's description."""
        if not getattr(view, "sorting", {}):
            return []
        by = {"type": "string", "enum": sorted(view.sorting)}
        return [
            {"name": "sortBy", "in": "query", "required": False, "schema": by, "description": "What to sort by."},
            {
                "name": "sortOrder",
                "in": "query",
                "required": False,
                "schema": {"type": "string", "enum": list(self.orders), "default": "asc"},
                "description": "Which way.",
            },
        ]
