"""The statements of the reconciliation."""

_BOOKED = """
    SELECT coalesce(sum(coalesce(l.debit, 0) - coalesce(l.credit, 0)), 0)
    FROM ledger_journalentry e JOIN ledger_journalline l ON l.entry_id = e.id
    WHERE e.tenant_id = %(tenant)s AND e.date <= %(as_of)s AND l.purpose = """

TOTALS = f"""
SELECT
    -({_BOOKED} 'payables'),
    ({_BOOKED} 'inventory'),
    (SELECT coalesce(sum(b.base_amount), 0) FROM ledger_bill b
     WHERE b.tenant_id = %(tenant)s AND b.status <> 'void' AND b.invoice_date <= %(as_of)s AND NOT EXISTS (
        SELECT FROM ledger_billpayment p WHERE p.bill_id = b.id AND p.reversed_at IS NULL AND p.date <= %(as_of)s)),
    (SELECT coalesce(sum(value), 0) FROM ledger_stockmovement WHERE tenant_id = %(tenant)s AND date <= %(as_of)s),
    (SELECT coalesce(sum(balance), 0) FROM ledger_vendor WHERE tenant_id = %(tenant)s),
    (SELECT coalesce(sum(value), 0) FROM ledger_inventoryitem WHERE tenant_id = %(tenant)s)
"""  # noqa: S608 - made of constants

_DIFFERENT = """
SELECT case_id, c.invoice_number, coalesce(booked.amount, 0), coalesce(held.amount, 0), count(*) OVER (),
    ARRAY(SELECT p.system::text FROM ledger_posting p WHERE p.case_id = c.id AND p.status = 'posted')
FROM (
    SELECT e.case_id, sum({sign}(coalesce(l.debit, 0) - coalesce(l.credit, 0))) AS amount
    FROM ledger_journalentry e JOIN ledger_journalline l ON l.entry_id = e.id
    WHERE e.tenant_id = %(tenant)s AND e.date <= %(as_of)s AND l.purpose = '{purpose}' AND e.posting_id IS NOT NULL
    GROUP BY e.case_id
) AS booked
FULL JOIN ({held}) AS held USING (case_id)
JOIN ledger_case c ON c.id = case_id
WHERE coalesce(booked.amount, 0) <> coalesce(held.amount, 0)
ORDER BY case_id LIMIT %(limit)s
"""

# Payments change the books and the bills alike, so what a case leaves in both is compared without them.
PAYABLES_CAUSES = _DIFFERENT.format(
    sign="-",
    purpose="payables",
    held="""
    SELECT case_id, sum(base_amount) AS amount FROM ledger_bill
    WHERE tenant_id = %(tenant)s AND status <> 'void' AND invoice_date <= %(as_of)s GROUP BY case_id""",
)

STOCK_CAUSES = _DIFFERENT.format(
    sign="",
    purpose="inventory",
    held="""
    SELECT p.case_id, sum(m.value) AS amount FROM ledger_stockmovement m JOIN ledger_posting p ON p.id = m.posting_id
    WHERE m.tenant_id = %(tenant)s AND m.date <= %(as_of)s GROUP BY p.case_id""",
)
