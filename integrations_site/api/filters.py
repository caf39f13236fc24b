"""Narrowing and ordering lists. What a list does not know is refused: an ignored filter would answer too much."""

from collections.abc import Iterable
from typing import Any, ClassVar

import django_filters
from django.db.models import Q, QuerySet
from rest_framework.filters import BaseFilterBackend
from rest_framework.request import Request

from integrations_site.api.filter_forms import CurrencyField, DayField, InstantField, PublicIdField, none_of
from integrations_site.kernel.errors import InvalidInputError
from integrations_site.tenancy import scope

_LONGEST_SEARCH = 200


class FilterSet(django_filters.FilterSet):
    """django-filter's, for the models of a tenant: the base of every filterset of the API."""

    @classmethod
    def get_filters(cls) -> Any:
        """The filters. Finding a model's fields goes through its manager, which wants a scope; no row is read."""
        with scope.all_tenants():
            return super().get_filters()


class PublicIdFilter(django_filters.CharFilter):
    """Rows whose column holds the UUID behind a public id (`?vendor_id=vendor-…`); a text that is no id is refused."""

    field_class = PublicIdField

    def __init__(self, kind: str, **options: Any) -> None:
        super().__init__(kind=kind, **options)


class DayFilter(django_filters.DateFilter):
    """Rows by a day (`?due_before=2026-10-31`); one that does not exist is refused."""

    field_class = DayField


class InstantFilter(django_filters.IsoDateTimeFilter):
    """Rows by an instant (`?from=2026-10-31T12:00:00Z`), or by the beginning of a day, in UTC."""

    field_class = InstantField


class ChoiceFilter(django_filters.ChoiceFilter):
    """Rows by one of a few words; whoever asks for another is told which there are."""

    def __init__(self, choices: Any, **options: Any) -> None:
        words = [value for value, _ in choices]
        super().__init__(choices=choices, error_messages=none_of(words), **options)


class CurrencyFilter(django_filters.CharFilter):
    """Rows by a currency's code of ISO 4217."""

    field_class = CurrencyField


class FlagFilter(django_filters.TypedChoiceFilter):
    """`?is_active=true` or `false`; anything else is refused, where Django's own field would ignore it."""

    def __init__(self, **options: Any) -> None:
        words = ("true", "false")
        super().__init__(
            choices=[(word, word) for word in words], coerce=_is_true, error_messages=none_of(words), **options
        )


def _is_true(text: str) -> bool:
    return text == "true"


class Search(BaseFilterBackend):
    """`?search=`: any of the view's `search_fields` contains the text, whatever the case."""

    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: Any) -> QuerySet[Any]:
        """The rows asked for. Raises InvalidInputError."""
        search = request.query_params.get("search", "").strip()
        if not search:
            return queryset
        if len(search) > _LONGEST_SEARCH or "\x00" in search:
            wanted = f"A text of at most {_LONGEST_SEARCH} characters, without NUL, is expected."
            raise InvalidInputError(f"search: {wanted}", details={"fields": {"search": [wanted]}})
        matches = Q()
        for name in view.search_fields:
            matches |= Q(**{f"{name}__icontains": search})
        return queryset.filter(matches)

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """The parameter, for the API's description."""
        if not getattr(view, "search_fields", ()):
            return []
        columns = ", ".join(name.replace("__", ".") for name in view.search_fields)
        about = f"Any of {columns} contains this text."
        schema = {"type": "string", "maxLength": _LONGEST_SEARCH}
        return [{"name": "search", "in": "query", "required": False, "schema": schema, "description": about}]


class Sorting(BaseFilterBackend):
    """`?sortBy=&sortOrder=asc|desc`, by the view's `sorting`; equal rows come in the order of their ids."""

    orders: ClassVar[dict[str, str]] = {"asc": "", "desc": "-"}

    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: Any) -> QuerySet[Any]:
        """The rows in order. Raises InvalidInputError for an order that the list does not know."""
        if not view.sorting:
            return queryset if queryset.ordered else queryset.order_by(*view.default_sorting)
        name = request.query_params.get("sortBy")
        order = request.query_params.get("sortOrder", "asc")
        if order not in self.orders:
            raise _no_order("sortOrder", self.orders)
        if name is None and "sortOrder" not in request.query_params:
            return queryset.order_by(*view.default_sorting)
        if name not in view.sorting:
            raise _no_order("sortBy", sorted(view.sorting))
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
                "schema": {"type": "string", "enum": list(self.orders)},
                "description": "Which way; goes with sortBy. Left out: asc.",
            },
        ]


def _no_order(name: str, words: Iterable[str]) -> InvalidInputError:
    listed = ", ".join(words)
    return InvalidInputError(f"{name} must be one of {listed}", details={"fields": {name: [f"One of {listed}."]}})
