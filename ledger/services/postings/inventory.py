"""A case in stock: which items it brings, at what cost, and their movements."""

import datetime as dt
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from integrations_site.kernel import ids, money
from integrations_site.tenancy.database.statements import Reply, array, send
from ledger.models import InventoryItem, LedgerSettings, Purpose, StockMovement, System
from ledger.services.bookkeeping.errors import InsufficientStockError, LinesRefusedError, details, plain
from ledger.services.bookkeeping.valuation import Converter, require_storable, unit_cost
from ledger.services.postings import stock_sql as sql
from ledger.services.postings.answers import DRY_RUN, InventoryAnswer
from ledger.services.postings.cases import PostableCase
from ledger.services.postings.lines import PostableLine
from ledger.services.postings.material import Material, Need
from ledger.services.postings.procedure import Stamp, SystemPosting

_Kind = StockMovement.Kind


class LockedItem(NamedTuple):
    """An item as it stands; nobody else changes it before the transaction ends."""

    id: uuid.UUID
    sku: str
    quantity: Decimal
    value: Decimal
    is_active: bool


@dataclass(frozen=True, slots=True)
class MovementDraft:
    """What one line does to stock; going out, quantity and value are negative."""

    line: PostableLine
    quantity: Decimal
    value: Decimal
    unit_cost: Decimal

    @property
    def kind(self) -> StockMovement.Kind:
        """In is a purchase, out a return."""
        return _Kind.PURCHASE if self.quantity > 0 else _Kind.RETURN


@dataclass(slots=True)
class ItemChange:
    """What all lines together do to one item, and how it is described where it is to be made."""

    description: str
    quantity: Decimal = money.ZERO
    value: Decimal = money.ZERO

    def add(self, movement: MovementDraft) -> None:
        """Takes a movement in."""
        self.quantity += movement.quantity
        self.value += movement.value


@dataclass(frozen=True, slots=True)
class StockPlan:
    """The movements that are to be written; by SKU, what they do to items, the items there are and those to be made."""

    case: PostableCase
    movements: Sequence[MovementDraft]
    changes: dict[str, ItemChange]
    items: dict[str, LockedItem]
    new_items: dict[str, uuid.UUID]

    @property
    def answer(self) -> InventoryAnswer:
        """What the posting answers."""
        return self._answer("success")

    def write(self, stamp: Stamp) -> None:
        """Sends the new items, and the movements with what they change: two statements at most."""
        if self.new_items:
            send(sql.CREATE_ITEMS, self._new_items(stamp.at))
        if self.movements:
            send(sql.MOVE, self._movements() | self._header(stamp))

    def preview(self) -> InventoryAnswer:
        """What `write` would write."""
        return self._answer(DRY_RUN, preview={"movements": [self._preview(movement) for movement in self.movements]})

    def _answer(self, status: str, preview: dict[str, Any] | None = None) -> InventoryAnswer:
        created = len(self.new_items)
        return InventoryAnswer(
            case_id=self.case.public_id,
            status=status,
            items_created=created,
            items_updated=len(self.changes) - created,
            preview=preview,
        )

    def _preview(self, movement: MovementDraft) -> dict[str, Any]:
        item = self.items.get(movement.line.our_sku)
        return {
            "position": movement.line.position,
            "sku": movement.line.sku,
            "internal_sku": movement.line.our_sku,
            "item_id": ids.public(InventoryItem.id_kind, item.id) if item else None,
            "kind": movement.kind.value,
            "quantity": movement.quantity,
            "value": movement.value,
            "unit_cost": movement.unit_cost,
        }

    def _header(self, stamp: Stamp) -> dict[str, Any]:
        return {
            "tenant": self.case.tenant_id,
            "case": self.case.id,
            "posting": stamp.posting_id,
            "at": stamp.at,
            "date": self.case.invoice_date,
        }

    def _new_items(self, at: dt.datetime) -> dict[str, Any]:
        return {
            "tenant": self.case.tenant_id,
            "at": at,
            "ids": array(self.new_items.values()),
            "skus": array(self.new_items),
            "descriptions": array(self.changes[sku].description[:500] for sku in self.new_items),
        }

    def _item_id(self, movement: MovementDraft) -> uuid.UUID:
        sku = movement.line.our_sku
        return self.items[sku].id if sku in self.items else self.new_items[sku]

    def _movements(self) -> dict[str, Any]:
        movements = self.movements
        return {
            "line_ids": array(movement.line.id.hex for movement in movements),
            "item_ids": array(self._item_id(movement).hex for movement in movements),
            "skus": array(movement.line.our_sku for movement in movements),
            "quantities": array(movement.quantity for movement in movements),
            "values": array(movement.value for movement in movements),
            "unit_costs": array(movement.unit_cost for movement in movements),
        }


