"""Whole runs against a vendor on loopback."""

import datetime as dt
import json
from typing import Any

import pytest
import time_machine
from django.db import connection as database
from redis import Redis

from connections.models import (
    Activity,
    Connection,
    EntityState,
    FieldMapping,
    QuarantinedRecord,
    SchemaDrift,
    SeenRecords,
)
from connections.services.syncs import request_sync, resume_due, run_sync
from connections.services.syncs.turns import Turn
from integrations_site.kernel import clock, limits
from notifications.models import Event
from tests.connections.sources import INCREMENT, Answer, Source, entity, payment
from tests.connections.syncs.conftest import CLERK, Connect, fault_code, live, step_of, synced

pytestmark = pytest.mark.django_db(transaction=True)


def rows_written() -> int:
    """How many rows of records were written on this database so far."""
    with database.cursor() as cursor:
        cursor.execute("SELECT pg_stat_force_next_flush()")
        cursor.execute(
            "SELECT n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_user_tables WHERE relname = 'connections_record'"
        )
        return int(cursor.fetchone()[0])


def forget_pauses() -> None:
    """The vendor's pause is over: Redis has a clock of its own."""
    redis: Redis = limits.connection()
    for key in redis.scan_iter("hub:limit:vendor:*"):
        redis.delete(key)


def written(connection: Connection, external_id: str, field: str) -> str:
    """A mapped field as it stands in the database."""
    with database.cursor() as cursor:
        cursor.execute(
            "SELECT data->>%s FROM connections_record WHERE connection_id = %s AND external_id = %s",
            [field, connection.pk, external_id],
        )
        return str(cursor.fetchone()[0])


def test_amounts_stay_exact(vendor: Source, connect: Connect) -> None:
    vendor.lists["payments"] = [
        payment(1, amount=123456789012345678),
        payment(2, amount=5, currency="jpy"),
        payment(3, amount=10, currency="kwd"),
    ]
    connection = connect(entity())
    synced(connection)
    amounts = [written(connection, each, "amount") for each in ("p000001", "p000002", "p000003")]
    assert amounts == ["1234567890123456.78", "5", "0.010"]


def test_a_full_sync_stores_and_maps_every_record(vendor: Source, connect: Connect) -> None:
    vendor.lists["payments"] = [payment(number) for number in range(25)]
    connection = connect(entity())
    run = synced(connection)
    assert (run.status, run.error) == ("completed", None)
    step = step_of(run)
    assert (step.processed, step.synced, step.errors, step.page, step.is_full) == (25, 25, 0, 3, True)
    row = live(connection)["p000007"]
    assert row.data == {
        "id": "p000007",
        "amount": 7.05,
        "currency": "USD",
        "status": "completed",
        "customerName": "Customer 7",
        "updatedAt": "2026-01-01T00:00:07Z",
    }
    assert json.loads(bytes(row.raw)) == payment(7)
    assert (row.title, row.occurred_at) == ("Customer 7", dt.datetime(2026, 1, 1, 0, 0, 7, tzinfo=dt.UTC))
    connection.refresh_from_db()
    assert (connection.sync_status, connection.last_sync_at) == ("success", run.completed_at)
    event = Event.objects.get(type="sync.completed")
    assert (event.payload["recordsProcessed"], event.payload["recordsSynced"]) == (25, 25)
    activity = Activity.objects.get(run=run.pk)
    assert (activity.type, activity.status) == ("sync", "success")


def test_an_unchanged_record_is_not_written_again(vendor: Source, connect: Connect) -> None:
    vendor.lists["payments"] = [payment(number) for number in range(25)]
    connection = connect(entity())
    synced(connection)
    before, changed = rows_written(), live(connection)["p000001"].changed_at
    step = step_of(synced(connection))
    assert (step.processed, step.synced, step.unchanged, step.deleted) == (25, 25, 25, 0)
    assert rows_written() == before
    assert live(connection)["p000001"].changed_at == changed
    assert not SeenRecords.objects.exists()


def test_a_changed_mapping_maps_anew(vendor: Source, connect: Connect) -> None:
    vendor.lists["payments"] = [payment(1, note="urgent")]
    connection = connect(entity())
    synced(connection)
    FieldMapping.objects.create(
        integration=connection.integration, entity="payments", name="note", path="note", type="text"
    )
    synced(connection)
    assert live(connection)["p000001"].data["note"] == "urgent"


