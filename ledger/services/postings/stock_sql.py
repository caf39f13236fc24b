"""The statements that change stock."""

# Always in the same order, so that two postings of the same items wait for each other instead of deadlocking.
LOCK_ITEMS = """
SELECT id, sku, quantity, value, is_active FROM ledger_inventoryitem
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

# One row a line is its movement, the lines of a SKU together change the item. Numbers continue where the item's count
# stood; the last of the lines that bring something in gives the last cost. (That the lines are the case's goes without
# saying, and leads PostgreSQL to them without reading others.)
MOVE = """
WITH line AS (
    SELECT l.*, row_number() OVER (PARTITION BY l.item_id ORDER BY l.position) AS rank
    FROM unnest(%(line_ids)s::uuid[], %(item_ids)s::uuid[], %(skus)s::text[], %(quantities)s::numeric[],
        %(values)s::numeric[], %(unit_costs)s::numeric[])
        WITH ORDINALITY AS l(id, item_id, sku, quantity, value, unit_cost, position)
), change AS (
    SELECT item_id, sum(quantity) AS quantity, sum(value) AS value, count(*) AS count,
        (array_agg(unit_cost ORDER BY position DESC) FILTER (WHERE quantity > 0))[1] AS last_cost
    FROM line GROUP BY item_id
), item AS (
    UPDATE ledger_inventoryitem i
    SET quantity = i.quantity + change.quantity, value = i.value + change.value,
        last_cost = coalesce(change.last_cost, i.last_cost), movement_count = i.movement_count + change.count,
        updated_at = %(at)s
    FROM change WHERE i.id = change.item_id
    RETURNING i.id, i.movement_count - change.count AS before
), movement AS (
    INSERT INTO ledger_stockmovement (id, tenant_id, created_at, updated_at, item_id, number, kind, quantity, value,
        unit_cost, posting_id, date, reason)
    SELECT ledger_new_id(), %(tenant)s, %(at)s, %(at)s, item.id, item.before + line.rank,
        CASE WHEN line.quantity > 0 THEN 'purchase' ELSE 'return' END, line.quantity, line.value, line.unit_cost,
        %(posting)s, %(date)s, ''
    FROM line JOIN item ON item.id = line.item_id
)
UPDATE ledger_lineitem l SET internal_sku = line.sku, item_id = line.item_id, updated_at = %(at)s
FROM line WHERE l.case_id = %(case)s AND l.id = line.id
"""
