"""Stock that changes without a case: what was there at the start, what is used or sold, and what a count finds.

Each change books its entry in the same transaction, so that the stock account stays the valuation.
"""

import datetime as dt
import uuid
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction

from integrations_site.audit.services import announce
from integrations_site.audit.types import Actor
from integrations_site.kernel import clock, ids, money
from integrations_site.kernel.errors import InvalidInputError, NotFoundError
from integrations_site.tenancy import scope
from ledger.models import InventoryItem, JournalEntry, Purpose, StockMovement
from ledger.services.bookkeeping.accounts import AccountBook, send_mappings, send_mappings_of_items
from ledger.services.bookkeeping.errors import InsufficientStockError, details, plain
from ledger.services.bookkeeping.journal import EntryLine, draft_entry, numbered, send_entry
from ledger.services.bookkeeping.periods import require_open_period
from ledger.services.bookkeeping.valuation import require_storable
from ledger.services.bookkeeping.valuation import unit_cost as cost_of
from ledger.services.ledger_settings import held_settings

_Kind = StockMovement.Kind
# What stands against the stock account.
_AGAINST = {_Kind.OPENING: Purpose.OPENING, _Kind.ISSUE: Purpose.COGS, _Kind.ADJUSTMENT: Purpose.EXPENSE}


@dataclass(frozen=True, slots=True, kw_only=True)
class StockChange:
    """A change of stock; out is negative. `value` and `unit_cost` are in the books' currency."""

    kind: StockMovement.Kind
    quantity: Decimal
    value: Decimal
    unit_cost: Decimal
    date: dt.date
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ChangedStock:
    """The item as it is now, the movement, and the entry; without one where the change is worth nothing."""

    item: InventoryItem
    movement: StockMovement
    entry_id: str | None


@transaction.atomic
def open_stock(
    *, item: InventoryItem, quantity: Decimal, unit_cost: Decimal, actor: Actor, date: dt.date | None = None
) -> StockMovement | None:
    """Gives a new item what is there of it, against the opening balances; None where there is nothing to say.

    A cost without a quantity becomes the item's last cost. `date` None is today. `item` is changed accordingly.
    Raises InvalidInputError (a negative figure), AccountNotFoundError, AmountOutOfRangeError and PeriodLockedError.
    """
    if quantity < 0 or unit_cost < 0:
        raise InvalidInputError(
            "Opening stock is not negative", details={"fields": {"quantity": ["Quantity and cost are zero or more."]}}
        )
    if not quantity and not unit_cost:
        return None
    settings = held_settings()
    change = StockChange(
        kind=_Kind.OPENING,
        quantity=quantity,
        value=money.rounded(quantity * unit_cost, settings.currency),
        unit_cost=unit_cost,
        date=date or clock.now().date(),
        reason="Opening stock",
    )
    item.refresh_from_db(from_queryset=InventoryItem.objects.select_for_update(no_key=True))
    return _change(item, change, locked_until=settings.locked_until, actor=actor).movement


@transaction.atomic
def adjust_stock(
    *,
    item_id: uuid.UUID,
    quantity: Decimal,
    reason: str,
    actor: Actor,
    kind: StockMovement.Kind = _Kind.ADJUSTMENT,
    date: dt.date | None = None,
) -> ChangedStock:
    """Changes an item's stock at average cost: an issue (used or sold) or what a count found; out is negative.

    An issue is booked to the cost of sales, an adjustment to expenses (line category `adjustment`). What comes in where
    nothing is in stock is worth the last cost. `date` None is today. Raises NotFoundError, InvalidInputError,
    InsufficientStockError, AccountNotFoundError, AmountOutOfRangeError and PeriodLockedError.
    """
    _require_direction(quantity, kind)
    settings = held_settings()
    item = InventoryItem.objects.select_for_update(no_key=True).filter(id=item_id).first()
    if item is None:
        raise NotFoundError.of(InventoryItem.id_kind)
    if item.quantity + quantity < 0:
        raise InsufficientStockError(
            f"SKU {item.sku}: {plain(-quantity)} would go out, but there are {plain(item.quantity)}",
            details=details("Book the receipts that are missing first", in_stock=item.quantity, quantity=quantity),
        )
    worth = _worth(item, quantity, settings.currency)
    change = StockChange(
        kind=kind,
        quantity=quantity,
        value=worth,
        unit_cost=cost_of(worth, quantity),
        date=date or clock.now().date(),
        reason=reason,
    )
    return _change(item, change, locked_until=settings.locked_until, actor=actor)


