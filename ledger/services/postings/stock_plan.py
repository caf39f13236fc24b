"""What a posting does to stock: the movements, the items that they change, and what is booked with them."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from integrations_site.kernel import ids, money
from integrations_site.tenancy.database.statements import Reply, array, send
from ledger.models import InventoryItem, StockMovement
from ledger.services.bookkeeping.journal import EntryDraft, send_entry
from ledger.services.bookkeeping.valuation import require_storable, unit_cost
from ledger.services.postings import stock_sql as sql
from ledger.services.postings.answers import DRY_RUN, InventoryAnswer
from ledger.services.postings.cases import PostableCase
from ledger.services.postings.lines import PostableLine
from ledger.services.postings.procedure import Stamp

_PURCHASE, _RETURN = StockMovement.Kind.PURCHASE.value, StockMovement.Kind.RETURN.value


class LockedItem(NamedTuple):
    """An item as it stands; nobody else changes it before the transaction ends."""

    id: uuid.UUID
    sku: str
    quantity: Decimal
    value: Decimal
    last_cost: Decimal
    movement_count: int
    is_active: bool


class MovementDraft(NamedTuple):
    """What one line does to stock; going out, quantity and value are negative. `number` counts the item's movements."""

    line: PostableLine
    item_id: uuid.UUID
    number: int
    quantity: Decimal
    value: Decimal
    unit_cost: Decimal

    @property
    def kind(self) -> str:
        """In is a purchase, out a return."""
        return _PURCHASE if self.quantity > 0 else _RETURN


@dataclass(slots=True)
class ItemChange:
    """An item before the case, and what all lines do to it. None: it is to be made, described as its first line is."""

    sku: str
    id: uuid.UUID
    item: LockedItem | None
    description: str
    quantity: Decimal = money.ZERO
    value: Decimal = money.ZERO
    last_cost: Decimal = money.ZERO
    count: int = 0

    def move(self, line: PostableLine, quantity: Decimal, worth: Decimal) -> MovementDraft:
        """Takes a line in. Raises AmountOutOfRangeError."""
        cost = unit_cost(worth, quantity)
        self.quantity += quantity
        self.value += worth
        self.last_cost = cost if quantity > 0 else self.last_cost
        self.count += 1
        before = self.item.movement_count if self.item else 0
        return MovementDraft(line, self.id, before + self.count, quantity, worth, cost)

    def shortage(self) -> dict[str, Decimal] | None:
        """The figures, where more would go out than there is. Raises AmountOutOfRangeError."""
        there, worth = (self.item.quantity, self.item.value) if self.item else (money.ZERO, money.ZERO)
        require_storable(self.sku, there + self.quantity, worth + self.value)
        return None if there + self.quantity >= 0 else {"in_stock": there, "quantity_out": -self.quantity}


@dataclass(frozen=True, slots=True)
class StockPlan:
    """The movements that are to be written, what they do to each item, and what is booked with them."""

    case: PostableCase
    movements: Sequence[MovementDraft]
    changes: Sequence[ItemChange]
    entry: EntryDraft | None

    @property
    def new_items(self) -> Sequence[ItemChange]:
        """The items to be made, in the order in which everybody makes them, so that nobody waits in a ring."""
        return sorted((change for change in self.changes if change.item is None), key=lambda change: change.sku)

    @property
    def answer(self) -> InventoryAnswer:
        """What the posting answers."""
        return self._answer("success")

    def write(self, stamp: Stamp) -> Reply[tuple[int]] | None:
        """Sends the new items, the movements with what they change, and the entry: three statements at most."""
        if self.new_items:
            send(sql.CREATE_ITEMS, self._new_items(stamp))
        if self.movements:
            send(sql.MOVE, self._header(stamp) | self._changes() | self._movements())
        if self.entry is None:
            return None
        case = self.case
        return send_entry(self.entry, tenant=case.tenant_id, actor=stamp.actor, case=case.id, posting=stamp.posting_id)

    def preview(self) -> InventoryAnswer:
        """What `write` would write."""
        new_ids = {change.id for change in self.new_items}
        movements = [_preview(movement, is_new=movement.item_id in new_ids) for movement in self.movements]
        entry = self.entry.preview(self.case.book_currency) if self.entry else None
        return self._answer(DRY_RUN, preview={"movements": movements, "entry": entry})

    def _answer(self, status: str, preview: dict[str, Any] | None = None) -> InventoryAnswer:
        created = len(self.new_items)
        return InventoryAnswer(
            case_id=self.case.public_id,
            status=status,
            items_created=created,
            items_updated=len(self.changes) - created,
            preview=preview,
        )

    def _header(self, stamp: Stamp) -> dict[str, Any]:
        return {
            "tenant": self.case.tenant_id,
            "case": self.case.id,
            "posting": stamp.posting_id,
            "at": stamp.at,
            "date": self.case.invoice_date,
        }

    def _new_items(self, stamp: Stamp) -> dict[str, Any]:
        new = self.new_items
        return {
            "tenant": self.case.tenant_id,
            "at": stamp.at,
            "ids": array(change.id for change in new),
            "skus": array(change.sku for change in new),
            "descriptions": array(change.description[:500] for change in new),
        }

    def _changes(self) -> dict[str, Any]:
        changes = self.changes
        return {
            "items": array(change.id.hex for change in changes),
            "quantities": array(change.quantity for change in changes),
            "values": array(change.value for change in changes),
            "costs": array(change.last_cost for change in changes),
            "counts": array(change.count for change in changes),
        }

    def _movements(self) -> dict[str, Any]:
        movements = self.movements
        return {
            "lines": array(movement.line.id.hex for movement in movements),
            "line_items": array(movement.item_id.hex for movement in movements),
            "skus": array(movement.line.our_sku for movement in movements),
            "numbers": array(movement.number for movement in movements),
            "kinds": array(movement.kind for movement in movements),
            "moved": array(movement.quantity for movement in movements),
            "worth": array(movement.value for movement in movements),
            "unit_costs": array(movement.unit_cost for movement in movements),
        }


def _preview(movement: MovementDraft, *, is_new: bool) -> dict[str, Any]:
    return {
        "position": movement.line.position,
        "sku": movement.line.sku,
        "internal_sku": movement.line.our_sku,
        "item_id": None if is_new else ids.public(InventoryItem.id_kind, movement.item_id),
        "kind": movement.kind,
        "quantity": movement.quantity,
        "value": movement.value,
        "unit_cost": movement.unit_cost,
    }
