"""What vendors keep back: records that are gone, records that may be there, pages that do not come, and notices."""

import json
import threading
from collections.abc import Callable, Iterator
from typing import cast

import pytest
from django.db import transaction

from catalog.services.providers import definition_of
from connections.models import Connection, Record, SeenRecords
from connections.sdk.connector import Connector, ConnectorConfig
from connections.sdk.fetching import FetchRequest, Page, RawRecord
from connections.services.syncs import leasing, request_sync, run_sync
from connections.services.syncs.turns import Turn
from connections.services.vendor_http import vendor_http
from tests.connections.sources import Source, entity, payment
from tests.connections.syncs.conftest import CLERK, Connect, fault_code, live, step_of, synced

pytestmark = pytest.mark.django_db(transaction=True)


def telling(*pages: Page) -> Callable[[Connection], Connector]:
    """A connector whose vendor has just these pages."""

    class Telling(Connector):
        def check(self) -> None:
            return None

        def fetch(self, request: FetchRequest) -> Iterator[Page]:
            return iter(pages)

    return lambda owner: Telling(
        ConnectorConfig(definition_of(owner.integration.provider), {}, owner.account_id), vendor_http(owner)
    )


class TestDeletions:
    def test_what_a_full_sync_does_not_meet_is_kept_as_a_tombstone(self, vendor: Source, connect: Connect) -> None:
        vendor.lists["payments"] = [payment(number) for number in range(25)]
        connection = connect(entity())
        synced(connection)
        gone = vendor.lists["payments"].pop(12)
        run = synced(connection)
        assert step_of(run).deleted == 1
        assert gone["id"] not in live(connection)
        assert Record.objects.get(external_id=gone["id"]).deleted_at is not None
        vendor.lists["payments"].append(gone)
        synced(connection)
        assert json.loads(bytes(live(connection)[gone["id"]].raw)) == gone

    def test_other_data_types_and_connections_are_left_alone(self, vendor: Source, connect: Connect) -> None:
        vendor.lists |= {"payments": [payment(1)], "invoices": [payment(2)]}
        one, other = connect(entity(), entity("invoices")), connect(entity())
        synced(one), synced(other)
        vendor.lists |= {"payments": [], "invoices": []}
        synced(one, "full", "payments")
        assert (list(live(one)), list(live(other))) == (["p000002"], ["p000001"])

    def test_none_are_looked_for_where_a_record_has_no_id(self, vendor: Source, connect: Connect) -> None:
        vendor.lists["payments"] = [payment(1), payment(2)]
        connection = connect(entity(style="none"))
        synced(connection)
        vendor.lists["payments"] = [payment(1), {"amount": 5}]
        run = synced(connection)
        assert (step_of(run).deleted, step_of(run).errors, len(live(connection))) == (0, 1, 2)
        assert "an id" in step_of(run).notices[0]

    @pytest.mark.parametrize(
        ("met", "total", "notice"),
        [
            ([0, 1, 2], 5, "says that there are 5 records, and 3 different ones came"),
            ([0, 1, 1, 2, 2], 5, "says that there are 5 records, and 3 different ones came"),
            ([0], 1, ""),
            ([0], None, ""),
            ([0, 1, 1], None, "sent 3 records, and 2 different ones: its list moved meanwhile"),
        ],
        ids=["fewer than there are", "the same twice", "none is kept back", "nobody knows", "nobody knows, and twice"],
    )
    def test_none_are_looked_for_where_the_vendor_has_more_than_it_sent(
        self, vendor: Source, connect: Connect, met: list[int], total: int | None, notice: str
    ) -> None:
        vendor.lists["payments"] = [payment(number) for number in range(5)]
        connection = connect(entity())
        synced(connection)
        records = [RawRecord(f"p{number:06}", json.dumps(payment(number)).encode()) for number in met]
        run = request_sync(connection=connection, sync_type="full", actor=CLERK)
        run_sync(run.pk, connect=telling(Page(records, total=total)))
        step = step_of(run)
        assert (step.status, step.deleted, len(live(connection))) == ("completed", *((0, 5) if notice else (4, 1)))
        assert step.notices == ([f"Deletions were not looked for: the vendor {notice}"] if notice else [])

    def test_what_moves_up_while_a_list_is_read_by_position_is_not_gone(self, vendor: Source, connect: Connect) -> None:
        vendor.lists["payments"] = [payment(number) for number in range(30)]
        connection = connect(entity(style="offset"))
        synced(connection)

        def remove(path: str, query: dict[str, str]) -> None:
            if query.get("start") == "11":
                vendor.lists["payments"] = [each for each in vendor.lists["payments"] if each["id"] != "p000004"]

        vendor.faults.append(remove)
        step = step_of(synced(connection))
        assert (step.status, step.deleted, step.estimate, "p000010" in live(connection)) == ("completed", 0, 30, True)
        assert "29 different ones came" in step.notices[0]
        step = step_of(synced(connection))
        assert (step.deleted, step.notices, "p000004" in live(connection)) == (1, [], False)

    @pytest.mark.parametrize("comes_last", [True, False])
    def test_what_is_kept_back_is_not_gone(self, vendor: Source, connect: Connect, comes_last: bool) -> None:
        vendor.lists["payments"] = [payment(number) | {"id": f"{'abc'[number % 3]}:{number}"} for number in range(9)]
        connection = connect(entity(), entity("invoices"))
        synced(connection)
        read, kept = RawRecord("b:1", json.dumps(vendor.lists["payments"][1]).encode()), ["c:", "ccc:", "C"]
        pages = [Page([read], cursor=1), Page([], kept_back=kept)] if comes_last else [Page([], 1, kept_back=kept)]
        run = request_sync(connection=connection, sync_type="full", data_types=["payments"], actor=CLERK)
        run_sync(run.pk, connect=telling(*pages, *([] if comes_last else [Page([read])])))
        assert (step_of(run).status, step_of(run).deleted) == ("completed", 5)
        assert sorted(live(connection)) == ["b:1", "c:2", "c:5", "c:8"]
        assert not SeenRecords.objects.exists()

    @pytest.mark.parametrize(
        "pages", [(), (Page([], cursor="next"),), (Page([RawRecord("p000000", b"{}")], cursor="next"),)]
    )
    def test_a_reading_that_stops_before_its_last_page_has_met_nothing(
        self, vendor: Source, connect: Connect, pages: tuple[Page, ...]
    ) -> None:
        vendor.lists["payments"] = [payment(number) for number in range(5)]
        connection = connect(entity())
        synced(connection)
        run = request_sync(connection=connection, sync_type="full", actor=CLERK)
        run_sync(run.pk, connect=telling(*pages))
        run.refresh_from_db()
        assert (run.status, step_of(run).status, step_of(run).deleted) == ("failed", "failed", 0)
        assert (fault_code(run), len(live(connection))) == ("PROVIDER_UNAVAILABLE", 5)

    @pytest.mark.parametrize(("total", "count"), [(3, 0), (5, 1)], ids=["all of them", "fewer than there are"])
    def test_a_first_reading_doubts_what_did_not_come_and_nothing_else(
        self, connect: Connect, total: int, count: int
    ) -> None:
        run = request_sync(connection=connect(entity()), sync_type="full", actor=CLERK)
        records = [RawRecord(f"p{number:06}", json.dumps(payment(number)).encode()) for number in range(3)]
        run_sync(run.pk, connect=telling(Page(records, total=total)))
        assert len(step_of(run).notices) == count


