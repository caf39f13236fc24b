"""What a batch changes is not stored yet when the next one is sorted."""

import json
import threading
from typing import Any

import pytest

from connections.sdk.fetching import Page, RawRecord
from connections.services.syncs import prefetching, request_sync, run_sync, stepping
from tests.connections.sources import Source, entity, payment
from tests.connections.syncs.conftest import CLERK, Connect, live, step_of, synced
from tests.connections.syncs.test_keeping_back import telling

pytestmark = pytest.mark.django_db(transaction=True)


def record(**more: Any) -> RawRecord:
    """A state of the payment that the hub has as `record()`."""
    return RawRecord("p000001", json.dumps(payment(1, **more)).encode())


@pytest.mark.parametrize(
    "before",
    [Page([record(amount=7)], cursor=1), Page([], cursor=1, deleted=["p000001"]), Page([record(amount="x")], cursor=1)],
    ids=["another state", "gone", "one that does not fit"],
)
@pytest.mark.parametrize("together", [True, False])
def test_of_a_records_states_the_last_one_stays(
    vendor: Source, connect: Connect, monkeypatch: pytest.MonkeyPatch, before: Page, together: bool
) -> None:
    vendor.lists["payments"] = [payment(1)]
    connection = connect(entity())
    synced(connection)
    monkeypatch.setattr(prefetching, *(("_GATHER_SECONDS", 3600.0) if together else ("_BATCH_BYTES", 1)))
    are_sorted, count = threading.Event(), 1 if together else 2

    class Unhurried(stepping.StepWork):
        def _sort(self, pages: Any) -> Any:
            found = super()._sort(pages)
            sorts.append(found)
            if len(sorts) == count:
                are_sorted.set()
            return found

        def _store(self, batch: Any) -> None:
            assert are_sorted.wait(10)
            super()._store(batch)

    sorts: list[Any] = []
    monkeypatch.setattr("connections.services.syncs.running.StepWork", Unhurried)
    run = request_sync(connection=connection, sync_type="incremental", actor=CLERK)
    run_sync(run.pk, connect=telling(before, Page([record()])))
    assert (step_of(run).status, len(sorts)) == ("completed", count)
    assert bytes(live(connection)["p000001"].raw) == record().raw
