"""The fast list of cases answers what the view answers, to whom the view answers it."""

import json
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import resolve
from pytest_django import Settings

from integrations_site.api.fast_lists import FastList
from integrations_site.kernel import clock
from integrations_site.tenancy import scope, tokens
from integrations_site.tenancy.database.statements import first_row
from integrations_site.tenancy.models import Tenant, User
from ledger.api.case_page import CASE_PAGE
from ledger.models import Case, CaseStatus, Vendor
from tests.api.clients import ApiCaller, api_client
from tests.benchmarks.material import copies
from tests.factories import make_case, make_member, make_super_admin, make_vendor

# What the fast list does not know, and what says the same.
AS_VIEW = {"sortBy": "createdAt", "sortOrder": "desc"}
TEXTS = [
    "INV-1",
    'a "quoted" \\ one',
    "tab\tline\nfeed\x07\x7f",
    "‏שלום 🧾 é",
    "</script>",
    "%s %(tenant)s {0}",
    "'; --",
]


@pytest.fixture
def cases(tenant: Tenant) -> list[Case]:
    """Cases of every kind of content."""
    with scope.tenant_scope(tenant.id):
        vendors = [make_vendor(name=text) for text in TEXTS]
        return [make_plain(vendors[number % 7], number) for number in range(14)]


def make_plain(vendor: Vendor, number: int) -> Case:
    amounts = dict.fromkeys(("subtotal", "total", "payable"), Decimal(number) / 8 + Decimal("123456789012344"))
    late = {"due_date": clock.now().date(), "approved_at": clock.now(), "submitted_at": clock.now()}
    return Case.objects.create(
        vendor=vendor,
        invoice_number=TEXTS[number % 7],
        invoice_date="2026-01-20",
        currency="USD",
        tax=Decimal("-0.10"),
        status=list(CaseStatus)[number % 3],
        submitted_by=TEXTS[(number + 1) % 7],
        **amounts,
        **(late if number % 2 else {}),
    )


