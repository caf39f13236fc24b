"""With an `Idempotency-Key` a refusal is told like without: to listeners, to the trail, and on the review list."""

from collections.abc import Mapping

import pytest

from integrations_site.audit.models import AuditEntry
from integrations_site.tenancy import scope
from integrations_site.tenancy.models import Tenant
from ledger.models import AccountMapping, Bill, Case, CaseStatus, Posting
from ledger.services.payments import pay_bill
from notifications.models import Event
from tests.api.clients import ApiCaller
from tests.factories import make_approved_case, make_line, make_vendor
from tests.factories.ledger import CHIEF

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": "once"}], ids=["without key", "with key"]),
]


@pytest.fixture
def case(tenant: Tenant) -> Case:
    """An approved case that stock and the books refuse: its SKU is unknown, and payables have no account."""
    with scope.tenant_scope(tenant.id):
        AccountMapping.objects.filter(purpose="payables").delete()
        return make_approved_case(make_vendor(), make_line(sku="NOPE"))


def told(tenant: Tenant) -> tuple[list[str], list[str]]:
    """The events and the actions in the audit trail that tell of refusals."""
    with scope.tenant_scope(tenant.id):
        events = Event.objects.filter(type="integration.failed").values_list("payload__system", flat=True)
        actions = AuditEntry.objects.filter(action__in=["case.posting_failed", "case.rollback_refused"])
        return list(events), list(actions.values_list("action", flat=True))


@pytest.mark.parametrize("system", ["inventory", "accounting"])
def test_a_refused_posting(
    admin: ApiCaller, tenant: Tenant, case: Case, system: str, headers: Mapping[str, str]
) -> None:
    answers = [
        admin.post(f"/api/integrations/{system}", {"case_id": case.public_id}, headers=dict(headers)) for _ in range(2)
    ]
    assert [answer.status_code for answer in answers] == [422, 422]
    times = 1 if headers else 2
    assert told(tenant) == ([system] * times, ["case.posting_failed"] * times)


def test_a_refused_integration_waits_for_a_person(
    admin: ApiCaller, tenant: Tenant, case: Case, headers: Mapping[str, str]
) -> None:
    body = {"systems": ["accounting", "ap"], "on_failure": "review"}
    answer = admin.post(f"/api/cases/{case.public_id}/integrate", body, headers=dict(headers))
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "ACCOUNT_NOT_FOUND")
    assert told(tenant) == (["accounting"], ["case.posting_failed"])
    with scope.tenant_scope(tenant.id):
        assert Case.objects.get().status == CaseStatus.NEEDS_REVIEW
        assert not Posting.objects.exists()


def test_a_refused_rollback(admin: ApiCaller, tenant: Tenant, case: Case, headers: Mapping[str, str]) -> None:
    assert admin.post("/api/integrations/ap", {"case_id": case.public_id}).status_code == 200
    with scope.tenant_scope(tenant.id):
        AccountMapping.objects.create(purpose="payables", account=AccountMapping.objects.get(purpose="bank").account)
        pay_bill(bill_id=Bill.objects.get().id, actor=CHIEF)
    body = {"case_id": case.public_id, "systems": ["ap"]}
    answer = admin.post("/api/integrations/rollback", body, headers=dict(headers))
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "BILL_PAID")
    assert told(tenant) == ([], ["case.rollback_refused"])
