"""Submitting, approving, rejecting and reopening: who may, in which state, and what is left behind."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from integrations_site.audit.models import AuditEntry
from integrations_site.audit.types import Actor
from integrations_site.kernel.errors import ForbiddenError, HubError
from integrations_site.tenancy import scope
from integrations_site.tenancy.models import ApiClient, Tenant
from ledger.models import Case, CaseStatus, Posting
from ledger.services.approvals import (
    ApprovalLimitError,
    CasePostedError,
    FourEyesError,
    VendorUnconfirmedError,
    approve_case,
    reject_case,
    reopen_case,
    submit_case,
)
from ledger.services.bookkeeping.errors import AmountOutOfRangeError
from ledger.services.cases import update_case
from ledger.services.exchange_rates import ExchangeRateMissingError, create_exchange_rate
from ledger.services.transitions import DECISIONS, POSTINGS, InvalidTransitionError, keep, lock_case, move
from ledger.services.vendors import confirm_vendor
from notifications.models import Event
from tests.concurrency import run_together
from tests.factories import make_approved_case, make_case, make_line, make_member, make_vendor, set_settings
from tests.factories.ledger import CHIEF, CLERK


def submitted(**fields: Any) -> Case:
    case = make_case(None, **fields)
    return submit_case(case_id=case.id, actor=CLERK)


def state(case: Case) -> tuple[str, int, int]:
    """What a refused decision must leave as it was."""
    events = Event.objects.filter(subject=case.public_id).count()
    return Case.objects.get(pk=case.pk).status, AuditEntry.objects.filter(subject=case.public_id).count(), events


@pytest.mark.usefixtures("in_tenant")
class TestDecisions:
    def test_an_approval_is_recorded_and_published(self) -> None:
        case = make_approved_case()
        case.refresh_from_db()
        assert (case.status, case.submitted_by, case.approved_by) == ("approved", CLERK.id, CHIEF.id)
        assert case.approved_at is not None
        event = Event.objects.get(type="case.approved")
        assert (event.subject, event.payload["approved_by"]) == (case.public_id, CHIEF.id)
        told = AuditEntry.objects.filter(subject=case.public_id).order_by("at").values_list("action", "actor")
        assert list(told) == [("case.created", CLERK.id), ("case.submitted", CLERK.id), ("case.approved", CHIEF.id)]

    def test_whoever_submitted_may_not_approve_under_four_eyes(self) -> None:
        case = submitted()
        before = state(case)
        with pytest.raises(FourEyesError):
            approve_case(case_id=case.id, actor=CLERK, is_admin=True)
        assert state(case) == before
        set_settings(four_eyes=False)
        assert approve_case(case_id=case.id, actor=CLERK, is_admin=True).status == CaseStatus.APPROVED

    def test_a_program_of_whoever_submitted_is_no_second_person(self, in_tenant: Tenant) -> None:
        member = make_member(in_tenant)
        program, other = (
            ApiClient.objects.create(name=name, tenant=in_tenant, role="tenant_admin", user=holder)
            for name, holder in (("his", member), ("a third", None))
        )
        case = make_case()
        submit_case(case_id=case.id, actor=Actor(member.public_id))
        with pytest.raises(FourEyesError):
            approve_case(case_id=case.id, actor=Actor(program.public_id), is_admin=True)
        approved = approve_case(case_id=case.id, actor=Actor(other.public_id), is_admin=True)
        assert approved.status == CaseStatus.APPROVED

    @pytest.mark.parametrize(("limit", "allowed"), [(None, False), ("999.99", False), ("1000.00", True)])
    def test_a_user_approves_up_to_the_limit(self, limit: str | None, allowed: bool) -> None:
        set_settings(approval_limit=None if limit is None else Decimal(limit))
        case = submitted()
        before = state(case)
        if allowed:
            assert approve_case(case_id=case.id, actor=CHIEF, is_admin=False).status == CaseStatus.APPROVED
            return
        with pytest.raises(ApprovalLimitError):
            approve_case(case_id=case.id, actor=CHIEF, is_admin=False)
        assert state(case) == before

    def test_the_limit_counts_in_the_currency_of_the_books(self) -> None:
        set_settings(approval_limit=Decimal(1000))
        case = submitted(currency="EUR")
        with pytest.raises(ExchangeRateMissingError):
            approve_case(case_id=case.id, actor=CHIEF, is_admin=False)
        create_exchange_rate(currency="EUR", date=dt.date(2026, 1, 1), rate=Decimal("1.08"), actor=CHIEF)
        with pytest.raises(ApprovalLimitError) as refused:
            approve_case(case_id=case.id, actor=CHIEF, is_admin=False)
        assert refused.value.details["worth"] == Decimal("1080.00")

    @pytest.mark.parametrize("amounts", [{"prepaid": Decimal(-900)}, {"rounding": Decimal(900)}])
    def test_the_limit_counts_what_is_to_be_paid_where_that_is_more(self, amounts: dict[str, Decimal]) -> None:
        set_settings(approval_limit=Decimal(1000))
        case = submitted(**amounts)
        before = state(case)
        with pytest.raises(ApprovalLimitError) as refused:
            approve_case(case_id=case.id, actor=CHIEF, is_admin=False)
        assert refused.value.details["worth"] == case.payable == Decimal("1900.00")
        assert state(case) == before

    @pytest.mark.parametrize(
        ("lines", "fields"),
        [
            (("1500.00", "-600.00"), {}),
            (("600.00", "-1500.00"), {}),
            (("900.00", "-100.00"), {"tax": "101.00"}),
            (("1500.00",), {"prepaid": Decimal(1500)}),
            (("900.00",), {"tax": "100.01"}),
        ],
    )
    def test_neither_negative_lines_nor_prepayment_make_a_case_small(
        self, lines: tuple[str, ...], fields: dict[str, Any]
    ) -> None:
        set_settings(approval_limit=Decimal(1000))
        quantity = {True: "-1", False: "1"}
        case = make_case(None, *(make_line(each, quantity=quantity[each[0] == "-"]) for each in lines), **fields)
        submit_case(case_id=case.id, actor=CLERK)
        before = state(case)
        with pytest.raises(ApprovalLimitError):
            approve_case(case_id=case.id, actor=CHIEF, is_admin=False)
        assert state(case) == before

    def test_an_amount_that_the_books_cannot_hold_is_refused(self) -> None:
        set_settings(approval_limit=Decimal(1000))
        create_exchange_rate(currency="EUR", date=dt.date(2026, 1, 1), rate=Decimal(999_999_999_999), actor=CHIEF)
        case = make_case(None, make_line("900000000000000", quantity="1000"), currency="EUR")
        submit_case(case_id=case.id, actor=CLERK)
        before = state(case)
        with pytest.raises(AmountOutOfRangeError):
            approve_case(case_id=case.id, actor=CHIEF, is_admin=False)
        assert state(case) == before

    def test_a_vendor_is_confirmed_before_its_case_is_approved(self) -> None:
        vendor = make_vendor(is_confirmed=False)
        case = make_case(vendor)
        submit_case(case_id=case.id, actor=CLERK)
        before = state(case)
        with pytest.raises(VendorUnconfirmedError) as refused:
            approve_case(case_id=case.id, actor=CHIEF, is_admin=True)
        assert vendor.public_id in refused.value.message
        assert state(case) == before
        confirm_vendor(vendor_id=vendor.id, actor=CHIEF)
        assert approve_case(case_id=case.id, actor=CHIEF, is_admin=True).status == CaseStatus.APPROVED

    def test_a_rejected_case_keeps_the_reason_until_it_is_edited(self) -> None:
        case = submitted()
        reject_case(case_id=case.id, reason="The price is wrong", actor=CHIEF, is_admin=True)
        case.refresh_from_db()
        assert (case.status, case.rejection_reason) == ("rejected", "The price is wrong")
        told = AuditEntry.objects.get(subject=case.public_id, action="case.rejected")
        assert told.data == {"reason": "The price is wrong"}
        update_case(case_id=case.id, changes={"order_reference": "PO-1"}, actor=CLERK)
        case.refresh_from_db()
        assert (case.status, case.rejection_reason) == ("draft", "")

    def test_what_is_posted_is_not_rejected(self) -> None:
        case = make_approved_case()
        Posting.objects.create(case=case, system="ap", result={}, posted_by="x", posted_at=case.created_at)
        before = state(case)
        with pytest.raises(CasePostedError):
            reject_case(case_id=case.id, reason="Too late", actor=CHIEF, is_admin=True)
        assert state(case) == before
        Posting.objects.update(status=Posting.Status.REVERSED)
        assert reject_case(case_id=case.id, reason="In time", actor=CHIEF, is_admin=True).approved_by == ""

    def test_only_an_admin_takes_an_approval_back(self) -> None:
        case = make_approved_case()
        before = state(case)
        with pytest.raises(ForbiddenError):
            reject_case(case_id=case.id, reason="No", actor=CLERK, is_admin=False)
        assert state(case) == before
        assert reject_case(case_id=case.id, reason="No", actor=CHIEF, is_admin=True).status == CaseStatus.REJECTED

    def test_what_waits_can_be_taken_back(self) -> None:
        case = submitted()
        assert reopen_case(case_id=case.id, actor=CLERK).status == CaseStatus.DRAFT
        assert Case.objects.get(pk=case.pk).submitted_by == ""


_DECIDE: dict[CaseStatus, Callable[[Case], Case]] = {
    CaseStatus.PENDING_APPROVAL: lambda case: submit_case(case_id=case.id, actor=CLERK),
    CaseStatus.APPROVED: lambda case: approve_case(case_id=case.id, actor=CHIEF, is_admin=True),
    CaseStatus.REJECTED: lambda case: reject_case(case_id=case.id, reason="No", actor=CHIEF, is_admin=True),
    CaseStatus.DRAFT: lambda case: reopen_case(case_id=case.id, actor=CLERK),
}


@pytest.mark.usefixtures("in_tenant")
@pytest.mark.parametrize("start", CaseStatus)
def test_every_decision_is_allowed_or_refused_as_the_table_says(start: CaseStatus) -> None:
    for to, decide in _DECIDE.items():
        case = make_case(None, make_line("1.00", quantity="1"))
        keep(case, status=start)
        before = state(case)
        if to in DECISIONS.get(start, ()):
            assert decide(case).status == to
            continue
        with pytest.raises(InvalidTransitionError) as refused:
            decide(case)
        assert refused.value.details["status"] == start
        assert refused.value.details["possible"] == sorted(DECISIONS.get(start, ()))
        assert state(case) == before


@pytest.mark.usefixtures("in_tenant")
def test_a_posting_cannot_decide_for_a_person() -> None:
    case = make_case()
    assert not any(CaseStatus.PENDING_APPROVAL in possible for possible in POSTINGS.values())
    with pytest.raises(InvalidTransitionError):
        move(lock_case(case.id), CaseStatus.INTEGRATED)


@pytest.mark.django_db(transaction=True)
def test_two_deciders_at_once_one_wins(tenant: Tenant) -> None:
    with scope.tenant_scope(tenant.id):
        case = submitted()

    def decide(number: int) -> str:
        with scope.tenant_scope(tenant.id):
            try:
                if number % 2:
                    approve_case(case_id=case.id, actor=CHIEF, is_admin=True)
                else:
                    reject_case(case_id=case.id, reason="No", actor=CHIEF, is_admin=True)
            except HubError as error:
                return error.code
            finally:
                connection.close()
        return "done"

    # An approval that comes first may still be rejected; nothing can be approved twice.
    outcomes = run_together(decide, 4)
    assert outcomes.count("done") in (1, 2)
    with scope.tenant_scope(tenant.id):
        case.refresh_from_db()
        assert AuditEntry.objects.filter(subject=case.public_id, action="case.approved").count() <= 1
        assert case.status == CaseStatus.REJECTED
