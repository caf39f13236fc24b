"""A case in a list, straight from its columns: what `CaseSummarySerializer` describes, without a model for each row."""

from collections.abc import Callable, Sequence
from typing import Any

from integrations_site.api.fields import MoneyField
from integrations_site.kernel import clock, ids
from ledger.models import Case, Vendor

_money = MoneyField().to_representation


def _as_it_is(value: Any) -> Any:
    return value


def _case_id(value: Any) -> str:
    return ids.public(Case.id_kind, value)


def _vendor_id(value: Any) -> str:
    return ids.public(Vendor.id_kind, value)


def _instant(value: Any) -> str | None:
    return value and clock.iso(value)


# Name in the answer, column, and the column's form in the answer.
_SHAPE: tuple[tuple[str, str, Callable[[Any], Any]], ...] = (
    ("id", "id", _case_id),
    ("kind", "kind", _as_it_is),
    ("status", "status", _as_it_is),
    ("invoice_number", "invoice_number", _as_it_is),
    ("invoice_date", "invoice_date", _as_it_is),
    ("due_date", "due_date", _as_it_is),
    ("vendor_id", "vendor_id", _vendor_id),
    ("vendor_name", "vendor__name", _as_it_is),
    ("currency", "currency", _as_it_is),
    ("subtotal", "subtotal", _money),
    ("tax", "tax", _money),
    ("total", "total", _money),
    ("prepaid", "prepaid", _money),
    ("rounding", "rounding", _money),
    ("payable", "payable", _money),
    ("source", "source", _as_it_is),
    ("submitted_by", "submitted_by", _as_it_is),
    ("submitted_at", "submitted_at", _instant),
    ("approved_by", "approved_by", _as_it_is),
    ("approved_at", "approved_at", _instant),
    ("created_at", "created_at", _instant),
    ("updated_at", "updated_at", _instant),
)
COLUMNS = tuple(column for _, column, _ in _SHAPE)


def case_row(values: Sequence[Any]) -> dict[str, Any]:
    """The list's row of a case whose `COLUMNS` have these values."""
    return {name: form(value) for (name, _, form), value in zip(_SHAPE, values, strict=True)}
