"""`/api/audit-log`: for tenant admins, searched, filtered, sorted, and as CSV."""

import csv
import datetime as dt
import io
from typing import Any

import pytest
import time_machine
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from integrations_site.audit.models import AuditEntry
from integrations_site.audit.services import announce
from integrations_site.audit.types import Actor
from integrations_site.audit.verification import head_of
from integrations_site.kernel import clock
from integrations_site.tenancy import scope
from integrations_site.tenancy.models import Tenant, User
from tests.api.clients import ApiCaller, api_client
from tests.audit.chains import CLERK, announce_in, tampering
from tests.factories import make_super_admin

PATH = "/api/audit-log"
START = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)


def note(tenant: Tenant, action: str, *, hours: int = 0, **fields: Any) -> AuditEntry:
    """An entry of the tenant, so many hours after START."""
    given: dict[str, Any] = {"actor": CLERK, "subject": "case-1"} | fields
    then = time_machine.travel(START + dt.timedelta(hours=hours), tick=False)
    with scope.tenant_scope(tenant.id), transaction.atomic(), then:
        return AuditEntry.objects.get(pk=announce(action=action, **given))


def actions(answer: Any) -> list[str]:
    """The actions of an answer's items, in order."""
    assert answer.status_code == 200, answer.content
    return [item["action"] for item in answer.json()["items"]]


def test_an_item_says_who_did_what_to_what_and_when(admin: ApiCaller, tenant: Tenant) -> None:
    entry = note(tenant, "case.approved", data={"total": "1100.00"})
    page = admin.get(PATH, action="case.approved").json()
    assert {key: page[key] for key in page if key != "items"} == {
        "total": 1, "limit": 50, "offset": 0, "hasMore": False, "nextOffset": None,
    }  # fmt: skip
    assert page["items"] == [
        {
            "id": entry.public_id,
            "tenant_id": tenant.public_id,
            "number": None,
            "timestamp": "2026-03-01T12:00:00Z",
            "action": "case.approved",
            "actor": "user-clerk",
            "actor_label": "clerk@example.com",
            "subject": "case-1",
            "data": {"total": "1100.00"},
            "request_id": entry.request_id,
            "hash": None,
        }
    ]


def test_filters_search_and_order(admin: ApiCaller, tenant: Tenant) -> None:
    note(tenant, "x.first", hours=1, data={"integration": "int-123", "share": "50%"})
    note(tenant, "x.second", hours=2, subject="vendor-9", actor=Actor("client-7", "Shop"))
    note(tenant, "x.third", hours=3)
    assert actions(admin.get(PATH, search="x.")) == ["x.third", "x.second", "x.first"]
    assert actions(admin.get(PATH, search="x.", sortBy="timestamp")) == ["x.first", "x.second", "x.third"]
    assert actions(admin.get(PATH, search="x.", sortBy="timestamp", sortOrder="desc", limit=1, offset=1)) == [
        "x.second"
    ]
    assert actions(admin.get(PATH, action="x.second")) == ["x.second"]
    assert actions(admin.get(PATH, actor="client-7")) == ["x.second"]
    assert actions(admin.get(PATH, subject="vendor-9")) == ["x.second"]
    for search in ("INT-123", "50%", "shop", "vendor-9"):
        assert len(actions(admin.get(PATH, search=search))) == 1, search
    assert actions(admin.get(PATH, search="nothing%like_it")) == []
    period: dict[str, Any] = {"from": "2026-03-01T14:00:00Z", "to": "2026-03-01T15:00:00Z"}
    assert actions(admin.get(PATH, search="x.", **period)) == ["x.second"]


@pytest.mark.parametrize(
    "query",
    [
        {"colour": "red"},
        {"from": "yesterday"},
        {"sortBy": "data"},
        {"limit": "1000"},
        {"format": "xml"},
        {"search": "\0"},
    ],
)
def test_what_the_log_does_not_know_is_refused(admin: ApiCaller, query: dict[str, Any]) -> None:
    answer = admin.get(PATH, **query)
    assert answer.status_code == 400, answer.content
    assert answer.json()["error"]["code"]


def test_only_tenant_admins_read_it_and_only_their_own(
    admin: ApiCaller, tenant: Tenant, rival: Tenant, plain_user: User
) -> None:
    note(rival, "rival.secret")
    assert "rival.secret" not in admin.get(PATH, limit=100).content.decode()
    assert actions(admin.get(PATH, search="rival.secret")) == []
    assert "rival.secret" not in admin.get(PATH, format="csv").getvalue().decode()
    for path in (PATH, f"{PATH}/chain"):
        assert api_client(plain_user).get(path).status_code == 403
        assert ApiCaller().get(path).status_code == 401


