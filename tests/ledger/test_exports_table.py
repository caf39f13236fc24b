"""Many approved cases as one table: those that match, and only the caller's own."""

import urllib.request
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from integrations_site.audit.models import AuditEntry
from integrations_site.tenancy import scope
from integrations_site.tenancy.models import Tenant
from ledger.models import Case, CaseStatus
from tests.api.clients import ApiCaller, api_client
from tests.concurrency import run_together
from tests.factories import make_approved_case, make_case, make_member, make_vendor
from tests.ledger.tables import table


def test_the_table_lists_what_matches(member: ApiCaller, in_tenant: Tenant) -> None:
    vendor = make_vendor(name="Müller, Söhne")
    first = make_approved_case(vendor, tax="100.00")
    second = make_approved_case(currency="EUR")
    Case.objects.filter(pk=second.pk).update(status=CaseStatus.INTEGRATED)
    make_case()
    answer = member.get("/api/cases/export", format="csv", sortBy="createdAt")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    rows = table(answer.getvalue())
    assert [row["case_id"] for row in rows] == [first.public_id, second.public_id]
    assert rows[0] == {
        "case_id": first.public_id,
        "invoice_number": first.invoice_number,
        "invoice_date": "2026-01-20",
        "vendor_name": "Müller, Söhne",
        "subtotal": "1000.00",
        "tax": "100.00",
        "total": "1100.00",
        "currency": "USD",
        "kind": "invoice",
        "status": "approved",
    }
    chosen: list[dict[str, Any]] = [
        {"status": "integrated"},
        {"currency": "EUR"},
        {"vendor_id": second.vendor.public_id},
        {"search": second.invoice_number, "headers": {"Accept": "text/csv"}},
    ]
    for query in chosen:
        assert [row["case_id"] for row in table(member.get("/api/cases/export", **query).getvalue())] == [
            second.public_id
        ]
    assert AuditEntry.objects.filter(action="cases.exported", data__criteria__status="integrated").count() == 1


@pytest.mark.parametrize(
    "query",
    [{"format": "xlsx"}, {"colour": "red"}, {"status": "nope"}, {"limit": "5"}, {"offset": "5"}],
    ids=lambda query: next(iter(query)),
)
def test_what_the_table_does_not_know_is_refused(member: ApiCaller, query: dict[str, Any]) -> None:
    refused = member.get("/api/cases/export", headers={"Accept": "text/csv"}, **query)
    assert (refused.status_code, refused["Content-Type"]) == (400, "application/json")
    with scope.all_tenants():
        assert not AuditEntry.objects.filter(action="cases.exported").exists()


@pytest.mark.django_db(transaction=True)
def test_over_http_every_table_is_its_tenants_own(live_server: Any, rival: Tenant, tenant: Tenant) -> None:
    """Bodies are made after the requests have ended, many at once, on threads and connections that serve everybody."""
    expected: list[tuple[str, set[str]]] = []
    for owner in (tenant, rival):
        with scope.tenant_scope(owner.id):
            vendor = make_vendor()
            cases = {make_approved_case(vendor).public_id for _ in range(5)}
        expected.append((api_client(make_member(owner)).headers["Authorization"], cases))

    def fetch(number: int) -> bool:
        token, cases = expected[number % 2]
        wanted = urllib.request.Request(f"{live_server.url}/api/cases/export", headers={"Authorization": token})
        with urllib.request.urlopen(wanted) as answer:
            return {row["case_id"] for row in table(answer.read())} == cases

    assert all(run_together(fetch, 12))


def test_the_statements_do_not_depend_on_the_cases(member: ApiCaller, in_tenant: Tenant) -> None:
    counts = []
    for cases in (1, 20):
        for _ in range(cases):
            make_approved_case()
        with CaptureQueriesContext(connection) as queries:
            member.get("/api/cases/export").getvalue()
        counts.append(len(queries))
    assert counts[0] == counts[1]
