"""The valuation of the stock: what is there of each item, and what it has cost."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from integrations_site.kernel import clock
from integrations_site.tenancy import scope
from integrations_site.tenancy.database.statements import send
from ledger.services.bookkeeping.valuation import unit_cost
from ledger.services.ledger_settings import current_settings

_ITEMS = """
SELECT i.sku, i.description, sum(m.quantity), sum(m.value), count(*) OVER (), sum(sum(m.value)) OVER ()
FROM ledger_inventoryitem i JOIN ledger_stockmovement m ON m.item_id = i.id
WHERE i.tenant_id = %(tenant)s AND m.date <= %(as_of)s
GROUP BY i.id
HAVING sum(m.quantity) <> 0 OR sum(m.value) <> 0
ORDER BY i.sku LIMIT %(limit)s OFFSET %(offset)s
"""


class ValuedItem(NamedTuple):
    """An item in stock, and, the same in every row, how many there are and what all are worth."""

    sku: str
    description: str
    quantity: Decimal
    value: Decimal
    total: int
    total_value: Decimal

    def body(self) -> dict[str, Any]:
        """The item as callers get it."""
        return {
            "sku": self.sku,
            "description": self.description,
            "quantity": self.quantity,
            "average_cost": unit_cost(self.value, self.quantity) if self.quantity else None,
            "value": self.value,
        }


@dataclass(frozen=True, slots=True)
class StockValuation:
    """A page of the items in stock on a day, and the value of all of them."""

    as_of: dt.date
    currency: str
    items: Sequence[ValuedItem]
    total: int
    total_value: Decimal


def stock_valuation(*, as_of: dt.date | None = None, limit: int = 100, offset: int = 0) -> StockValuation:
    """The stock of the tenant in scope on a day (None: today), by SKU."""
    day = as_of or clock.now().date()
    key = {"tenant": scope.tenant_id(), "as_of": day}
    items = send(_ITEMS, key | {"limit": limit, "offset": offset}, row=ValuedItem).all()
    # A page beyond the end has no row that tells the totals.
    one = items[:1] or (send(_ITEMS, key | {"limit": 1, "offset": 0}, row=ValuedItem).all() if offset else [])
    total, total_value = (one[0].total, one[0].total_value) if one else (0, Decimal(0))
    return StockValuation(day, current_settings().currency, items, total, total_value)
