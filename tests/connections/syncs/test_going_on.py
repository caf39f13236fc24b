"""Whether a later run may go on where one stopped, and what it does about what changed in between."""

import datetime as dt
import time
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
import time_machine
from django.db import connection as database
from django.db import transaction

from catalog.services.providers import definition_of, update_provider
from connections.models import Connection, SyncRun, SyncStep
from connections.sdk.accounts import Account
from connections.services.account_changes import take_account
from connections.services.syncs import request_sync, resume_due, run_sync
from integrations_site.audit.types import HUB
from integrations_site.kernel import clock
from integrations_site.tenancy import scope
from integrations_site.tenancy.models import Tenant
from tests.connections.connectors.recording import IMPATIENT
from tests.connections.sources import INCREMENT, Answer, Source, entity, payment
from tests.connections.syncs.conftest import CLERK, Connect, live, step_of, synced

pytestmark = pytest.mark.django_db(transaction=True)
AWAY: Answer = (503, {}, b"{}")
# By style of paging: how the third page of ten payments is asked for.
THIRD = {"page": ("page", "3"), "offset": ("start", "21"), "link": ("p", "3"), "cursor": ("after", "p000019")}


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits before asking again."""
    monkeypatch.setattr("connections.services.vendor_http.making.Pace", lambda: IMPATIENT)


def stopped(vendor: Source, connection: Connection, style: str, *, fails: bool = True, hours: int = 0) -> SyncRun:
    """A full run whose vendor was away from the third page on: it waits, or was given up so many hours later."""
    parameter, value = THIRD[style]
    vendor.faults.append(lambda path, query: AWAY if query.get(parameter) == value else None)
    run = synced(connection)
    if fails:
        SyncRun.objects.filter(pk=run.pk).update(resumes=11, resume_at=clock.now())
        _gone_on(run, hours=hours)
    run.refresh_from_db()
    vendor.faults.clear()
    vendor.requests.clear()
    assert (step_of(run).status, step_of(run).processed) == ("failed" if fails else "waiting", 20)
    return run


def first_asked(vendor: Source, style: str) -> Any:
    """The place of the first page that was asked for."""
    return next(query.get(THIRD[style][0]) for path, query in vendor.requests if path.endswith("/payments"))


class TestAskedForOtherwise:
    """A position counts in the list as it was asked for then."""

    @pytest.fixture
    def connection(self, vendor: Source, connect: Connect) -> Connection:
        vendor.lists["payments"] = [payment(n) for n in range(45)]
        connection = connect(_of_size("{settings.size}"))
        connection.settings = {"size": "10"}
        connection.save()
        return connection

    @pytest.mark.parametrize("fails", [True, False], ids=["failed", "waits"])
    @pytest.mark.parametrize("by_setting", [True, False], ids=["setting", "definition"])
    def test_what_was_begun_with_other_pages_begins_anew(
        self, vendor: Source, connection: Connection, fails: bool, by_setting: bool
    ) -> None:
        run = stopped(vendor, connection, "page", fails=fails)
        if by_setting:
            Connection.objects.update(settings={"size": "20"})
        else:
            _define(connection, _of_size("20"))
        run = synced(connection, "incremental") if fails else _gone_on(run)
        step = step_of(run)
        assert (run.status, first_asked(vendor, "page"), len(live(connection))) == ("completed", "1", 45)
        assert (step.page, step.processed, step.synced, step.unchanged, step.errors) == (3, 45, 45, 20, 0)
        assert "anew" in step.notices[0]

    def test_what_is_gone_is_found_though_it_was_met_before(self, vendor: Source, connection: Connection) -> None:
        synced(connection)
        stopped(vendor, connection, "page")
        del vendor.lists["payments"][3]
        Connection.objects.update(settings={"size": "20"})
        assert step_of(synced(connection, "incremental")).deleted == 1

    @pytest.mark.parametrize(
        ("changed", "asked"), [({"reportName": "Others"}, "1"), ({"syncFrequency": "daily", "webhookUrl": None}, "3")]
    )
    def test_a_connector_of_its_own_may_ask_by_any_setting_but_the_hubs(
        self,
        vendor: Source,
        connection: Connection,
        monkeypatch: pytest.MonkeyPatch,
        changed: dict[str, Any],
        asked: str,
    ) -> None:
        own = msgspec.structs.replace(definition_of(connection.integration.provider), connector="workday")
        monkeypatch.setattr("connections.services.syncs.positions.definition_of", lambda provider: own)
        stopped(vendor, connection, "page")
        Connection.objects.update(settings={"size": "10"} | changed)
        assert synced(connection, "incremental").status == "completed"
        assert first_asked(vendor, "page") == asked

    def test_other_fields_move_no_page(self, vendor: Source, connection: Connection) -> None:
        stopped(vendor, connection, "page")
        changed = _of_size("{settings.size}")
        _define(connection, changed | {"fields": changed["fields"][:2], "title": [], "searchable": [], "date": None})
        assert synced(connection, "incremental").status == "completed"
        assert first_asked(vendor, "page") == "3"


class TestAfterSomeTime:
    """What moved in between is neither buried nor passed over."""

    @pytest.fixture
    def connections(self, vendor: Source, connect: Connect) -> Callable[[str], Connection]:
        def connected(style: str) -> Connection:
            vendor.lists["payments"] = [payment(n) for n in range(45)]
            connection = connect(entity(style=style))
            synced(connection)
            return connection

        return connected

    @pytest.mark.parametrize("style", ["page", "offset", "link"])
    def test_a_place_by_number_is_left_soon(
        self, vendor: Source, connections: Callable[[str], Connection], style: str
    ) -> None:
        """Records that were before it may be behind it by then, and the other way round."""
        connection = connections(style)
        stopped(vendor, connection, style)
        del vendor.lists["payments"][:10]
        with time_machine.travel(clock.now() + dt.timedelta(hours=2)):
            step = step_of(synced(connection, "incremental"))
        assert (step.processed, step.deleted, step.notices) == (35, 10, [])
        assert sorted(live(connection)) == [item["id"] for item in vendor.lists["payments"]]

    @pytest.mark.parametrize(("hours", "asked", "deleted"), [(0, "p000019", 1), (2, "p000019", 0), (25, None, 1)])
    def test_a_cursor_serves_for_a_day_and_proves_deletions_for_an_hour(
        self, vendor: Source, connections: Callable[[str], Connection], hours: int, asked: str | None, deleted: int
    ) -> None:
        connection = connections("cursor")
        del vendor.lists["payments"][44]
        stopped(vendor, connection, "cursor")
        with time_machine.travel(clock.now() + dt.timedelta(hours=hours)):
            step = step_of(synced(connection, "incremental"))
        assert (first_asked(vendor, "cursor"), step.processed, step.deleted) == (asked, 44, deleted)
        assert any("Deletions were not looked for" in told for told in step.notices) is (not deleted)

    @pytest.mark.parametrize("is_taken_over", [True, False], ids=["by another run", "by itself"])
    @pytest.mark.parametrize(
        ("style", "hours", "is_anew", "deleted"),
        [("page", 0, False, 1), ("page", 2, True, 1), ("cursor", 2, False, 0), ("cursor", 25, True, 1)],
    )
    def test_a_run_that_waited_goes_on_at_a_place_no_older(
        self,
        vendor: Source,
        connections: Callable[[str], Connection],
        style: str,
        hours: int,
        is_anew: bool,
        deleted: int,
        is_taken_over: bool,
    ) -> None:
        connection = connections(style)
        del vendor.lists["payments"][44]
        run = stopped(vendor, connection, style, fails=False)
        if is_taken_over:
            with time_machine.travel(clock.now() + dt.timedelta(hours=hours)):
                run = synced(connection, "incremental")
        else:
            run = _gone_on(run, hours=hours)
        step = step_of(run)
        first = {"page": "1", "cursor": None}[style] if is_anew else THIRD[style][1]
        assert (run.status, first_asked(vendor, style), step.processed, step.deleted) == (
            "completed",
            first,
            44,
            deleted,
        )
        told = ["anew"] if is_anew else [] if deleted else ["Deletions were not looked for"]
        assert len(step.notices) == len(told)
        assert all(text in notice for text, notice in zip(told, step.notices, strict=True))

    def test_a_place_ages_while_its_run_waits(self, vendor: Source, connections: Callable[[str], Connection]) -> None:
        """A run that was given up a moment ago has waited for hours before."""
        connection = connections("cursor")
        del vendor.lists["payments"][44]
        stopped(vendor, connection, "cursor", hours=23)
        with time_machine.travel(clock.now() + dt.timedelta(hours=25)):
            step = step_of(synced(connection, "incremental"))
        assert (first_asked(vendor, "cursor"), step.deleted, step.notices) == (None, 1, [])


@pytest.mark.parametrize("hours", [0, 2])
def test_what_changed_while_a_run_waited_for_long_is_read_after_it(
    vendor: Source, connect: Connect, hours: int
) -> None:
    vendor.lists["payments"] = [payment(n) for n in range(45)]
    run = stopped(vendor, connect(entity(incremental=INCREMENT)), "cursor", fails=False)
    assert _gone_on(run, hours=hours).status == "completed"
    assert SyncRun.objects.filter(status="queued", sync_type="incremental").count() == (1 if hours else 0)


@pytest.mark.parametrize("fails", [True, False], ids=["failed", "waits"])
def test_what_changed_before_a_run_went_on_is_read_after_it(vendor: Source, connect: Connect, fails: bool) -> None:
    vendor.lists |= {"payments": [payment(n) for n in range(45)], "invoices": [payment(n) for n in range(100, 145)]}
    connection = connect(entity(incremental=INCREMENT), entity("invoices"))
    run = stopped(vendor, connection, "cursor", fails=fails)
    vendor.lists["payments"][0] |= {"updated": "2026-01-02T00:00:00Z", "amount": 1}
    run = synced(connection, "incremental")
    assert (run.status, live(connection)["p000000"].data["amount"]) == ("completed", 0.05)
    after = SyncRun.objects.get(status="queued")
    # What has no increments is read whole the next time anyway.
    assert (after.sync_type, after.trigger, after.data_types) == ("incremental", "manual", ["payments"])
    run_sync(after.pk)
    assert (step_of(after).is_full, live(connection)["p000000"].data["amount"]) == (False, 0.01)
    assert not SyncRun.objects.filter(status="queued").exists()


def test_no_other_account_inherits_the_place_of_a_run_at_work(
    vendor: Source, connect: Connect, in_tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another account's key is entered while the worker waits for an answer, which is that the first key is refused."""
    monkeypatch.setattr("connections.services.syncs.prefetching._BATCH_BYTES", 1)  # each page is stored by itself
    vendor.lists["payments"] = [payment(n) for n in range(45)]
    connection = connect(entity())
    Connection.objects.update(account_id="acct_1")
    run = request_sync(connection=connection, sync_type="full", actor=CLERK)

    def replace(path: str, query: dict[str, str]) -> Answer | None:
        if query.get("after") != "p000019":
            return None
        with scope.tenant_scope(in_tenant.pk):
            _have_stored(20)
            _connect_with("acct_2", connection)
        database.close()
        return 401, {}, b"{}"

    vendor.faults.append(replace)
    run_sync(run.pk)
    run.refresh_from_db()
    assert (step_of(run).status, step_of(run).cursor, run.cancel_requested) == ("failed", None, True)
    vendor.faults.clear()
    vendor.requests.clear()
    assert synced(connection, "incremental").status == "completed"
    assert (first_asked(vendor, "cursor"), len(live(connection))) == (None, 45)


def _of_size(size: str) -> dict[str, Any]:
    return entity(style="page", query={"limit": size})


def _define(connection: Connection, changed: dict[str, Any]) -> None:
    provider = connection.integration.provider
    update_provider(provider_id=provider.pk, patch={"connection": {"entities": [changed]}}, actor=HUB)
    connection.integration.provider.refresh_from_db()


def _gone_on(run: SyncRun, *, hours: int = 0) -> SyncRun:
    """The run after the time for which it waits, and so many hours."""
    run.refresh_from_db()
    assert run.resume_at is not None
    with time_machine.travel(run.resume_at + dt.timedelta(hours=hours, seconds=1)):
        assert resume_due() == 1
        run_sync(run.pk)
    run.refresh_from_db()
    return run


def _have_stored(processed: int) -> None:
    deadline = time.monotonic() + 10
    while not SyncStep.objects.filter(processed=processed).exists():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def _connect_with(account: str, connection: Connection) -> None:
    with transaction.atomic():
        row = Connection.objects.get(pk=connection.pk)
        take_account(row, Account(account, "Other"), actor=CLERK)
        row.connected_at = clock.now()
        row.save()
