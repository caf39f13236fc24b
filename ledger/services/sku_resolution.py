"""Which of our items a vendor means (document 000, "SKU Mapping")."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from django.db.models import Q

from ledger.models import InventoryItem, SkuAlias


class Rule(StrEnum):
    """What decided, in the order of priority."""

    VENDOR_ALIAS = "vendor_alias"
    GLOBAL_ALIAS = "global_alias"
    DIRECT = "direct"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Resolution:
    """Our SKU for a vendor's (None: nothing matched), the rule that won, and the item, where it exists yet."""

    vendor_sku: str
    internal_sku: str | None
    rule: Rule
    item: InventoryItem | None


def resolve_skus(*, vendor_id: uuid.UUID | None, vendor_skus: Iterable[str]) -> dict[str, Resolution]:
    """What each of a vendor's SKUs stands for: its alias, else a global alias, else the item of that SKU.

    Two statements, however many SKUs. Without a vendor only global aliases and direct matches count.
    """
    wanted = set(vendor_skus)
    aliases = _aliases(vendor_id, wanted)
    ours = {sku: aliases[sku][0] if sku in aliases else sku for sku in wanted}
    items = {item.sku: item for item in InventoryItem.objects.filter(sku__in=set(ours.values()))}
    return {sku: _resolution(sku, aliases.get(sku), items.get(ours[sku])) for sku in wanted}


def _aliases(vendor_id: uuid.UUID | None, wanted: set[str]) -> dict[str, tuple[str, Rule]]:
    whose = Q(vendor__isnull=True) if vendor_id is None else Q(vendor__isnull=True) | Q(vendor_id=vendor_id)
    rows = SkuAlias.objects.filter(whose, vendor_sku__in=wanted).values_list("vendor_sku", "internal_sku", "vendor_id")
    found: dict[str, tuple[str, Rule]] = {}
    for sku, internal_sku, vendor in rows:
        if vendor is not None or sku not in found:
            found[sku] = internal_sku, Rule.GLOBAL_ALIAS if vendor is None else Rule.VENDOR_ALIAS
    return found


def _resolution(sku: str, alias: tuple[str, Rule] | None, item: InventoryItem | None) -> Resolution:
    if alias is not None:
        return Resolution(sku, *alias, item)
    if item is not None:
        return Resolution(sku, item.sku, Rule.DIRECT, item)
    return Resolution(sku, None, Rule.NONE, None)
