"""Reading ahead: the next pages are fetched, and the ones before them sorted, while others are stored.

Three things take their time: the vendor, sorting and mapping, and PostgreSQL. Each has a thread, the last one the
caller's.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import msgspec

from connections.sdk.errors import AnswerUnreadable
from connections.sdk.fetching import Page, RawRecord
from connections.services.syncs.ahead import Ahead
from connections.services.syncs.sorting import Sorted

# So much is stored together at most; so much waits at most for being sorted (and one page more).
BATCH_RECORDS, _BATCH_BYTES = 5_000, 768 * 1024
_WAITING_BYTES = 768 * 1024
# Pages that come fast are stored together: each transaction costs as much as some pages.
_GATHER_SECONDS = 0.25
# A page weighs this much at least, a record so much beside what it holds, and what a page says of one that is gone so
# much: a page has a cursor and was a request, though it may hold nothing.
_LEAST_BYTES, _RECORD_BYTES, _GONE_BYTES = 10 * 1024, 256, 256
_NUL = b"\\u0000"


@dataclass(frozen=True, slots=True)
class Batch:
    """Pages that follow each other, at least one."""

    pages: Sequence[Page]
    is_last: bool

    @property
    def records(self) -> list[RawRecord]:
        """The pages' records."""
        return [record for page in self.pages for record in page.records]

    def without_records(self) -> "Batch":
        """What else the pages tell."""
        return Batch([replace(page, records=()) for page in self.pages], self.is_last)


class Prefetch(Ahead[Page]):
    """Pages of a fetch, read ahead; the page that says so is the last."""

    def __init__(self, fetch: Callable[[], Iterator[Page]]) -> None:
        super().__init__(lambda: _to_the_last(fetch()), most=_WAITING_BYTES)

    def weight(self, item: Page) -> int:
        """How many bytes it takes."""
        held = sum([len(record.raw) for record in item.records]) + len(item.records) * _RECORD_BYTES
        return max(_LEAST_BYTES, held + len(item.deleted) * _GONE_BYTES)

    def take(self) -> Batch:
        """What is there, as much as a batch or one page; waits for a page, and a moment for more. Raises what the fetch
        does.
        """
        with self._changed:
            self.is_ready(None)
            self._changed.wait_for(lambda: self.is_full or self._has_ended or self._is_closed, timeout=_GATHER_SECONDS)
            taken = [self.pop()]
            count, size = _told(taken[0]), self.weight(taken[0])
            while self._items:
                count, size = count + _told(self._items[0]), size + self.weight(self._items[0])
                if count > BATCH_RECORDS or size > _BATCH_BYTES:
                    break
                taken.append(self.pop())
            return Batch(taken, is_last=taken[-1].cursor is None)


class Presort(Ahead[tuple[Batch, Sorted]]):
    """Batches of pages, each with its records sorted."""

    def __init__(self, pages: Prefetch, sort: Callable[[Batch], Sorted]) -> None:
        super().__init__(lambda: _sorted(pages, sort), most=1)
        self._pages = pages

    def close(self) -> None:
        """Ends the pages as well: the thread may be waiting for one."""
        self._pages.close()
        super().close()

    def take(self, *, seconds: float) -> tuple[Batch, Sorted] | None:
        """The next batch; None where it did not come in time. Raises what the fetch and the sorting do."""
        with self._changed:
            return self.pop() if self.is_ready(seconds) else None


def _to_the_last(pages: Iterator[Page]) -> Iterator[Page]:
    """The pages. Raises AnswerUnreadable where they end before the last one: what is missing is not gone; and where
    PostgreSQL could not keep how to go on, which vendors have a part in.
    """
    for page in pages:
        if _NUL in msgspec.json.encode((page.cursor, page.watermark)):
            raise AnswerUnreadable("The vendor leads on with characters that cannot be stored", code="CURSOR_UNUSABLE")
        yield page
        if page.cursor is None:
            return
    raise AnswerUnreadable("The connector stopped before the last page", code="NO_END")


def _sorted(pages: Prefetch, sort: Callable[[Batch], Sorted]) -> Iterator[tuple[Batch, Sorted]]:
    is_last = False
    while not is_last:
        batch = pages.take()
        yield batch.without_records(), sort(batch)
        is_last = batch.is_last


def _told(page: Page) -> int:
    """How many records a page tells of, those that are gone among them."""
    return len(page.records) + len(page.deleted)