@pytest.fixture
def fast_answers(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether each request was answered by the fast list."""
    seen: list[bool] = []
    answer = FastList.answer

    def watched(fast_list: FastList, request: Any) -> Any:
        found = answer(fast_list, request)
        seen.append(found is not None)
        return found

    monkeypatch.setattr(FastList, "answer", watched)
    resolve("/api/cases")  # the list is offered where the addresses are known
    return seen


@pytest.mark.parametrize(
    "query", [{}, {"limit": 3}, {"limit": 5, "offset": 12}, {"offset": 14}, {"status": "draft"}, {"status": "rejected"}]
)
def test_byte_for_byte(member: ApiCaller, cases: list[Case], query: dict[str, Any], fast_answers: list[bool]) -> None:
    fast, slow = member.get("/api/cases", query), member.get("/api/cases", query | AS_VIEW)
    assert fast_answers == [True, False]
    assert fast.content == slow.content
    assert json.loads(fast.content)["items"] or query in ({"offset": 14}, {"status": "rejected"})
    assert fast["Content-Type"] == slow["Content-Type"] == "application/json"
    assert int(fast["X-RateLimit-Remaining"]) == int(slow["X-RateLimit-Remaining"]) + 1
    assert {"X-Request-ID", "X-RateLimit-Reset", "X-Content-Type-Options"} <= set(fast.headers)


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"limit": 0}, 400),
        ({"status": "nonsense"}, 400),
        ({"nonsense": 1}, 400),
        ({"kind": "invoice"}, 200),
        ({"search": "INV"}, 200),
    ],
)
def test_what_it_does_not_know_is_the_views(
    member: ApiCaller, cases: list[Case], query: dict[str, Any], status: int, fast_answers: list[bool]
) -> None:
    assert member.get("/api/cases", query).status_code == status
    assert fast_answers == [False]


def test_refusals_are_the_views(
    member: ApiCaller, rival: Tenant, stranger: ApiCaller, settings: Settings, fast_answers: list[bool]
) -> None:
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"ledger": 0}
    refused = [
        ApiCaller().get("/api/cases"),
        ApiCaller("nonsense").get("/api/cases"),
        member.get("/api/cases", headers={"X-Tenant-ID": rival.public_id}),
        member.get("/api/cases", headers={"Accept": "text/csv"}),
        api_client(make_super_admin()).get("/api/cases"),
        member.get("/api/cases"),
    ]
    codes = [(answer.status_code, answer.json()["error"]["code"]) for answer in refused]
    assert codes == [
        (401, "AUTHENTICATION_REQUIRED"),
        (401, "INVALID_TOKEN"),
        (403, "FOREIGN_TENANT"),
        (406, "NOT_ACCEPTABLE"),
        (429, "RATE_LIMIT_EXCEEDED"),
        (429, "RATE_LIMIT_EXCEEDED"),
    ]
    assert not any(fast_answers)


def test_no_other_tenants_cases(cases: list[Case], stranger: ApiCaller, fast_answers: list[bool]) -> None:
    assert stranger.get("/api/cases").json()["items"] == []
    assert stranger.get("/api/cases").json()["total"] == 0
    assert all(fast_answers)


@pytest.mark.parametrize("limit", [1, 100])
def test_one_statement(member: ApiCaller, cases: list[Case], limit: int) -> None:
    member.get("/api/cases")
    with CaptureQueriesContext(connection) as captured:
        assert member.get("/api/cases", limit=limit).status_code == 200
    assert len([one for one in captured.captured_queries if "set_config" not in one["sql"]]) == 1


@pytest.mark.django_db(transaction=True)
class TestOutsideATransaction:
    """As a server does it: the statement goes straight to PostgreSQL."""

    def test_revoked_at_once(self, plain_user: User, tenant: Tenant) -> None:
        token = tokens.issue(user=plain_user, tenant=tenant)
        assert ApiCaller(token).get("/api/cases").status_code == 200
        tokens.revoke(token)
        assert ApiCaller(token).get("/api/cases").status_code == 401

    def test_tenants_take_turns_on_one_connection(self, cases: list[Case], member: ApiCaller, rival: Tenant) -> None:
        other = api_client(make_member(rival))
        totals = [caller.get("/api/cases").json()["total"] for caller in (member, other, member, other)]
        assert totals == [14, 0, 14, 0]

    def test_what_somebody_deallocated_is_prepared_anew(self, cases: list[Case], member: ApiCaller) -> None:
        for _ in range(2):
            assert member.get("/api/cases").json()["total"] == 14
            with connection.cursor() as cursor:
                cursor.execute("DEALLOCATE ALL")

    def test_a_connection_that_died_is_replaced(self, cases: list[Case], member: ApiCaller) -> None:
        member.get("/api/cases")
        for path in ("/api/cases", "/api/cases?kind=invoice"):
            connection.connection.pgconn.finish()
            assert member.get(path).status_code == 200

    def test_what_postgresql_refuses_is_djangos_error(self, tenant: Tenant) -> None:
        with scope.tenant_scope(tenant.id), pytest.raises(Exception, match="division by zero") as caught:
            first_row("SELECT 1 / %(zero)s::int", {"zero": 0})
        assert type(caught.value).__module__ == "django.db.utils"


@pytest.mark.parametrize(
    ("narrowing", "index"), [(frozenset(), "case_by_time"), (frozenset({"status"}), "case_by_status")]
)
def test_an_index_gives_the_order(tenant: Tenant, narrowing: frozenset[Any], index: str) -> None:
    given: dict[str, Any] = {"tenant": tenant.id, "limit": 50, "offset": 0, "status": "rejected"}
    with scope.tenant_scope(tenant.id), connection.cursor() as cursor:
        copies(make_case(), 300, whole=False)
        cursor.execute("RESET ROLE; ANALYZE ledger_case")  # which only the owner may
        cursor.execute("SET LOCAL enable_sort = off; SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
        cursor.execute(f"EXPLAIN {CASE_PAGE.sql(narrowing)}", given)
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert f"Index Scan using {index} on ledger_case" in plan
    assert "Sort" not in plan
