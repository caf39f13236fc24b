"""The same invoice in two cases: one of them goes into the ledger, whichever systems they are posted to."""

import itertools
from typing import Any

import pytest
from django.db import connection

from integrations_site.kernel.errors import ConflictError
from integrations_site.tenancy import scope
from integrations_site.tenancy.models import Tenant
from ledger.models import Case, CaseKind, InventoryItem, Posting, System
from ledger.services.approvals import reject_case
from ledger.services.bookkeeping.errors import DuplicateBillError
from ledger.services.integration import OnFailure, integrate_case
from ledger.services.postings import post_accounting, post_ap, post_inventory
from ledger.services.rollbacks import roll_back
from tests.concurrency import run_together
from tests.factories import make_approved_case, make_line, make_vendor
from tests.factories.ledger import CHIEF
from tests.ledger.ledger_state import rows

POST = {System.INVENTORY: post_inventory, System.AP: post_ap, System.ACCOUNTING: post_accounting}


def twins(count: int = 2) -> list[Case]:
    """Approved cases of one invoice."""
    InventoryItem.objects.create(sku="WIDGET-1")
    vendor = make_vendor()
    return [make_approved_case(vendor, invoice_number="R-1") for _ in range(count)]


@pytest.mark.usefixtures("in_tenant")
@pytest.mark.parametrize(("first", "second"), list(itertools.product(System, System)))
def test_what_is_posted_anywhere_keeps_its_duplicate_out(first: System, second: System) -> None:
    one, other = twins()
    POST[first](case_id=one.id, actor=CHIEF)
    before = rows()
    with pytest.raises(DuplicateBillError) as refused:
        POST[second](case_id=other.id, actor=CHIEF)
    assert rows() == before
    assert (refused.value.code, refused.value.details["case_id"]) == ("DUPLICATE_BILL", one.public_id)
    roll_back(case_id=one.id, systems=[first], actor=CHIEF)
    POST[second](case_id=other.id, actor=CHIEF)
    with pytest.raises(DuplicateBillError):
        POST[first](case_id=one.id, actor=CHIEF)


@pytest.mark.usefixtures("in_tenant")
def test_going_on_after_a_refusal_books_nothing_twice() -> None:
    one, other = twins()
    assert integrate_case(case_id=one.id, systems=list(System), actor=CHIEF, on_failure=OnFailure.KEEP).posted
    outcome = integrate_case(case_id=other.id, systems=list(System), actor=CHIEF, on_failure=OnFailure.KEEP)
    assert {error.code for error in outcome.refused.values()} == {"DUPLICATE_BILL"}
    assert (outcome.status, len(outcome.refused), outcome.posted) == ("failed", 3, {})
    assert not Posting.objects.filter(case=other).exists()


@pytest.mark.usefixtures("in_tenant")
def test_others_are_no_duplicates() -> None:
    one, other = twins()
    reject_case(case_id=other.id, reason="Twice", actor=CHIEF, is_admin=True)
    POST[System.INVENTORY](case_id=one.id, actor=CHIEF)
    for case in (
        make_approved_case(one.vendor, invoice_number="R-2"),
        make_approved_case(make_vendor(), invoice_number="R-1"),
        make_approved_case(one.vendor, make_line("1"), invoice_number="R-1", kind=CaseKind.CREDIT_NOTE),
    ):
        for post in POST.values():
            post(case_id=case.id, actor=CHIEF)


@pytest.mark.django_db(transaction=True)
def test_duplicates_that_are_posted_to_different_systems_at_once(tenant: Tenant) -> None:
    with scope.tenant_scope(tenant.id):
        cases = twins(6)

        def act(number: int) -> Any:
            system = list(System)[number % 3]
            try:
                with scope.tenant_scope(tenant.id):
                    POST[system](case_id=cases[number].id, actor=CHIEF)
                    return "posted"
            except ConflictError as refused:
                return refused.code
            finally:
                connection.close()

        answers = run_together(act, 6)
        assert sorted(answers) == ["DUPLICATE_BILL"] * 5 + ["posted"]
        assert Posting.objects.count() == 1
