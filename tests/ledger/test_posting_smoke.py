from decimal import Decimal
import pytest
from tests.factories import make_approved_case, make_line, make_vendor, set_settings
from tests.factories.ledger import CHIEF
from ledger.models import *
from ledger.services.postings import post_inventory, post_ap, post_accounting
from ledger.services.rollbacks import roll_back
from ledger.services.stock import *
from ledger.services.payments import *
from ledger.services.review import *
from ledger.services.items import create_item

pytestmark = pytest.mark.usefixtures("in_tenant")

def state():
    return (list(InventoryItem.objects.values_list("sku","quantity","value","last_cost")), [ (str(a), sum((l.debit or 0)-(l.credit or 0) for l in a.journal_lines.all())) for a in Account.objects.all() if a.journal_lines.exists()], list(Vendor.objects.values_list("name","balance")))

def test_smoke():
    item = create_item(sku="WIDGET-1", actor=CHIEF, quantity=Decimal(5), unit_cost=Decimal("7.5"))
    print(item.last_cost, item.quantity)
    case = make_approved_case(make_vendor(), make_line(), make_line("50.00", sku="", description="Freight", category="freight"), tax="105.00")
    print(state())
    for f in post_inventory, post_ap, post_accounting:
            print(f(case_id=case.id, actor=CHIEF).body())
    case.refresh_from_db()
    print(case.status, case.vendor.balance, state())
    print(roll_back(case_id=case.id, systems=list(System), actor=CHIEF).body())
    print(roll_back(case_id=case.id, systems=list(System), actor=CHIEF).body())
    print(state())
    case.refresh_from_db(); print(case.status)
    set_settings(auto_enabled=True, auto_systems=["inventory","ap","accounting"])
    c2 = make_approved_case(case.vendor, make_line(sku="NOPE"))
    print(integrate_approved(case_id=c2.id).body())
    c2.refresh_from_db(); print(c2.status, c2.review)
    create_item(sku="NOPE", actor=CHIEF)
    print(retry_case(case_id=c2.id, actor=CHIEF).body())
    c2.refresh_from_db(); print(c2.status, c2.review)
    print(adjust_stock(item_id=InventoryItem.objects.get(sku="NOPE").id, quantity=Decimal("-3"), reason="sold", actor=CHIEF, kind=StockMovement.Kind.ISSUE))
    bill = Bill.objects.exclude(status="void").get()
    pay_bill(bill_id=bill.id, actor=CHIEF)
    print(roll_back(case_id=c2.id, systems=list(System), actor=CHIEF).body())
    reverse_payment(bill_id=bill.id, actor=CHIEF)
    print(state())
    from notifications.models import Event
    for e in Event.objects.all(): print(e.type, e.payload)
