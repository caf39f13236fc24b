"""Taking a case out of stock: every movement is reversed, with exactly its quantity and value, and so is the entry."""

import uuid
from decimal import Decimal
from typing import NamedTuple

from integrations_site.tenancy.database.statements import send, together
from ledger.models import System
from ledger.services.bookkeeping.errors import StockConsumedError, details
from ledger.services.bookkeeping.journal import send_entry_of
from ledger.services.rollbacks.procedure import Reversal, SystemRollback, reverse_entry

# In the order in which postings lock items too.
_LOCK = """
SELECT id FROM ledger_inventoryitem
WHERE id IN (SELECT item_id FROM ledger_stockmovement WHERE posting_id = %(posting)s)
ORDER BY sku FOR NO KEY UPDATE
"""

# What is used at average cost takes a part of every receipt before it with it.
_STATE = """
SELECT i.sku, i.quantity, i.value, moved.quantity, moved.value, EXISTS (
    SELECT FROM ledger_stockmovement later
    WHERE later.item_id = i.id AND later.number > moved.first AND later.kind IN ('issue', 'adjustment'))
FROM (
    SELECT item_id, sum(quantity) AS quantity, sum(value) AS value, min(number) AS first
    FROM ledger_stockmovement
    WHERE posting_id = %(posting)s AND kind <> 'reversal'
    GROUP BY item_id
) AS moved
JOIN ledger_inventoryitem i ON i.id = moved.item_id
ORDER BY i.sku
"""

# The last cost becomes that of the latest receipt that still stands.
_WRITE = """
WITH original AS (
    SELECT id, item_id, quantity, value, unit_cost, date,
        row_number() OVER (PARTITION BY item_id ORDER BY number) AS rank, row_number() OVER () AS place
    FROM ledger_stockmovement
    WHERE posting_id = %(posting)s AND kind <> 'reversal'
), moved AS (
    SELECT item_id, sum(quantity) AS quantity, sum(value) AS value, count(*) AS count FROM original GROUP BY item_id
), item AS (
    UPDATE ledger_inventoryitem i
    SET quantity = i.quantity - moved.quantity, value = i.value - moved.value,
        movement_count = i.movement_count + moved.count, updated_at = %(at)s,
        last_cost = coalesce((
            SELECT receipt.unit_cost FROM ledger_stockmovement receipt
            WHERE receipt.item_id = i.id AND receipt.kind IN ('purchase', 'opening')
                AND receipt.posting_id IS DISTINCT FROM %(posting)s
                AND NOT EXISTS (SELECT FROM ledger_stockmovement taken WHERE taken.reverses_id = receipt.id)
            ORDER BY receipt.number DESC LIMIT 1), 0)
    FROM moved WHERE i.id = moved.item_id
    RETURNING i.id, i.movement_count - moved.count AS before
), movement AS (
    INSERT INTO ledger_stockmovement (id, tenant_id, created_at, updated_at, item_id, number, kind, quantity, value,
        unit_cost, posting_id, reverses_id, date, reason)
    SELECT ledger_part_id(%(posting)s, -place::int), %(tenant)s, %(at)s, %(at)s, original.item_id,
        item.before + original.rank, 'reversal', -original.quantity, -original.value, original.unit_cost, %(posting)s,
        original.id, original.date, ''
    FROM original JOIN item ON item.id = original.item_id
)
UPDATE ledger_lineitem SET internal_sku = '', item_id = NULL, updated_at = %(at)s
WHERE case_id = %(case)s AND item_id IS NOT NULL
"""


class _State(NamedTuple):
    sku: str
    in_stock: Decimal
    value: Decimal
    quantity: Decimal
    moved_value: Decimal
    is_used: bool

    @property
    def is_short(self) -> bool:
        """Whether less is there than would be taken back, or would leave value where no stock is left."""
        quantity, value = self.in_stock - self.quantity, self.value - self.moved_value
        return quantity < 0 or value < 0 or (not quantity and value > 0)

    @property
    def figures(self) -> dict[str, Decimal | bool]:
        """What an error tells of the item."""
        return {"in_stock": self.in_stock, "brought_in": self.quantity, "used_since": self.is_used}


class InventoryRollback(SystemRollback):
    """How a case is taken out of stock."""

    system = System.INVENTORY

    def check(self, reversal: Reversal) -> uuid.UUID | None:
        """Locks the items; the entry, where there is one.

        Raises StockConsumedError where stock of an item was used or adjusted since, or is gone.
        """
        with together():
            send(_LOCK, reversal.parameters)
            states = send(_STATE, reversal.parameters, row=_State)
            entry = send_entry_of(reversal.posting_id)
        used = [state for state in states.all() if state.is_used or state.is_short]
        if used:
            names = ", ".join(state.sku for state in used[:5]) + (", …" if len(used) > 5 else "")
            raise StockConsumedError(
                f"Stock that the case changed was used, adjusted or returned since: {names}",
                details=details(
                    "Take later returns of these items back first; else leave the case posted, and correct the stock "
                    "with an adjustment",
                    items={state.sku: state.figures for state in used},
                ),
            )
        found = entry.first()
        return found[0] if found else None

    def write(self, reversal: Reversal, checked: uuid.UUID | None) -> None:
        """Sends the reversing movements and entry: two statements at most. Raises PeriodLockedError."""
        send(_WRITE, reversal.parameters)
        reverse_entry(checked, reversal)
