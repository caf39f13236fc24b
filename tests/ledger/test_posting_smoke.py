from decimal import Decimal
import pytest
from tests.factories import make_approved_case, make_line, make_vendor
from tests.factories.ledger import CHIEF
from ledger.models import *
from ledger.services.postings import post_inventory, post_ap, post_accounting
from django.test.utils import CaptureQueriesContext
from django.db import connection

pytestmark = pytest.mark.usefixtures("in_tenant")

def test_smoke():
    InventoryItem.objects.create(sku="WIDGET-1")
    case = make_approved_case(make_vendor(), make_line(), make_line("50.00", sku="", description="Freight", category="freight"), tax="105.00")
    print(post_inventory(case_id=case.id, actor=CHIEF, dry_run=True).body())
    print(post_ap(case_id=case.id, actor=CHIEF, dry_run=True).body())
    print(post_accounting(case_id=case.id, actor=CHIEF, dry_run=True).body())
    for f in post_inventory, post_ap, post_accounting:
        with CaptureQueriesContext(connection) as c:
            print(f(case_id=case.id, actor=CHIEF).body())
        for q in c.captured_queries: print("   ", " ".join(q["sql"].split())[:150])
    case.refresh_from_db()
    print(case.status, case.vendor.balance)
    for l in JournalLine.objects.select_related("account"): print(l.position, l.account, l.debit, l.credit, l.memo)
    print(list(StockMovement.objects.values()), list(InventoryItem.objects.values()))
