"""The list of cases as it is asked for all the time: the latest first, all of them or those of one status.

Each item is what `CaseSummarySerializer` describes; a test compares the two.
"""

from integrations_site.api.fast_lists import FastList, Filter, day, instant, money, public_id, text, word
from ledger.models import CaseStatus

CASE_PAGE = FastList(
    rate_class="ledger",
    items=(
        public_id("id", "case", "c.id"),
        word("kind", "c.kind"),
        word("status", "c.status"),
        text("invoice_number", "c.invoice_number"),
        day("invoice_date", "c.invoice_date"),
        day("due_date", "c.due_date"),
        public_id("vendor_id", "vendor", "c.vendor_id"),
        text("vendor_name", "v.name"),
        word("currency", "c.currency"),
        money("subtotal", "c.subtotal"),
        money("tax", "c.tax"),
        money("total", "c.total"),
        money("prepaid", "c.prepaid"),
        money("rounding", "c.rounding"),
        money("payable", "c.payable"),
        text("source", "c.source"),
        text("submitted_by", "c.submitted_by"),
        instant("submitted_at", "c.submitted_at"),
        text("approved_by", "c.approved_by"),
        instant("approved_at", "c.approved_at"),
        instant("created_at", "c.created_at"),
        instant("updated_at", "c.updated_at"),
    ),
    rows="(SELECT * FROM ledger_case WHERE tenant_id = %(tenant)s{narrowed} "
    "ORDER BY created_at DESC, id DESC LIMIT %(limit)s OFFSET %(offset)s) AS c "
    "JOIN ledger_vendor AS v ON v.id = c.vendor_id",
    order="c.created_at DESC, c.id DESC",
    total="SELECT coalesce(sum(total), 0) FROM ledger_casecount WHERE tenant_id = %(tenant)s{narrowed}",
    filters={"status": Filter("status = %(status)s", frozenset(CaseStatus.values))},
)