class TestIncrements:
    def test_after_a_full_sync_only_what_changed_is_read(self, vendor: Source, connect: Connect) -> None:
        vendor.lists["payments"] = [payment(number) for number in range(25)]
        connection = connect(entity(incremental=INCREMENT))
        assert step_of(synced(connection, "incremental")).processed == 25
        vendor.lists["payments"][3] |= {"updated": "2026-01-02T00:00:00Z", "amount": 1}
        step = step_of(synced(connection, "incremental"))
        assert (step.is_full, step.processed, step.unchanged, step.deleted) == (False, 2, 1, 0)
        assert live(connection)["p000003"].data["amount"] == 0.01
        assert len(live(connection)) == 25

    def test_the_watermark_stays_where_the_step_failed(self, vendor: Source, connect: Connect) -> None:
        vendor.lists["payments"] = [payment(number) for number in range(25)]
        connection = connect(entity(incremental=INCREMENT))
        synced(connection)
        watermark = EntityState.objects.get().watermark
        for item in vendor.lists["payments"]:
            item["updated"] = "2026-02-01T00:00:00Z"
        vendor.faults.append(lambda path, query: (400, {}, b"{}") if query.get("after") else None)
        run = synced(connection, "incremental")
        assert (run.status, step_of(run).status, step_of(run).processed) == ("failed", "failed", 10)
        assert EntityState.objects.get().watermark == watermark


class TestBadRecords:
    BAD: tuple[tuple[dict[str, Any], str], ...] = (
        ({"amount": "much"}, "amount"),
        ({"currency": "DUBLOONS"}, "amount"),
        ({"state": "unheard of"}, "status"),
        ({"amount": None}, "amount"),
        ({"updated": "yesterday"}, "updatedAt"),
        ({"note": "a\x00b"}, ""),
        ({"id": None}, ""),
        ({"id": "x" * 300}, ""),
    )

    def test_they_are_quarantined_and_the_run_goes_on(self, vendor: Source, connect: Connect) -> None:
        vendor.lists["payments"] = [payment(number, **more) for number, (more, _) in enumerate(self.BAD)]
        vendor.lists["payments"] += [payment(number) for number in range(100, 103)]
        connection = connect(entity(style="none"))
        run = synced(connection)
        step = step_of(run)
        assert (run.status, step.processed, step.synced, step.errors) == ("completed", 11, 3, 8)
        assert sorted(live(connection)) == ["p000100", "p000101", "p000102"]
        assert sorted(QuarantinedRecord.objects.values_list("field", flat=True)) == sorted(at for _, at in self.BAD)
        vendor.lists["payments"] = vendor.lists["payments"][-3:]
        synced(connection)
        assert not QuarantinedRecord.objects.exists()

    def test_what_no_record_can_be_is_left_out_the_rest_kept_as_sent(self, vendor: Source, connect: Connect) -> None:
        records = [b"[1]", b"7", b'{"id": "a", "n": 1e999999}', b'{"id": "b", "n": "\\ud800"}', b'{"id": "c"']
        listed = b'{"data": [' + b", ".join([*records[:-1], b'{"id": "good"}']) + b"]}"
        vendor.lists["payments"] = []
        vendor.faults.append(lambda path, query: (200, {}, listed))
        plain = entity(style="none", fields=[{"name": "id", "path": "id", "type": "text"}])
        del plain["date"]
        connection = connect(plain | {"title": [], "searchable": ["id"]})
        step = step_of(synced(connection))
        assert (step.processed, step.synced, sorted(live(connection))) == (5, 3, ["a", "b", "good"])
        assert json.loads(bytes(live(connection)["b"].raw))["n"] == "\ufffd"
        assert bytes(live(connection)["a"].raw) == records[2]

    def test_a_record_told_twice_is_one(self, vendor: Source, connect: Connect) -> None:
        vendor.lists["payments"] = [payment(1), payment(1, amount=700), payment(2)]
        connection = connect(entity(style="none"))
        step = step_of(synced(connection))
        assert (step.processed, step.synced, len(live(connection))) == (3, 3, 2)
        assert live(connection)["p000001"].data["amount"] == 7