class InventoryPosting(SystemPosting):
    """How a case is posted to stock."""

    system = System.INVENTORY
    needs = frozenset({Need.LINES})

    def ask_more(self, material: Material) -> Reply[LockedItem] | None:
        """Locks the items, always in the same order."""
        skus = {line.our_sku for line in _stock_lines(material)}
        if not skus:
            return None
        return send(sql.LOCK_ITEMS, {"tenant": material.case.tenant_id, "skus": array(skus)}, row=LockedItem)

    def plan(self, material: Material, more: Reply[LockedItem] | None) -> StockPlan:
        """The movements.

        Raises LinesRefusedError, InsufficientStockError, ExchangeRateMissingError and AmountOutOfRangeError.
        """
        case, lines = material.case, _stock_lines(material)
        items = {item.sku: item for item in more.all()} if more else {}
        _refuse_lines(case, lines, items)
        converter = case.converter()
        movements = [_movement(line, converter) for line in lines]
        changes: dict[str, ItemChange] = {}
        for movement in movements:
            changes.setdefault(movement.line.our_sku, ItemChange(movement.line.description)).add(movement)
        _refuse_shortage(changes, items)
        # In the order in which everybody makes items, so that two postings wait for each other instead of deadlocking.
        new_items = {sku: ids.new_id() for sku in sorted(changes) if sku not in items}
        return StockPlan(case=case, movements=movements, changes=changes, items=items, new_items=new_items)


def _stock_lines(material: Material) -> list[PostableLine]:
    return [line for line in material.lines if line.treatment is Purpose.INVENTORY]


def _movement(line: PostableLine, converter: Converter) -> MovementDraft:
    amount = converter.base(line.line_total)
    return MovementDraft(line, line.quantity * converter.sign, amount, unit_cost(amount, line.quantity))


def _refuse_lines(case: PostableCase, lines: Sequence[PostableLine], items: dict[str, LockedItem]) -> None:
    problems = dict(_problems(case, lines, items))
    if not problems:
        return
    codes = set(problems.values())
    code = LinesRefusedError.code if LinesRefusedError.code in codes else next(iter(problems.values()))
    raise LinesRefusedError(
        code,
        list(problems),
        next_step="Add a SKU alias (POST /api/sku-aliases) or the item for each unknown SKU, "
        "correct or reject the case for the others, then post again",
    )


def _problems(
    case: PostableCase, lines: Sequence[PostableLine], items: dict[str, LockedItem]
) -> Iterator[tuple[str, str]]:
    """Sentences and codes; the same SKU is named once."""
    rejects = case.unknown_sku == LedgerSettings.UnknownSku.REJECT
    for line in lines:
        item = items.get(line.our_sku)
        if not line.sku:
            yield f"{line.label}: SKU missing", "SKU_MISSING"
        elif rejects and not line.is_known:
            yield f"{line.label}: Mapping not found", "SKU_MAPPING_NOT_FOUND"
        elif not line.quantity:
            yield f"{line.label}: Invalid quantity", "INVALID_QUANTITY"
        elif item is not None and not item.is_active:
            yield f"{line.label}: Item {item.sku} is inactive", "ITEM_INACTIVE"


def _refuse_shortage(changes: dict[str, ItemChange], items: dict[str, LockedItem]) -> None:
    short = {}
    for sku, change in changes.items():
        item = items.get(sku)
        quantity, worth = (item.quantity, item.value) if item else (money.ZERO, money.ZERO)
        require_storable(sku, quantity + change.quantity, worth + change.value)
        if quantity + change.quantity < 0 or worth + change.value < 0:
            short[sku] = {
                "in_stock": quantity,
                "value": worth,
                "quantity_out": -change.quantity,
                "value_out": -change.value,
            }
    if short:
        sku, first = next(iter(short.items()))
        raise InsufficientStockError(
            f"SKU {sku}: {plain(first['quantity_out'])} worth {plain(first['value_out'])} would go out, but there are "
            f"{plain(first['in_stock'])} worth {plain(first['value'])}"
            + (f" (and {len(short) - 1} more)" if len(short) > 1 else ""),
            details=details("Book the receipts that are missing, or adjust the stock, then post again", items=short),
        )
