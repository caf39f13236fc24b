"""A process that is killed in the middle of a posting leaves nothing of it."""

import subprocess
import sys

import pytest
from django.db import connection

from integrations_site.tenancy import scope
from integrations_site.tenancy.models import Tenant
from ledger.models import Bill, InventoryItem, JournalEntry, Posting, StockMovement, Vendor
from ledger.services.postings import post_accounting, post_ap, post_inventory
from notifications.models import Event
from tests.factories import make_approved_case, make_line, make_vendor
from tests.factories.ledger import CHIEF

TABLES = (Posting, Bill, JournalEntry, StockMovement)


@pytest.mark.django_db(transaction=True)
def test_the_end_is_as_if_it_had_not_been(tenant: Tenant) -> None:
    with scope.tenant_scope(tenant.id):
        InventoryItem.objects.create(sku="WIDGET-1")
        case = make_approved_case(make_vendor(), make_line(), tax="10.00")
        events = Event.objects.count()
    arguments = [str(tenant.id), str(case.id), str(connection.settings_dict["NAME"])]
    command = [sys.executable, "-m", "tests.ledger.killed_posting", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as posting:
        assert posting.stdout
        assert posting.stdout.readline() == "written\n"
        posting.kill()
    with scope.tenant_scope(tenant.id):
        assert [model.objects.count() for model in TABLES] == [0, 0, 0, 0]
        assert Event.objects.count() == events
        assert Vendor.objects.get().balance == 0
        # Its locks are gone with it, and the case can be posted.
        for post in (post_inventory, post_ap, post_accounting):
            post(case_id=case.id, actor=CHIEF)
        assert [model.objects.count() for model in TABLES] == [3, 1, 1, 1]