class TestVendorsInTheWay:
    def test_a_rate_limit_makes_the_run_wait_and_go_on_by_itself(self, vendor: Source, connect: Connect) -> None:
        vendor.lists |= {"payments": [payment(n) for n in range(25)], "invoices": [payment(n) for n in range(5)]}
        connection = connect(entity(), entity("invoices"))
        limit: Answer = (429, {"Retry-After": "600"}, b"{}")
        vendor.faults.append(lambda path, query: limit if query.get("after") == "p000009" else None)
        run = synced(connection)
        assert run.status == "partial"
        assert [step.status for step in run.steps.all()] == ["waiting", "waiting"]
        assert run.resume_at is not None
        assert 590 < (run.resume_at - clock.now()).total_seconds() < 605
        assert len(live(connection)) == 10
        assert resume_due() == 0
        vendor.faults.clear()
        vendor.requests.clear()
        forget_pauses()
        with time_machine.travel(run.resume_at + dt.timedelta(seconds=1)):
            assert resume_due() == 1
            run_sync(run.pk)
        run.refresh_from_db()
        assert (run.status, step_of(run).processed, step_of(run, "invoices").processed) == ("completed", 25, 5)
        assert "after" in vendor.requests[0][1]

    def test_a_credential_that_is_refused_ends_the_run_and_is_told_once(self, vendor: Source, connect: Connect) -> None:
        vendor.lists |= {"payments": [payment(1)], "invoices": [payment(1)]}
        connection = connect(entity(), entity("invoices"))
        vendor.faults.append(lambda path, query: (401, {}, b"{}"))
        run = synced(connection)
        assert (run.status, fault_code(run), len(vendor.requests)) == ("failed", "RECONNECT_NEEDED", 1)
        connection.refresh_from_db()
        assert connection.status == Connection.Status.EXPIRED
        assert Event.objects.filter(type="connection.expired").count() == 1
        assert Event.objects.filter(type="sync.failed").count() == 1

    def test_other_data_types_are_read_where_one_fails(self, vendor: Source, connect: Connect) -> None:
        vendor.lists |= {"payments": [payment(1)], "invoices": [payment(1)]}
        connection = connect(entity(), entity("invoices"))
        vendor.faults.append(lambda path, query: (400, {}, b"{}") if path.endswith("/payments") else None)
        run = synced(connection)
        assert (run.status, run.resume_at) == ("partial", None)
        assert [step.status for step in run.steps.all()] == ["failed", "completed"]
        assert Event.objects.get(type="sync.partial").payload["error"]["code"] == "PROVIDER_REJECTED"


def test_drift_is_recorded(vendor: Source, connect: Connect) -> None:
    vendor.lists["payments"] = [payment(number) for number in range(25)]
    connection = connect(entity())
    synced(connection)
    assert not SchemaDrift.objects.exists()
    for item in vendor.lists["payments"]:
        item |= {"amount": str(item["amount"]), "customer": {"name": "x", "vip": True}}
        del item["state"]
    synced(connection)
    assert set(SchemaDrift.objects.values_list("field", "change")) == {
        ("amount", "retyped"),
        ("customer.vip", "new"),
        ("state", "missing"),
    }


def test_time_that_is_up_hands_the_run_on(vendor: Source, connect: Connect) -> None:
    vendor.lists["payments"] = [payment(number) for number in range(25)]
    connection = connect(entity())
    run = request_sync(connection=connection, sync_type="full", actor=CLERK)
    assert run_sync(run.pk, turn=Turn(patience=-1))
    run.refresh_from_db()
    assert (run.status, run.lease) == ("running", None)
    assert not run_sync(run.pk)
    run.refresh_from_db()
    assert run.status == "completed"


def test_a_long_run_lets_others_have_their_turn_after_a_page(
    vendor: Source, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connections.services.syncs.prefetching._BATCH_BYTES", 1)
    vendor.lists["payments"] = [payment(number) for number in range(45)]
    run = request_sync(connection=connect(entity()), sync_type="full", actor=CLERK)
    stored = []
    while run_sync(run.pk, turn=Turn(fair=0)):
        stored.append(step_of(run).processed)
    assert len(stored) >= 2
    assert stored == sorted(set(stored))
    run.refresh_from_db()
    assert (run.status, run.stalls, step_of(run).processed) == ("completed", 0, 45)
