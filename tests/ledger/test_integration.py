"""Posting to several systems: what becomes of a refusal, on demand and after approval."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import OperationalError

from integrations_site.audit.models import AuditEntry
from integrations_site.kernel.errors import TransientError
from integrations_site.tenancy import scope
from integrations_site.tenancy.models import Tenant
from ledger.models import AccountMapping, Case, CaseStatus, InventoryItem, JournalEntry, Posting, Purpose, System
from ledger.services import contention, review
from ledger.services.contention import persistently
from ledger.services.integration import OnFailure, integrate_case
from ledger.services.review import NotInReviewError, integrate_approved, integrate_on_demand, retry_case
from notifications.models import Event
from notifications.services.outbox import handle_due
from tests.factories import make_approved_case, make_line, make_vendor, set_settings
from tests.factories.ledger import CHIEF
from tests.ledger.ledger_state import rows

pytestmark = pytest.mark.usefixtures("in_tenant")
ALL = tuple(System)


@pytest.fixture(autouse=True)
def widget(in_tenant: Tenant) -> InventoryItem:
    """The item of the factories' lines."""
    return InventoryItem.objects.create(sku="WIDGET-1")


@pytest.fixture
def no_payables(widget: InventoryItem) -> AccountMapping:
    """Accounting refuses every case: nothing is mapped for payables."""
    mapping = AccountMapping.objects.get(purpose=Purpose.PAYABLES)
    mapping.delete()
    return mapping


def integrate(case: Case, on_failure: OnFailure, *systems: System) -> Any:
    """The outcome of integrating a case (no systems named: in all)."""
    outcome = integrate_case(case_id=case.id, systems=systems or ALL, actor=CHIEF, on_failure=on_failure)
    case.refresh_from_db()
    return outcome


def held_by(case: Case) -> set[str]:
    """The systems that hold a case."""
    return set(Posting.objects.filter(case=case, status="posted").values_list("system", flat=True))


@pytest.mark.parametrize("on_failure", OnFailure)
def test_all_three_hold_the_case_and_say_so(on_failure: OnFailure) -> None:
    case = make_approved_case()
    outcome = integrate(case, on_failure)
    assert (outcome.status, case.status, held_by(case)) == ("integrated", CaseStatus.INTEGRATED, set(ALL))
    assert {result["status"] for result in outcome.body()["results"].values()} == {"success", "created", "posted"}
    before = rows()
    again = integrate(case, on_failure)
    assert {result["status"] for result in again.body()["results"].values()} == {"already_posted"}
    assert rows() == before


def test_with_rollback_a_refusal_leaves_nothing_behind(no_payables: AccountMapping) -> None:
    case = make_approved_case()
    before = rows()
    outcome = integrate(case, OnFailure.ROLLBACK)
    assert rows() == before
    results = outcome.body()["results"]
    assert (outcome.status, results["accounting"]["code"]) == ("failed", "ACCOUNT_NOT_FOUND")
    assert results["inventory"] == results["ap"] == {"status": "not_posted"}
    [told] = [event.payload for event in Event.objects.filter(type__startswith="integration.")]
    assert (told["event"], told["system"], told["code"]) == ("integration.failed", "accounting", "ACCOUNT_NOT_FOUND")


def test_with_rollback_what_was_posted_before_stays(no_payables: AccountMapping) -> None:
    case = make_approved_case()
    integrate(case, OnFailure.ROLLBACK, System.AP)
    assert integrate(case, OnFailure.ROLLBACK).status == "failed"
    assert held_by(case) == {System.AP}


@pytest.mark.parametrize(
    ("on_failure", "holding"), [(OnFailure.KEEP, {"inventory", "ap"}), (OnFailure.REVIEW, {"inventory"})]
)
def test_keep_goes_on_and_review_stops(no_payables: AccountMapping, on_failure: OnFailure, holding: set[str]) -> None:
    case = make_approved_case()
    outcome = integrate(case, on_failure, System.INVENTORY, System.ACCOUNTING, System.AP)
    assert (outcome.status, held_by(case), case.status) == ("partial", holding, CaseStatus.APPROVED)


def test_on_demand_only_review_leaves_it_to_a_person(no_payables: AccountMapping) -> None:
    for on_failure, status in ((OnFailure.KEEP, "approved"), (OnFailure.REVIEW, "needs_review")):
        case = make_approved_case()
        integrate_on_demand(case_id=case.id, systems=ALL, actor=CHIEF, on_failure=on_failure)
        case.refresh_from_db()
        assert case.status == status
    before = rows()
    integrate_on_demand(
        case_id=make_approved_case().id, systems=ALL, actor=CHIEF, on_failure=OnFailure.REVIEW, dry_run=True
    )
    assert len(rows()["Posting"]) == len(before["Posting"])


