"""What a vendor, a proxy or a lost credential spoils for a while costs no run the pages that it has read."""

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.db import transaction

from connections.models import Connection, Record, SeenRecords, SyncRun, SyncStep
from connections.sdk.accounts import Account
from connections.services.account_changes import take_account
from connections.services.retention import forget_seen_ids
from connections.services.secrets import store_secret
from connections.services.syncs import resume_due, run_sync
from integrations_site.kernel import clock
from tests.connections.connectors.recording import IMPATIENT
from tests.connections.sources import INCREMENT, Answer, Fault, Source, entity, payment
from tests.connections.syncs.conftest import CLERK, Connect, step_of, synced

pytestmark = pytest.mark.django_db(transaction=True)
PROXY: Answer = (200, {"Content-Type": "text/html"}, b"<html>Back in a moment</html>")
REVOKED: Answer = (401, {}, b"{}")
LISTLESS: Answer = (200, {}, b'{"items": []}')


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits before asking again."""
    monkeypatch.setattr("connections.services.vendor_http.making.Pace", lambda: IMPATIENT)


@pytest.fixture
def connection(vendor: Source, connect: Connect) -> Connection:
    """One that was synced before, of whose 25 payments one was deleted since."""
    vendor.lists["payments"] = [payment(n) for n in range(25)]
    connection = connect(entity(incremental=INCREMENT))
    synced(connection)
    del vendor.lists["payments"][3]
    return connection


def after(mark: str, answer: Answer) -> Fault:
    """Answers so from the page after the mark on."""
    return lambda path, query: answer if query.get("after", "") >= mark else None


def failed(vendor: Source, connection: Connection, answer: Answer, sync_type: str = "full") -> SyncRun:
    """A run that ended at the third page of payments, the vendor being well again after it."""
    vendor.faults.append(after("p000020", answer))
    run = synced(connection, sync_type)
    SyncRun.objects.filter(pk=run.pk, resume_at__isnull=False).update(resumes=11, resume_at=clock.now())
    if resume_due():
        run_sync(run.pk)
    run.refresh_from_db()
    vendor.faults.clear()
    vendor.requests.clear()
    assert (run.resume_at, step_of(run).status, step_of(run).processed) == (None, "failed", 20)
    return run


def reconnected(connection: Connection) -> None:
    """Somebody has connected the account again."""
    store_secret(connection, {"apiKey": "new"})
    Connection.objects.filter(pk=connection.pk).update(status="active", connected_at=clock.now())


def first_asked(vendor: Source) -> Any:
    """The place of the first page that was asked for."""
    return next(query.get("after") for path, query in vendor.requests if path.endswith("/payments"))


def test_an_error_page_in_between_makes_the_run_wait(vendor: Source, connection: Connection) -> None:
    vendor.faults.append(after("p000010", PROXY))
    run = synced(connection)
    assert run.error is not None
    assert (run.status, run.error["isRetryable"], step_of(run).status) == ("partial", True, "waiting")
    vendor.faults.clear()
    vendor.requests.clear()
    assert run.resume_at is not None
    with time_machine.travel(run.resume_at + dt.timedelta(seconds=1)):
        assert resume_due() == 1
        run_sync(run.pk)
    run.refresh_from_db()
    assert (run.status, step_of(run).deleted, first_asked(vendor)) == ("completed", 1, "p000010")


def test_an_answer_of_another_form_is_not_waited_for(vendor: Source, connection: Connection) -> None:
    vendor.faults.append(after("p000010", LISTLESS))
    run = synced(connection)
    assert run.error is not None
    assert (run.status, run.error["isRetryable"], run.error["vendorCode"]) == ("failed", False, "NO_RECORDS")


@pytest.mark.parametrize("answer", [PROXY, REVOKED, (503, {}, b"{}")])
def test_the_next_run_goes_on_where_one_failed(vendor: Source, connection: Connection, answer: Answer) -> None:
    failed(vendor, connection, answer)
    reconnected(connection)
    forget_seen_ids()
    run = synced(connection, "incremental")
    step = step_of(run)
    assert (run.status, first_asked(vendor)) == ("completed", "p000020")
    assert (step.is_full, step.processed, step.deleted, step.page) == (True, 24, 1, 3)
    assert Record.objects.filter(deleted_at__isnull=False).count() == 1
    assert not SeenRecords.objects.exists()


def test_a_place_at_which_nothing_came_twice_is_left(vendor: Source, connection: Connection) -> None:
    failed(vendor, connection, PROXY)
    failed(vendor, connection, PROXY, "incremental")
    run = synced(connection, "incremental")
    assert (run.status, first_asked(vendor)) == ("completed", None)


def _refused(vendor: Source, connection: Connection) -> None:
    failed(vendor, connection, (400, {}, b'{"error": "cursor expired"}'))


def _of_another_form(vendor: Source, connection: Connection) -> None:
    failed(vendor, connection, LISTLESS)


def _of_long_ago(vendor: Source, connection: Connection) -> None:
    with time_machine.travel(clock.now() - dt.timedelta(days=8)):
        failed(vendor, connection, PROXY)


def _of_another_account(vendor: Source, connection: Connection) -> None:
    Connection.objects.update(account_id="acct_1")
    failed(vendor, connection, PROXY)
    connection.refresh_from_db()
    with transaction.atomic():
        take_account(connection, Account("acct_2", "Other"), actor=CLERK)
        connection.save()


@pytest.mark.parametrize("before", [_refused, _of_another_form, _of_long_ago, _of_another_account])
def test_a_place_that_may_be_the_cause_or_is_of_something_else_is_left(
    vendor: Source, connection: Connection, before: Any
) -> None:
    before(vendor, connection)
    synced(connection, "incremental")
    assert first_asked(vendor) is None


def test_what_was_met_is_forgotten_when_nothing_goes_on_with_it(vendor: Source, connection: Connection) -> None:
    with time_machine.travel(clock.now() - dt.timedelta(days=9)):
        failed(vendor, connection, PROXY)
    assert SyncStep.objects.filter(status="failed").exists()
    assert SeenRecords.objects.exists()
    forget_seen_ids()
    assert not SeenRecords.objects.exists()
