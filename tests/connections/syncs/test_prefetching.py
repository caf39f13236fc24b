"""How far ahead of what is stored a vendor is read, and what is stored together."""

import threading
import time
from collections.abc import Iterator, Sequence

import pytest

from connections.sdk.errors import ProviderUnavailable
from connections.sdk.fetching import Page, RawRecord
from connections.services.syncs import prefetching
from connections.services.syncs.prefetching import BATCH_RECORDS, Batch, Prefetch
from connections.services.syncs.sorting import Sorted

PAGES = 2_000
RECORDS = [RawRecord(str(number), b"{}") for number in range(20)]


def counted(pages: Sequence[Page]) -> Sorted:
    """Only how many records there are."""
    return Sorted(processed=sum(len(page.records) for page in pages))


@pytest.fixture
def one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """No two pages are stored together."""
    monkeypatch.setattr(prefetching, "_BATCH_BYTES", 1)


def taken(pages: Prefetch) -> Batch:
    """The next batch."""
    batch = pages.take(seconds=10)
    assert batch is not None
    return batch


@pytest.mark.parametrize(
    ("page", "most"),
    [
        (Page((), cursor=1, deleted=[str(number) for number in range(1000)]), 6),
        (Page((), cursor=1), 144),
        (Page(RECORDS, cursor=1), 144),
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

    with Prefetch(fetch, counted) as pages:
        count, is_last = 0, False
        while not is_last:
            _rest(made)
            # One batch that waits, one that is sorted, one that is gathered, the page after it.
            assert len(made) - count <= 3 * most + 1
            batch = taken(pages)
            assert len(batch.pages) <= most
            assert batch.sorted.processed <= BATCH_RECORDS
            count, is_last = count + len(batch.pages), batch.is_last
    assert count == PAGES + 1


def test_pages_that_come_fast_are_stored_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prefetching, "_GATHER_SECONDS", 3600.0)

    def fetch() -> Iterator[Page]:
        yield from (Page(RECORDS, cursor=number) for number in range(3))
        yield Page(RECORDS)

    with Prefetch(fetch, counted) as pages:
        only = taken(pages)
    assert (len(only.pages), only.sorted.processed, only.is_last) == (4, 80, True)


def test_what_has_come_waits_for_no_slow_page() -> None:
    may_come = threading.Event()

    def fetch() -> Iterator[Page]:
        yield from (Page(RECORDS, cursor=number) for number in range(3))
        assert may_come.wait(10)
        yield Page(RECORDS)

    with Prefetch(fetch, counted) as pages:
        came = 0
        while came < 3:
            batch = taken(pages)
            assert not batch.is_last
            came += len(batch.pages)
        may_come.set()
        assert taken(pages).is_last


@pytest.mark.usefixtures("one_by_one")
def test_the_vendor_is_asked_for_the_next_page_while_the_last_one_is_sorted() -> None:
    asked = [threading.Event() for _ in range(4)]
    following = iter(asked[1:])

    def fetch() -> Iterator[Page]:
        for number, event in enumerate(asked):
            event.set()
            yield Page(RECORDS, cursor=number if number < 3 else None)

    def sort(pages: Sequence[Page]) -> Sorted:
        event = next(following, None)
        assert event is None or event.wait(10)
        return counted(pages)

    with Prefetch(fetch, sort) as pages:
        while not taken(pages).is_last:
            pass


def test_what_came_before_a_failure_is_stored_first() -> None:
    def fetch() -> Iterator[Page]:
        yield Page(RECORDS, cursor=1)
        raise ProviderUnavailable("It is down")

    with Prefetch(fetch, counted) as pages:
        assert taken(pages).sorted.processed == len(RECORDS)
        with pytest.raises(ProviderUnavailable):
            pages.take(seconds=10)


@pytest.mark.usefixtures("one_by_one")
def test_a_vendor_that_fails_does_so_after_its_pages() -> None:
    def fetch() -> Iterator[Page]:
        yield from (Page(RECORDS, cursor=number) for number in range(3))
        raise ProviderUnavailable("It is down")

    with Prefetch(fetch, counted) as pages:
        assert [taken(pages).sorted.processed for _ in range(3)] == [len(RECORDS)] * 3
        with pytest.raises(ProviderUnavailable):
            pages.take(seconds=10)


def _rest(made: list[int]) -> None:
    """Returns once no more pages are made."""
    end, before = time.monotonic() + 5, -1
    while before != len(made) and time.monotonic() < end:
        before = len(made)
        time.sleep(0.001)