def _require_direction(quantity: Decimal, kind: StockMovement.Kind) -> None:
    if not quantity:
        raise _wrong_quantity("The quantity is 0, which changes nothing", "Positive brings in, negative takes out.")
    if kind is _Kind.ISSUE and quantity > 0:
        raise _wrong_quantity(
            f"An issue takes stock out, so its quantity is negative: {plain(-quantity)}, not {plain(quantity)}",
            "Negative for an issue; to bring stock in, send the kind adjustment.",
        )


def _wrong_quantity(message: str, rule: str) -> InvalidInputError:
    return InvalidInputError(message, details={"fields": {"quantity": [rule]}})


def _worth(item: InventoryItem, quantity: Decimal, currency: str) -> Decimal:
    """What goes in or out at average cost; the last that goes out takes all of the value, so that no cent is left."""
    value: Decimal = item.value
    if quantity + item.quantity == 0:
        return -value
    each = value / item.quantity if item.quantity else item.last_cost
    return money.rounded(quantity * each, currency)


def _change(
    item: InventoryItem,
    change: StockChange,
    *,
    locked_until: dt.date | None,
    actor: Actor,
) -> ChangedStock:
    require_open_period(change.date, locked_until)
    require_storable(item.sku, item.quantity + change.quantity, item.value + change.value)
    announce(
        action=f"stock.{change.kind.value}",
        actor=actor,
        subject=item.public_id,
        data={"sku": item.sku, "quantity": str(change.quantity), "value": str(change.value), "reason": change.reason},
    )
    movement = _write_movement(item, change)
    return ChangedStock(item=item, movement=movement, entry_id=_book(item, change, actor))


def _write_movement(item: InventoryItem, change: StockChange) -> StockMovement:
    item.quantity += change.quantity
    item.value += change.value
    item.movement_count += 1
    if change.kind is _Kind.OPENING:
        item.last_cost = change.unit_cost
    item.save(update_fields=["quantity", "value", "movement_count", "last_cost", "updated_at"])
    return StockMovement.objects.create(
        item=item,
        number=item.movement_count,
        kind=change.kind,
        quantity=change.quantity,
        value=change.value,
        unit_cost=change.unit_cost,
        date=change.date,
        reason=change.reason[:200],
    )


def _book(item: InventoryItem, change: StockChange, actor: Actor) -> str | None:
    if not change.value:
        return None
    against = _AGAINST[change.kind]
    tenant = scope.tenant_id()
    book = AccountBook([*send_mappings(tenant).all(), *send_mappings_of_items(tenant, [item.id]).all()])
    memo = f"{change.kind.label} {item.sku}: {change.reason}" if change.reason else f"{change.kind.label} {item.sku}"
    draft = draft_entry(
        date=change.date,
        kind=JournalEntry.Kind.STOCK,
        memo=memo,
        lines=[
            EntryLine(book.account(Purpose.INVENTORY, item=item.id), Purpose.INVENTORY, change.value, memo),
            EntryLine(book.account(against, item=item.id, category=change.kind.value), against, -change.value, memo),
        ],
    )
    numbered(send_entry(draft, tenant=tenant, actor=actor), change.date)
    return ids.public(JournalEntry.id_kind, draft.id)
