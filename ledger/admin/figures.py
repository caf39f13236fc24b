"""Figures in lists: exact, thousands apart, amounts with their currency. `static/hub/admin.css` aligns the columns,
which it knows by the end of their names: `balance_figure`."""

from collections.abc import Callable
from operator import attrgetter
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from unfold.decorators import display

from integrations_site.kernel import money
from ledger.models import LedgerSettings

_Column = Callable[[Any, Any], str | None]
_BOOKS = "books_currency"


class InBooksCurrency:
    """For an admin whose rows have amounts in their tenant's currency. It is mixed in before the admin."""

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """The rows, each with the currency of its tenant's books."""
        own = LedgerSettings.objects.filter(tenant=OuterRef("tenant")).values("currency")[:1]
        rows: QuerySet[Any] = super().get_queryset(request)  # type: ignore[misc]
        told: QuerySet[Any] = rows.annotate(**{_BOOKS: Subquery(own)})
        return told


def amount(field: str, *, currency: str = _BOOKS) -> _Column:
    """The column of an amount; `currency` says where the row has its currency, such as `case.currency`."""
    currency_of = attrgetter(currency)

    def column(_: Any, row: Any) -> str | None:
        value = getattr(row, field)
        return None if value is None else money.written(value, currency_of(row))

    return _titled(column, field, field)


def number(field: str, *, is_column: bool = True) -> _Column:
    """The column of a quantity, a price of one unit or a rate; not to be sorted by where it is no column."""

    def column(_: Any, row: Any) -> str | None:
        value = getattr(row, field)
        return None if value is None else f"{value.normalize():,f}"

    return _titled(column, field, field if is_column else None)


def _titled(column: _Column, field: str, ordering: str | None) -> _Column:
    titled: _Column = display(column, description=field.replace("_", " "), ordering=ordering)
    return titled