def test_approval_integrates_where_the_tenant_wants_that() -> None:
    case = make_approved_case()
    assert integrate_approved(case_id=case.id) is None
    set_settings(auto_enabled=True, auto_systems=["ap", "inventory"])
    outcome = integrate_approved(case_id=case.id)
    assert outcome is not None
    assert outcome.status == "integrated"
    assert held_by(case) == {"ap", "inventory"}
    case.refresh_from_db()
    assert case.status == CaseStatus.APPROVED


def test_a_permanent_failure_needs_a_person_who_is_told_what_to_do(no_payables: AccountMapping) -> None:
    set_settings(auto_enabled=True, auto_systems=list(ALL), auto_on_failure="rollback")
    case = make_approved_case()
    integrate_approved(case_id=case.id)
    case.refresh_from_db()
    assert (case.status, held_by(case)) == (CaseStatus.NEEDS_REVIEW, set())
    reason: dict[str, Any] = case.review or {}
    assert (reason["system"], reason["code"]) == ("accounting", "ACCOUNT_NOT_FOUND")
    assert "/api/account-mappings" in reason["next_step"]
    assert AuditEntry.objects.filter(action="case.review_asked", subject=case.public_id).exists()
    # Handled once more, as after a worker that died, it changes nothing.
    before = rows()
    assert integrate_approved(case_id=case.id) is None
    assert rows() == before


def test_a_case_is_tried_again_on_demand(no_payables: AccountMapping) -> None:
    set_settings(auto_enabled=True, auto_systems=["ap", "accounting"], auto_on_failure="keep")
    case = make_approved_case()
    integrate_approved(case_id=case.id)
    assert retry_case(case_id=case.id, actor=CHIEF).status == "partial"
    no_payables.save(force_insert=True)
    assert retry_case(case_id=case.id, actor=CHIEF).status == "integrated"
    case.refresh_from_db()
    assert (case.status, case.review, held_by(case)) == (CaseStatus.APPROVED, None, {"ap", "accounting"})
    with pytest.raises(NotInReviewError):
        retry_case(case_id=case.id, actor=CHIEF)


def test_posting_the_rest_by_hand_ends_the_review(no_payables: AccountMapping) -> None:
    case = make_approved_case()
    integrate_on_demand(case_id=case.id, systems=ALL, actor=CHIEF, on_failure=OnFailure.REVIEW)
    no_payables.save(force_insert=True)
    integrate(case, OnFailure.KEEP)
    assert (case.status, case.review) == (CaseStatus.INTEGRATED, None)


def test_a_case_that_was_rejected_in_the_meantime_is_left_alone() -> None:
    set_settings(auto_enabled=True, auto_systems=list(ALL))
    case = make_approved_case()
    Case.objects.filter(id=case.id).update(status=CaseStatus.REJECTED)
    before = rows()
    assert integrate_approved(case_id=case.id) is None
    assert rows() == before


def test_transient_errors_are_tried_again_with_longer_and_longer_random_waits() -> None:
    waits: list[float] = []
    errors: list[Exception] = [OperationalError("deadlock"), TransientError("busy"), OperationalError("gone")]

    def call() -> str:
        if errors:
            raise errors.pop()
        return "done"

    assert persistently(call, wait=waits.append) == "done"
    assert len(waits) == 3
    assert all(0 <= wait <= 0.05 * 2**number for number, wait in enumerate(waits, 1))
    with pytest.raises(TransientError):
        persistently(lambda: (_ for _ in ()).throw(TransientError("busy")), wait=waits.append)
    assert len(waits) == 3 + contention.ATTEMPTS - 1
    with pytest.raises(ZeroDivisionError):
        persistently(lambda: 1 // 0, wait=waits.append)


def test_what_stays_transient_is_no_failure_of_the_case(monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(**_: Any) -> None:
        raise TransientError("busy")

    monkeypatch.setattr(review, "integrate_case", busy)
    monkeypatch.setattr(review, "persistently", lambda call: persistently(call, wait=lambda _: None))
    set_settings(auto_enabled=True, auto_systems=list(ALL))
    case = make_approved_case()
    with pytest.raises(TransientError):
        integrate_approved(case_id=case.id)
    case.refresh_from_db()
    assert case.status == CaseStatus.APPROVED


@pytest.mark.django_db(transaction=True)
def test_the_outbox_integrates_what_was_approved(in_tenant: Tenant) -> None:
    set_settings(auto_enabled=True, auto_systems=list(ALL))
    good = make_approved_case()
    bad = make_approved_case(make_vendor(), make_line(sku="NOPE"))
    with scope.no_tenant():
        while handle_due():
            pass
    for case, status in ((good, CaseStatus.INTEGRATED), (bad, CaseStatus.NEEDS_REVIEW)):
        case.refresh_from_db()
        assert case.status == status
    assert JournalEntry.objects.get().lines.count() == 2
    assert sum(line.debit or Decimal(0) for line in JournalEntry.objects.get().lines.all()) == 1000
