"""Bills: their amounts, lines and due dates, and what is refused."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from ledger.models import Bill, Case, CaseKind, Posting, System, Vendor
from ledger.services.approvals import approve_case, submit_case
from ledger.services.bookkeeping.errors import (
    AlreadyPostedError,
    AmountOutOfRangeError,
    CaseNotApprovedError,
    DuplicateBillError,
    PeriodLockedError,
    UnbalancedEntryError,
)
from ledger.services.case_amounts import settled
from ledger.services.cases import Origin, record_case
from ledger.services.exchange_rates import ExchangeRateMissingError
from ledger.services.integration import OnFailure, integrate_case
from ledger.services.postings import post_accounting, post_ap, post_inventory, posting
from notifications.models import Event
from tests.factories import make_approved_case, make_line, make_vendor, set_settings
from tests.factories.ledger import CHIEF, CLERK, case_input
from tests.ledger.ledger_state import owed, rows

pytestmark = pytest.mark.usefixtures("in_tenant")
D = Decimal
SERVICE = {"sku": "", "description": "Service"}


def billed(case: Case) -> Bill:
    """The bill of a case that is posted to accounts payable."""
    post_ap(case_id=case.id, actor=CHIEF)
    return case.bills.get()


def failures() -> list[dict[str, Any]]:
    """The payloads of `integration.failed`."""
    return [event.payload for event in Event.objects.filter(type="integration.failed")]


@pytest.mark.parametrize(
    ("stated", "vendors", "tenants", "expected"),
    [
        (dt.date(2026, 3, 1), 10, 14, dt.date(2026, 3, 1)),
        (None, 10, 14, dt.date(2026, 1, 30)),
        (None, 0, 14, dt.date(2026, 1, 20)),
        (None, None, 14, dt.date(2026, 2, 3)),
        (None, None, 30, dt.date(2026, 2, 19)),
    ],
)
def test_the_due_date_is_the_documents_the_vendors_or_the_tenants(
    stated: dt.date | None, vendors: int | None, tenants: int, expected: dt.date
) -> None:
    set_settings(terms_days=tenants)
    assert billed(make_approved_case(make_vendor(terms_days=vendors), due_date=stated)).due_date == expected


def test_a_bill_has_the_lines_and_what_is_to_be_paid() -> None:
    vendor = make_vendor()
    case = make_approved_case(vendor, make_line("90", **SERVICE), make_line("10"), tax="10", prepaid=D(30))
    bill = billed(case)
    assert (bill.amount, bill.base_amount, bill.status) == (80, 80, "open")
    assert list(bill.lines.values_list("position", "description", "amount")) == [(1, "Service", 90), (2, "Widget", 10)]
    assert owed() == (80, 80)


def test_a_credit_note_is_a_negative_bill() -> None:
    vendor = make_vendor()
    billed(make_approved_case(vendor, make_line("100")))
    bill = billed(make_approved_case(vendor, make_line("30"), kind=CaseKind.CREDIT_NOTE))
    assert (bill.amount, list(bill.lines.values_list("amount", flat=True))) == (-30, [-30])
    assert owed() == (70, 70)


def test_what_was_paid_in_advance_needs_no_payment() -> None:
    assert billed(make_approved_case(make_vendor(), make_line("100"), prepaid=D(100))).status == "paid"
    assert owed() == (0, 0)


def test_a_dry_run_tells_the_bill_that_is_written_then() -> None:
    case = make_approved_case(make_vendor(), make_line("90", **SERVICE), make_line("10"), tax="10")
    before = rows()
    told = post_ap(case_id=case.id, actor=CHIEF, dry_run=True).body()
    assert rows() == before
    bill = billed(case)
    assert (told["amount"], told["due_date"], told["bill_id"]) == (bill.amount, bill.due_date.isoformat(), None)
    lines = [(line["position"], line["description"], line["amount"]) for line in told["lines"]]
    assert lines == list(bill.lines.values_list("position", "description", "amount"))


@pytest.mark.parametrize(("kind", "sign"), [(CaseKind.INVOICE, 1), (CaseKind.CREDIT_NOTE, -1)])
def test_a_dry_run_tells_lines_that_are_finer_than_the_currency_as_they_are_written(kind: CaseKind, sign: int) -> None:
    vendor = make_vendor()
    fine = settled(case_input(vendor, make_line("1", **SERVICE), make_line("1", **SERVICE), kind=kind))
    lines = tuple(replace(line, line_total=D("1.005")) for line in fine.lines)
    data = replace(fine, lines=lines, subtotal=D("2.01"), total=D("2.01"), payable=D("2.01"))
    case = record_case(data=data, origin=Origin(), actor=CLERK)
    submit_case(case_id=case.id, actor=CLERK)
    approve_case(case_id=case.id, actor=CHIEF, is_admin=True)
    told = post_ap(case_id=case.id, actor=CHIEF, dry_run=True).body()
    bill = billed(case)
    assert [line["amount"] for line in told["lines"]] == list(bill.lines.values_list("amount", flat=True))
    assert told["amount"] == bill.amount == sign * D("2.01")


def test_the_posting_keeps_its_answer() -> None:
    case = make_approved_case()
    answer = post_ap(case_id=case.id, actor=CHIEF)
    posting = Posting.objects.get()
    assert posting.result["bill_id"] == answer.bill_id
    assert (posting.result["amount"], posting.posted_by) == (1000, CHIEF.id)


def test_a_second_bill_of_the_case_is_a_duplicate_and_no_failure_of_it() -> None:
    case = make_approved_case()
    bill = billed(case)
    before = rows()
    with pytest.raises(AlreadyPostedError) as refused:
        post_ap(case_id=case.id, actor=CHIEF)
    assert (refused.value.code, refused.value.details["bill_id"]) == ("DUPLICATE_BILL", bill.public_id)
    assert rows() == before
    assert failures() == []


def test_the_same_invoice_of_another_case_is_named() -> None:
    vendor = make_vendor()
    first = make_approved_case(vendor, invoice_number="R-1")
    bill = billed(first)
    second = make_approved_case(vendor, invoice_number="R-1")
    before = rows()
    with pytest.raises(DuplicateBillError) as refused:
        post_ap(case_id=second.id, actor=CHIEF)
    assert refused.value.details["bill_id"] == bill.public_id
    assert refused.value.details["case_id"] == first.public_id
    assert rows() == before
    [told] = failures()
    assert (told["case_id"], told["system"], told["code"]) == (second.public_id, "ap", "DUPLICATE_BILL")
    assert told["next_step"]
    # Another vendor, or a credit note, may have the number too.
    billed(make_approved_case(make_vendor(), invoice_number="R-1"))
    billed(make_approved_case(vendor, make_line("1"), invoice_number="R-1", kind=CaseKind.CREDIT_NOTE))


@pytest.mark.parametrize("post", [post_inventory, post_ap, post_accounting])
def test_what_must_not_be_posted_is_refused_and_nothing_is_written(post: Any) -> None:
    unknown_rate = make_case_in("EUR")
    for case, error in (
        (unknown_rate, ExchangeRateMissingError),
        (with_status("draft"), CaseNotApprovedError),
        (with_status("needs_review"), CaseNotApprovedError),
        (closed_period(), PeriodLockedError),
    ):
        before = rows()
        with pytest.raises(error) as refused:
            post(case_id=case.id, actor=CHIEF)
        assert refused.value.details["next_step"]
        assert rows() == before


def make_case_in(currency: str) -> Case:
    case = make_approved_case(make_vendor(), make_line("10", sku=""))
    Case.objects.filter(id=case.id).update(currency=currency)
    return case


def with_status(status: str) -> Case:
    case = make_approved_case(make_vendor(), make_line("10", sku=""))
    Case.objects.filter(id=case.id).update(status=status, approved_at=None)
    return case


def closed_period() -> Case:
    case = make_approved_case(make_vendor(), make_line("10", sku=""), invoice_date=dt.date(2025, 12, 31))
    set_settings(locked_until=dt.date(2025, 12, 31))
    return case


def test_amounts_that_do_not_add_up_are_not_booked() -> None:
    case = make_approved_case(make_vendor(), make_line("100"), tax="10")
    Case.objects.filter(id=case.id).update(payable=D("109.99"))
    before = rows()
    with pytest.raises(UnbalancedEntryError, match=r"0\.01 apart"):
        post_accounting(case_id=case.id, actor=CHIEF)
    assert rows() == before
    assert failures()[0]["code"] == "UNBALANCED_ENTRY"


def test_a_balance_that_no_column_holds_is_refused() -> None:
    vendor = make_vendor()
    Vendor.objects.filter(id=vendor.id).update(balance=D(10) ** 15 - 1)
    case = make_approved_case(vendor, make_line("1"))
    before = rows()
    with pytest.raises(AmountOutOfRangeError):
        post_ap(case_id=case.id, actor=CHIEF)
    assert rows() == before


def test_a_period_that_is_closed_while_a_case_is_posted_stays_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    case = closed_period()
    monkeypatch.setattr(posting, "require_open_period", lambda *_: None)  # As it was when the posting looked.
    before = rows()
    with pytest.raises(PeriodLockedError):
        post_accounting(case_id=case.id, actor=CHIEF)
    assert rows() == before
    outcome = integrate_case(case_id=case.id, systems=list(System), actor=CHIEF, on_failure=OnFailure.ROLLBACK)
    assert outcome.body()["results"]["accounting"]["code"] == "PERIOD_LOCKED"
    assert rows() == before