class TestSlowVendors:
    def test_a_first_page_that_never_comes_in_time_ends_the_data_type(
        self, vendor: Source, connect: Connect, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("connections.services.syncs.stepping._BEAT_SECONDS", 0.01)
        monkeypatch.setattr("connections.services.syncs.ahead._LEAVE_SECONDS", 0.0)
        vendor.lists |= {"payments": [payment(1)], "invoices": [payment(1)]}
        may_answer = threading.Event()
        vendor.faults.append(lambda path, query: None if "invoices" in path else cast(None, may_answer.wait(20)))
        connection = connect(entity(), entity("invoices"))
        run = request_sync(connection=connection, sync_type="full", actor=CLERK)
        try:
            assert [run_sync(run.pk, turn=Turn(patience=0.05)) for _ in range(3)] == [True] * 3
            assert not run_sync(run.pk)
        finally:
            may_answer.set()
            for thread in threading.enumerate():
                if thread.name == "Prefetch":
                    thread.join(10)
        run.refresh_from_db()
        assert (run.status, fault_code(run), run.resume_at) == ("partial", "SYNC_TOO_SLOW", None)
        assert [step.status for step in run.steps.order_by("position")] == ["failed", "completed"]

    @pytest.mark.parametrize(("has_progress", "moves_on"), [(True, False), (False, True)])
    def test_a_page_or_the_end_of_a_data_type_is_progress(
        self, vendor: Source, connect: Connect, has_progress: bool, moves_on: bool
    ) -> None:
        run = request_sync(connection=connect(entity()), actor=CLERK)

        def work(**what: bool) -> int:
            lease = leasing.claim(run.pk)
            assert lease is not None
            with transaction.atomic():
                lease.hold(**what)
            lease.release()
            run.refresh_from_db()
            return run.stalls

        assert [work(), work(), work(has_progress=has_progress, moves_on=moves_on), work()] == [1, 2, 0, 1]


@pytest.mark.parametrize("sync_type", ["full", "incremental"])
def test_where_no_beginning_of_the_next_increment_is_told_the_next_run_reads_everything(
    vendor: Source, connect: Connect, sync_type: str
) -> None:
    connection = connect(entity())
    one, other = (RawRecord(f"p{number}", json.dumps(payment(number)).encode()) for number in range(2))
    for kind, page in (
        ("full", Page([one, other], watermark={"until": "2026-01-01"})),
        (sync_type, Page([one, other])),
        ("incremental", Page([one])),
    ):
        run = request_sync(connection=connection, sync_type=kind, actor=CLERK)
        run_sync(run.pk, connect=telling(page))
    assert (step_of(run).is_full, step_of(run).deleted, list(live(connection))) == (True, 1, ["p0"])


def test_what_the_vendor_keeps_back_is_told_once_and_not_without_end(vendor: Source, connect: Connect) -> None:
    pages = (
        Page([], cursor=1, notices=["#board cannot be read", "#board cannot be read", "a\x00b" + "x" * 900]),
        Page([], notices=[f"Channel {number} cannot be read" for number in range(200)]),
    )
    run = request_sync(connection=connect(entity()), actor=CLERK)
    run_sync(run.pk, connect=telling(*pages))
    told = step_of(run).notices
    assert (told[0], len(told), len(told[1])) == ("#board cannot be read", 50, 500)
