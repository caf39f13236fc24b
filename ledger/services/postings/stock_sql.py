"""The statements that change stock."""

# Always in the same order, so that two postings of the same items wait for each other instead of deadlocking.
LOCK_ITEMS = """
SELECT id, sku, quantity, value, last_cost, movement_count, is_active FROM ledger_inventoryitem
WHERE tenant_id = %(tenant)s AND sku = ANY(%(skus)s::text[])
ORDER BY sku FOR NO KEY UPDATE
"""

# An item that somebody else makes at the same time violates its uniqueness; the posting is then made anew and finds it.
CREATE_ITEMS = """
INSERT INTO ledger_inventoryitem (id, tenant_id, created_at, updated_at, sku, description, quantity, value, last_cost,
    movement_count, is_active)
SELECT item.id, %(tenant)s, %(at)s, %(at)s, item.sku, item.description, 0, 0, 0, 0, true
FROM unnest(%(ids)s::uuid[], %(skus)s::text[], %(descriptions)s::text[]) AS item(id, sku, description)
"""

# One row a SKU changes the item, one row a line is its movement. (That the lines are the case's goes without saying,
# and leads PostgreSQL to them without reading others.)
MOVE = """
WITH item AS (
    UPDATE ledger_inventoryitem i
    SET quantity = i.quantity + change.quantity, value = i.value + change.value,
        last_cost = change.last_cost, movement_count = i.movement_count + change.count, updated_at = %(at)s
    FROM unnest(%(items)s::uuid[], %(quantities)s::numeric[], %(values)s::numeric[], %(costs)s::numeric[],
        %(counts)s::int[]) AS change(id, quantity, value, last_cost, count)
    WHERE i.id = change.id
), movement AS (
    INSERT INTO ledger_stockmovement (id, tenant_id, created_at, updated_at, item_id, number, kind, quantity, value,
        unit_cost, posting_id, date, reason)
    SELECT ledger_part_id(%(posting)s, position::int), %(tenant)s, %(at)s, %(at)s, item_id, number, kind, quantity,
        value, unit_cost, %(posting)s, %(date)s, ''
    FROM unnest(%(line_items)s::uuid[], %(numbers)s::bigint[], %(kinds)s::text[], %(moved)s::numeric[],
        %(worth)s::numeric[], %(unit_costs)s::numeric[]) WITH ORDINALITY
        AS move(item_id, number, kind, quantity, value, unit_cost, position)
)
UPDATE ledger_lineitem l SET internal_sku = line.sku, item_id = line.item_id, updated_at = %(at)s
FROM unnest(%(lines)s::uuid[], %(skus)s::text[], %(line_items)s::uuid[]) AS line(id, sku, item_id)
WHERE l.case_id = %(case)s AND l.id = line.id
"""
