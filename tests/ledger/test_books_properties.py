"""Whatever is posted and taken back in whatever order: the books balance, agree, and come back."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from integrations_site.tenancy import scope
from integrations_site.tenancy.models import Tenant
from ledger.models import Bill, Case, CaseKind, InventoryItem, System, Vendor
from ledger.services.exchange_rates import create_exchange_rate
from ledger.services.postings import post_accounting, post_ap, post_inventory
from ledger.services.reports.reconciliation import reconcile
from ledger.services.reports.trial_balance import trial_balance
from ledger.services.rollbacks import roll_back
from tests.factories import make_approved_case, make_line, make_vendor
from tests.factories.ledger import CHIEF

POST = {System.INVENTORY: post_inventory, System.AP: post_ap, System.ACCOUNTING: post_accounting}
RATES = {"USD": 2, "EUR": 2, "JPY": 0, "KWD": 3}
SKUS = ("PROP-1", "PROP-2")


@st.composite
def drafts(draw: st.DrawFn) -> dict[str, Any]:
    """A document: currency, lines with and without SKU, tax, prepayment and rounding."""
    currency = draw(st.sampled_from(sorted(RATES)))
    step = Decimal(1).scaleb(-RATES[currency])
    amounts = st.integers(1, 10_000_000).map(lambda units: units * step)
    lines = [
        make_line(draw(amounts), quantity=Decimal(draw(st.integers(1, 500))), sku=draw(st.sampled_from((*SKUS, ""))))
        for _ in range(draw(st.integers(1, 5)))
    ]
    tax = draw(st.integers(0, 500_000)) * step
    total = sum((line.line_total for line in lines), tax)
    prepaid = min(draw(st.integers(0, 100_000)) * step, total)
    return {"currency": currency, "lines": lines, "tax": tax, "prepaid": prepaid}


@contextmanager
def _fresh_ledger(tenant: Tenant) -> Iterator[Vendor]:
    """Items, rates and a vendor; rolled back after the block, so that every example finds an empty ledger."""
    with scope.tenant_scope(tenant.id), transaction.atomic():
        for sku in SKUS:
            InventoryItem.objects.create(sku=sku)
        for currency, rate in (("EUR", "1.0837"), ("JPY", "0.0066381"), ("KWD", "3.2541")):
            create_exchange_rate(currency=currency, date=dt.date(2020, 1, 1), rate=Decimal(rate), actor=CHIEF)
        yield make_vendor()
        transaction.set_rollback(True)


def _case(vendor: Vendor, draft: dict[str, Any], kind: CaseKind = CaseKind.INVOICE) -> Case:
    lines = draft["lines"]
    return make_approved_case(
        vendor, *lines, tax=draft["tax"], currency=draft["currency"], prepaid=draft["prepaid"], kind=kind
    )


def _stock() -> list[tuple[Any, ...]]:
    return list(InventoryItem.objects.order_by("sku").values_list("sku", "quantity", "value", "last_cost"))


def _owed() -> tuple[list[Any], list[Any]]:
    open_bills = (
        Bill.objects.filter(status="open").order_by("invoice_number").values_list("invoice_number", "base_amount")
    )
    return list(open_bills), list(Vendor.objects.order_by("name").values_list("name", "balance"))


def _balances() -> dict[str, Decimal]:
    return {account.code: account.balance for account in trial_balance().accounts if account.balance}


def _state() -> tuple[Any, ...]:
    return _stock(), _owed(), _balances()


@pytest.mark.django_db
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(documents=st.lists(drafts(), min_size=1, max_size=4), data=st.data())
def test_everything_agrees_and_comes_back(tenant: Tenant, documents: list[dict[str, Any]], data: st.DataObject) -> None:
    with _fresh_ledger(tenant) as vendor:
        cases = [_case(vendor, draft) for draft in documents]
        empty = _state()
        steps = [(case.id, system) for case in cases for system in System]
        for case_id, system in data.draw(st.permutations(steps)):
            POST[system](case_id=case_id, actor=CHIEF)
        found = reconcile()
        assert found.agrees, found.body()
        balance = trial_balance()
        assert balance.debits == balance.credits
        for case_id, system in data.draw(st.permutations(steps)):
            assert roll_back(case_id=case_id, systems=[system], actor=CHIEF).status == "rolled_back"
        assert _state() == empty
        assert reconcile().agrees


@pytest.mark.django_db
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=drafts(), second=drafts())
def test_taking_one_back_leaves_the_others_as_they_were(
    tenant: Tenant, first: dict[str, Any], second: dict[str, Any]
) -> None:
    with _fresh_ledger(tenant) as vendor:
        kept, wrong = _case(vendor, first), _case(vendor, second)
        for system in System:
            POST[system](case_id=kept.id, actor=CHIEF)
        alone = _stock(), _owed(), _balances()
        for system in System:
            POST[system](case_id=wrong.id, actor=CHIEF)
        roll_back(case_id=wrong.id, systems=list(System), actor=CHIEF)
        assert (_stock(), _owed(), _balances()) == alone


@pytest.mark.django_db
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(draft=drafts())
def test_a_credit_note_undoes_its_invoice(tenant: Tenant, draft: dict[str, Any]) -> None:
    with _fresh_ledger(tenant) as vendor:
        for kind in (CaseKind.INVOICE, CaseKind.CREDIT_NOTE):
            case = _case(vendor, draft, kind)
            for system in System:
                POST[system](case_id=case.id, actor=CHIEF)
        assert all(quantity == value == 0 for _, quantity, value, _ in _stock())
        assert _balances() == {}
        assert Vendor.objects.get(pk=vendor.pk).balance == 0
