"""How far ahead of what is stored a vendor is read."""

import time
from collections.abc import Iterator

import pytest

from connections.sdk.fetching import Page, RawRecord
from connections.services.syncs.prefetching import BATCH_RECORDS, Prefetch

PAGES = 2_000
RECORDS = [RawRecord(str(number), b"{}") for number in range(20)]


@pytest.mark.parametrize(
    ("page", "most"),
    [
        (Page((), cursor=1, deleted=[str(number) for number in range(1000)]), 6),
        (Page((), cursor=1), 110),
        (Page(RECORDS, cursor=1), 110),
    ],
    ids=["deletions", "empty pages", "small pages"],
)
def test_pages_are_read_ahead_within_bounds_whatever_they_hold(page: Page, most: int) -> None:
    made: list[int] = []

    def fetch() -> Iterator[Page]:
        for number in range(PAGES):
            made.append(number)
            yield page
        yield Page(())

    with Prefetch(fetch) as pages:
        taken, is_last = 0, False
        while not is_last:
            _rest(made)
            assert len(made) - taken <= most
            batch = pages.take()
            assert len(batch.pages) <= most
            assert len(batch.records) <= BATCH_RECORDS
            taken, is_last = taken + len(batch.pages), batch.is_last
    assert taken == PAGES + 1


def _rest(made: list[int]) -> None:
    """Returns once no more pages are made."""
    end, before = time.monotonic() + 5, -1
    while before != len(made) and time.monotonic() < end:
        before = len(made)
        time.sleep(0.001)