def test_a_super_admin_reads_all_or_one(tenant: Tenant, rival: Tenant) -> None:
    note(tenant, "x.ours")
    note(rival, "x.theirs")
    root = api_client(make_super_admin())
    assert sorted(actions(root.get(PATH, search="x."))) == ["x.ours", "x.theirs"]
    assert actions(root.get(PATH, search="x.", headers={"X-Tenant-ID": rival.public_id})) == ["x.theirs"]
    assert root.get(PATH, format="csv", search="x.").getvalue().decode().count("x.") == 2


@pytest.mark.parametrize("by", [{"format": "csv"}, {"headers": {"Accept": "text/csv"}}])
def test_csv_gives_every_row_and_no_formula(admin: ApiCaller, tenant: Tenant, by: dict[str, Any]) -> None:
    entry = note(tenant, "x.first", actor=Actor("user-1", "=HYPERLINK(1)"), subject="+1", data={"a": 'say "ü"'})
    for number in range(120):
        note(tenant, "x.more", hours=-1, subject=("@cmd", "-1", "\tx", "\rx", "=1")[number % 5])
    answer = admin.get(PATH, search="x.", **by)
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"] == 'attachment; filename="audit-log.csv"'
    assert "X-RateLimit-Limit" in answer
    rows = list(csv.DictReader(io.StringIO(answer.getvalue().decode(), newline="")))
    assert len(rows) == 121
    assert rows[0] == {
        "number": "",
        "timestamp": "2026-03-01T12:00:00Z",
        "action": "x.first",
        "actor": "user-1",
        "actor_label": "'=HYPERLINK(1)",
        "subject": "'+1",
        "data": '{"a": "say \\"ü\\""}',
        "request_id": entry.request_id,
        "id": entry.public_id,
        "hash": "",
    }
    assert {row["subject"] for row in rows[1:]} == {"'@cmd", "'-1", "'\tx", "'\rx", "'=1"}


def test_taking_the_log_away_is_noted(admin: ApiCaller, tenant: Tenant, admin_user: User) -> None:
    admin.get(PATH, format="csv", action="case.approved").getvalue()
    with scope.tenant_scope(tenant.id):
        entry = AuditEntry.objects.get(action="audit_log.exported")
    assert (entry.actor, entry.data["query"]["action"]) == (admin_user.public_id, "case.approved")


def test_the_statements_do_not_depend_on_the_rows(admin: ApiCaller, tenant: Tenant) -> None:
    counts = []
    for rows in (1, 60):
        for _ in range(rows):
            note(tenant, "x.row")
        for form in ("json", "csv"):
            with CaptureQueriesContext(connection) as queries:
                answer = admin.get(PATH, limit=100, search="x.row", format=form)
                assert answer.status_code == 200
                _ = answer.getvalue() if answer.streaming else answer.content
            counts.append(len(queries))
    assert counts[:2] == counts[2:]


@pytest.mark.django_db(transaction=True)
def test_the_chain_says_its_end_and_whether_it_holds(admin: ApiCaller, tenant: Tenant) -> None:
    announce_in(tenant.id, "x.first", "x.second")
    head = head_of(tenant.id)
    state = {"number": head.number, "hash": head.hash, "findings": []}
    assert admin.get(f"{PATH}/chain").json() == state | {"verified": None}
    assert admin.get(f"{PATH}/chain", verify="true").json() == state | {"verified": True}
    assert admin.get(f"{PATH}/chain", verify="maybe").status_code == 400
    with tampering() as execute:
        execute("DELETE FROM audit_auditentry WHERE action = 'x.first' AND tenant_id = %s", [tenant.id])
    told = admin.get(f"{PATH}/chain", verify="true").json()
    assert told["verified"] is False
    assert told["findings"] == [f"Entry {head.number - 1} was removed."]


@pytest.mark.django_db(transaction=True)
def test_a_super_admin_sees_the_state_of_the_hubs_own_chain(tenant: Tenant, admin: ApiCaller) -> None:
    root = api_client(make_super_admin())
    own, theirs = root.get(f"{PATH}/chain").json(), admin.get(f"{PATH}/chain").json()
    assert own["hash"] == head_of(None).hash != theirs["hash"] == head_of(tenant.id).hash
    named = root.get(f"{PATH}/chain", headers={"X-Tenant-ID": tenant.public_id})
    assert named.json() == theirs


def test_entries_carry_the_id_of_the_request(admin: ApiCaller, tenant: Tenant) -> None:
    admin.get(PATH, format="csv", headers={"X-Request-ID": "planted-request-id"}).getvalue()
    [item] = admin.get(PATH, action="audit_log.exported").json()["items"]
    assert item["request_id"] == "planted-request-id"
    assert item["timestamp"] <= clock.iso(clock.now())
