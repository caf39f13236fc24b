"""The syncs of a connection on its page: how they went, and what there is to do about them."""

import datetime as dt
from typing import Any

import pytest
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext

from connections.models import Connection, SyncRun, SyncStep
from integrations_site.kernel import clock
from integrations_site.tenancy import scope
from integrations_site.tenancy.models import Tenant, User
from tests.connections.pages.conftest import browser_of
from tests.connections.search.records import make_connected
from tests.web.forms import send_form

pytestmark = pytest.mark.django_db
STARTED = dt.datetime(2026, 3, 1, 12, 0, tzinfo=dt.UTC)


def _path(linked: Connection) -> str:
    return f"/integrations/connections/{linked.public_id}"


def _run(linked: Connection, *steps: dict[str, Any], **fields: Any) -> SyncRun:
    """A sync of the tenant in scope that took 83 seconds."""
    values: dict[str, Any] = {
        **{"connection": linked, "sync_type": "full", "trigger": "schedule", "status": "completed"},
        **{"started_at": STARTED, "completed_at": STARTED + dt.timedelta(seconds=83), "data_types": ["customers"]},
    }
    run = SyncRun.objects.create(**values | fields)
    for position, step in enumerate(steps):
        told = {"entity": "customers", "status": "completed", "is_full": True}
        SyncStep.objects.create(run=run, position=position, **told | step)
    return run


def _shown(browser: Client, linked: Connection, **query: str) -> str:
    answer = browser.get(_path(linked), query)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_a_page_without_syncs_says_how_to_begin_one(browser: Client, linked: Connection, tenant: Tenant) -> None:
    empty = _shown(browser, linked)
    assert "None yet. Begin one with “Sync now”" in empty
    for do, kind in (("full", "full"), ("changes", "incremental")):
        assert send_form(browser, _path(linked), action=f"{_path(linked)}/sync", do=do).status_code == 302
        page = _shown(browser, linked)
        assert "The sync has begun" in page
        assert "Sync now" not in page, "one is under way"
        with scope.tenant_scope(tenant.id):
            run = SyncRun.objects.get(status="queued")
        assert (run.sync_type, run.data_types) == (kind, ["customers", "payments"])
        send_form(browser, _path(linked), action=f"{_path(linked)}/sync/cancel", sync=run.public_id)
        assert "The sync is cancelled." in _shown(browser, linked)
    assert "Cancel the sync" not in _shown(browser, linked)


def test_how_a_sync_went_is_told_for_each_data_type(browser: Client, linked: Connection, tenant: Tenant) -> None:
    fault = {"code": "PROVIDER_LIMIT", "message": "The provider takes no more calls today"}
    with scope.tenant_scope(tenant.id):
        _run(
            linked,
            {"processed": 1200, "synced": 1198, "unchanged": 1000, "errors": 2, "deleted": 3, "notices": ["No ids."]},
            {
                "entity": "payments",
                "status": "waiting",
                "processed": 10,
                "synced": 10,
                "estimate": 5000,
                "error": fault,
            },
            status="partial",
            resume_at=STARTED + dt.timedelta(hours=1),
            error=fault,
        )
    page = _shown(browser, linked)
    for words in (
        "2026-03-01 12:00 UTC</time>",
        "partly completed",
        "schedule</span>",
        "1,210 records read, 1,208 taken in (1,000 unchanged), 2 set aside, 3 deleted at the provider;",
        "took 1 min 23 s.",
        "completed: 1,200 read, 1,198 taken in, 2 set aside<br>No ids.",
        "waits for the vendor: 10 of about 5,000 read, 10 taken in, 0 set aside. The provider takes",
        "It goes on by itself at <time",
        "2026-03-01 13:00 UTC",
        "Cancel the sync",
    ):
        assert words in page
    assert page.count("takes no more calls") == 1, "a reason is told once"


def test_data_types_that_failed_are_read_once_more(browser: Client, linked: Connection, tenant: Tenant) -> None:
    with scope.tenant_scope(tenant.id):
        gone = {"code": "X", "message": "Gone"}
        failed = _run(linked, {"entity": "payments", "status": "failed", "error": gone}, {}, status="partial")
    page = _shown(browser, linked)
    assert 'name="data_type" value="payments"' in page
    assert 'name="data_type" value="customers"' not in page
    send_form(browser, _path(linked), action=f"{_path(linked)}/sync", do="full", data_type="payments")
    with scope.tenant_scope(tenant.id):
        run = SyncRun.objects.exclude(pk=failed.pk).get()
        assert (run.data_types, run.sync_type) == (["payments"], "full")
    assert "data_type" not in _shown(browser, linked), "it is being read"


def test_the_list_is_paged_and_its_statements_are_constant(browser: Client, linked: Connection, tenant: Tenant) -> None:
    counts = []
    for number in range(1, 12):
        with scope.tenant_scope(tenant.id):
            _run(linked, {}, {"entity": "payments"}, started_at=STARTED + dt.timedelta(minutes=number))
        if number in (1, 11):
            with CaptureQueriesContext(database) as captured:
                page = _shown(browser, linked)
            counts.append(len(captured))
    assert counts[0] == counts[1]
    assert page.count("took ") == 5
    assert "1 to 5 of 11" in page
    assert "12:11 UTC" in page
    last = _shown(browser, linked, syncs="3")
    assert (last.count("took "), "12:01 UTC" in last, ">Older<" in last) == (1, True, False)
    assert "?syncs=2#syncs" in last


def test_where_nothing_can_be_synced_nothing_is_offered(browser: Client, linked: Connection, tenant: Tenant) -> None:
    with scope.tenant_scope(tenant.id):
        Connection.objects.filter(pk=linked.pk).update(status="expired")
        _run(linked, {"status": "failed"}, status="failed")
    page = _shown(browser, linked)
    assert "Sync now" not in page
    assert "Try what failed again" not in page
    send_form(browser, "/password/change", action=f"{_path(linked)}/sync", do="changes")
    assert "connect it again first" in _shown(browser, linked)
    with scope.tenant_scope(tenant.id):
        assert SyncRun.objects.count() == 1


def test_a_sync_of_another_connection_is_not_found(
    browser: Client, linked: Connection, tenant: Tenant, plain_user: User
) -> None:
    with scope.tenant_scope(tenant.id):
        other = make_connected()
        run = _run(other, status="queued", completed_at=None, started_at=clock.now())
    cancelled = send_form(browser, _path(linked), action=f"{_path(linked)}/sync/cancel", sync=run.public_id)
    stranger = browser_of(plain_user)
    begun = send_form(stranger, "/integrations", action=f"{_path(linked)}/sync")
    assert (cancelled.status_code, begun.status_code) == (404, 404)
    with scope.tenant_scope(tenant.id):
        assert list(SyncRun.objects.values_list("status", flat=True)) == ["queued"]
