"""The statements that change stock."""

# Always in the same order, so that two postings of the same items wait for each other instead of deadlocking.
LOCK_ITEMS = """
SELECT id, sku, quantity, value, is_active FROM ledger_inventoryitem
WHERE tenant_id = %(tenant)s AND sku = ANY(%(skus)b::text[])
ORDER BY sku FOR NO KEY UPDATE
"""

# An item that somebody else makes at the same time violates its uniqueness; the posting is then made anew and finds it.
CREATE_ITEMS = """
INSERT INTO ledger_inventoryitem (id, tenant_id, created_at, updated_at, sku, description, quantity, value, last_cost,
    movement_count, is_active)
SELECT item.id, %(tenant)s, %(at)s, %(at)s, item.sku, item.description, 0, 0, 0, 0, true
FROM unnest(%(ids)b::uuid[], %(skus)b::text[], %(descriptions)b::text[]) AS item(id, sku, description)
"""

# One row a SKU changes the item, one row a line is its movement; numbers continue where the item's count stood.
MOVE = """
WITH change AS (
    SELECT * FROM unnest(%(skus)b::text[], %(quantities)b::numeric[], %(values)b::numeric[], %(costs)b::numeric[],
        %(counts)b::int[]) AS c(sku, quantity, value, last_cost, count)
), item AS (
    UPDATE ledger_inventoryitem i
    SET quantity = i.quantity + change.quantity, value = i.value + change.value,
        last_cost = coalesce(change.last_cost, i.last_cost), movement_count = i.movement_count + change.count,
        updated_at = %(at)s
    FROM change WHERE i.tenant_id = %(tenant)s AND i.sku = change.sku
    RETURNING i.id, i.sku, i.movement_count - change.count AS before
), line AS (
    SELECT l.*, item.id AS item_id, item.before + l.rank AS number
    FROM unnest(%(movement_ids)b::uuid[], %(line_ids)b::uuid[], %(line_skus)b::text[], %(ranks)b::int[],
        %(kinds)b::text[], %(moved)b::numeric[], %(worth)b::numeric[], %(unit_costs)b::numeric[])
        AS l(movement_id, line_id, sku, rank, kind, quantity, value, unit_cost)
    JOIN item ON item.sku = l.sku
), movement AS (
    INSERT INTO ledger_stockmovement (id, tenant_id, created_at, updated_at, item_id, number, kind, quantity, value,
        unit_cost, posting_id, date, reason)
    SELECT movement_id, %(tenant)s, %(at)s, %(at)s, item_id, number, kind, quantity, value, unit_cost, %(posting)s,
        %(date)s, ''
    FROM line
)
UPDATE ledger_lineitem l SET internal_sku = line.sku, item_id = line.item_id, updated_at = %(at)s
FROM line WHERE l.id = line.line_id AND l.tenant_id = %(tenant)s
"""
