"""The lines of a case, what each of them is to the books, and which item a vendor's SKU stands for."""

import uuid
from decimal import Decimal
from typing import NamedTuple

from integrations_site.tenancy.database.statements import Reply, send
from ledger.models import LineItem, Purpose
from ledger.services.postings.cases import CaseKey

# Exact look-ups for each line: LATERAL with LIMIT 1 keeps PostgreSQL on the unique indexes, whatever it believes about
# the size of the tables, and a global alias that many vendors override costs no more than another. CASE instead of
# coalesce(), which row-level security does not trust with an index.
_LINES = """
SELECT l.id, l.position, l.kind, l.sku, l.description, l.quantity, l.line_total, l.category,
    l.internal_sku, coalesce(alias.internal_sku, ''), item.id,
    item.id IS NOT NULL AND EXISTS (
        SELECT FROM ledger_accountmapping m
        WHERE m.tenant_id = %(tenant)s AND m.purpose IN ('inventory', 'cogs', 'expense') AND m.item_id = item.id)
FROM ledger_lineitem l
LEFT JOIN LATERAL (
    (SELECT a.internal_sku FROM ledger_skualias a
     WHERE a.tenant_id = %(tenant)s AND a.vendor_sku = l.sku
        AND a.vendor_id = (SELECT vendor_id FROM ledger_case WHERE id = %(case)s) LIMIT 1)
    UNION ALL
    (SELECT a.internal_sku FROM ledger_skualias a
     WHERE a.tenant_id = %(tenant)s AND a.vendor_sku = l.sku AND a.vendor_id IS NULL LIMIT 1)
    LIMIT 1
) AS alias ON l.sku <> ''
LEFT JOIN LATERAL (
    SELECT i.id FROM ledger_inventoryitem i
    WHERE i.tenant_id = %(tenant)s AND i.sku = CASE
        WHEN l.internal_sku <> '' THEN l.internal_sku
        WHEN alias.internal_sku IS NOT NULL THEN alias.internal_sku
        ELSE l.sku END
    LIMIT 1
) AS item ON l.sku <> ''
WHERE l.case_id = %(case)s
ORDER BY l.position
"""

_TREATMENTS = {purpose.value: purpose for purpose in (Purpose.INVENTORY, Purpose.COGS, Purpose.EXPENSE)}


class PostableLine(NamedTuple):
    """A line; `posted_sku` is what it stood for when it was posted to stock, `alias` what an alias says now.

    `item_id` is the item of our SKU, where there is one; it may have accounts of its own.
    """

    id: uuid.UUID
    position: int
    kind: str
    sku: str
    description: str
    quantity: Decimal
    line_total: Decimal
    category: str
    posted_sku: str
    alias: str
    item_id: uuid.UUID | None
    has_item_mapping: bool

    @property
    def our_sku(self) -> str:
        """Our SKU: a posted line keeps its own, whatever became of the aliases since."""
        return self.posted_sku or self.alias or self.sku

    @property
    def is_known(self) -> bool:
        """Whether an alias names our SKU, or an item has it."""
        return bool(self.posted_sku or self.alias or self.item_id)

    @property
    def treatment(self) -> Purpose:
        """Whether the line goes into stock, into the cost of sales or into expenses.

        The categories `inventory`, `cogs` and `expense` decide; else what has a SKU goes into stock. Allowances and
        charges on the whole document are expenses, so that they do not change what an item has cost.
        """
        named = _TREATMENTS.get(self.category)
        if named is not None:
            return named
        return Purpose.INVENTORY if self.sku and self.kind == LineItem.Kind.ITEM else Purpose.EXPENSE

    @property
    def mapping_category(self) -> str:
        """The category under which the line's account is looked up."""
        return self.category or (self.kind if self.kind != LineItem.Kind.ITEM else "")

    @property
    def label(self) -> str:
        """The line for people: its SKU, else its number."""
        return f"SKU {self.sku}" if self.sku else f"Line {self.position}"


def send_lines(key: CaseKey) -> Reply[PostableLine]:
    """Asks for the case's lines."""
    return send(_LINES, key.parameters, row=PostableLine)
