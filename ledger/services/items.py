"""Items of the inventory: what they are called. Their stock changes in `ledger.services.stock` and by postings."""

import uuid
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.db import transaction

from integrations_site.audit.services import announce
from integrations_site.audit.types import Actor
from integrations_site.kernel import ids
from integrations_site.kernel.errors import ConflictError
from ledger.models import InventoryItem, LedgerSettings
from ledger.services.changes import announce_and_save
from ledger.services.ledger_settings import held_settings
from ledger.services.locking import locked
from ledger.services.stock import open_stock
from ledger.services.uniqueness import refusing


class ItemTakenError(ConflictError):
    """There is an item of this SKU."""

    code = "ITEM_TAKEN"


@transaction.atomic
def create_item(
    *,
    sku: str,
    actor: Actor,
    description: str = "",
    quantity: Decimal = Decimal(0),
    unit_cost: Decimal = Decimal(0),
) -> InventoryItem:
    """A new item with its opening stock, booked against the opening balances.

    Raises ItemTakenError, and what `open_stock` raises.
    """
    held_settings()  # Before the item, which a posting that makes the same one waits for.
    item = InventoryItem(id=ids.new_id(), sku=sku, description=description)
    announce(action="item.created", actor=actor, subject=item.public_id, data={"sku": sku, "description": description})
    taken = ItemTakenError(f"There is an item {sku} already", details={"fields": {"sku": ["It is taken."]}})
    with refusing("item_sku_once", taken):
        item.save(force_insert=True)
    open_stock(item=item, quantity=quantity, unit_cost=unit_cost, actor=actor)
    return item


@transaction.atomic
def update_item(*, item_id: uuid.UUID, changes: Mapping[str, Any], actor: Actor) -> InventoryItem:
    """Changes an item's description, or whether it is active. Raises NotFoundError."""
    item = locked(InventoryItem, item_id)
    announce_and_save(item, changes, action="item.updated", actor=actor)
    return item


def unit_cost(item: InventoryItem, costing: str) -> Decimal:
    """What one unit costs: on average or at the last purchase, as the tenant wants; at the last where none is there."""
    last: Decimal = item.last_cost
    return last if costing == LedgerSettings.Costing.LAST or not item.quantity else item.average_cost
