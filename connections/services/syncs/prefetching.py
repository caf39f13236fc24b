"""Reading ahead: the next pages are fetched and their records sorted while the ones before them are stored.

Three things take their time: the vendor, sorting and mapping, and PostgreSQL. Each has a thread, so that none waits for
the others: the caller's own stores.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import msgspec

from connections.sdk.errors import AnswerUnreadable
from connections.sdk.fetching import Page
from connections.services.syncs.ahead import Ahead
from connections.services.syncs.sorting import Sorted

# So much is stored together at most, or one page.
BATCH_RECORDS, _BATCH_BYTES = 5_000, 1440 * 1024
# A page weighs this much at least, a record so much beside what it holds, and what a page says of one that is gone so
# much: a page has a cursor and was a request, though it may hold nothing.
_LEAST_BYTES, _RECORD_BYTES, _GONE_BYTES = 10 * 1024, 512, 256
# Each transaction costs as much as some pages. But what a vendor has sent is not kept waiting longer than this for a
# next page, which may take its time.
_GATHER_SECONDS = 0.25
_NUL = b"\\u0000"


@dataclass(frozen=True, slots=True)
class Batch:
    """Pages that follow each other, without their records, and those sorted."""

    pages: Sequence[Page]
    sorted: Sorted

    @property
    def is_last(self) -> bool:
        """Whether no page follows."""
        return self.pages[-1].cursor is None


class Prefetch(Ahead[Batch]):
    """The batches of a fetch. What it raises comes after the pages before it."""

    def __init__(self, fetch: Callable[[], Iterator[Page]], sort: Callable[[Sequence[Page]], Sorted]) -> None:
        super().__init__(lambda: _batches(fetch, sort))


class _Gathering(Ahead[Page]):
    """Pages, as many ahead as will be stored together; one that is larger has the room for itself."""

    def __init__(self, fetch: Callable[[], Iterator[Page]]) -> None:
        super().__init__(lambda: _to_the_last(fetch()))
        self._records = self._bytes = 0
        self._is_full = False

    def take_all(self) -> Sequence[Page]:
        """What has come, at least a page, as soon as no more fits or has come for a while; nothing at the end.

        Raises what fetching raised.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._has_ended)
            self._changed.wait_for(lambda: self._is_full or self._has_ended, timeout=_GATHER_SECONDS)
            if not self._waiting and self._error is not None:
                raise self._error
            pages = list(self._waiting)
            self._waiting.clear()
            self._records = self._bytes = 0
            self._is_full = False
            self._changed.notify_all()
            return pages

    def _put(self, item: Page) -> bool:
        records, size = _told(item), _weight(item)
        with self._changed:
            self._is_full = bool(self._waiting) and not self._has_room(records, size)
            if self._is_full:
                self._changed.notify_all()
                self._changed.wait_for(lambda: self._is_closed or not self._waiting)
            self._waiting.append(item)
            self._records, self._bytes = self._records + records, self._bytes + size
            self._changed.notify_all()
            return not self._is_closed

    def _has_room(self, records: int, size: int) -> bool:
        return self._records + records <= BATCH_RECORDS and self._bytes + size <= _BATCH_BYTES


def _batches(fetch: Callable[[], Iterator[Page]], sort: Callable[[Sequence[Page]], Sorted]) -> Iterator[Batch]:
    with _Gathering(fetch) as gathering:
        while pages := gathering.take_all():
            found = sort(pages)
            yield Batch([replace(page, records=()) for page in pages], found)


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


def _told(page: Page) -> int:
    """How many records a page tells of, those that are gone among them."""
    return len(page.records) + len(page.deleted)


def _weight(page: Page) -> int:
    """How many bytes it takes."""
    held = sum([len(record.raw) for record in page.records]) + len(page.records) * _RECORD_BYTES
    return max(_LEAST_BYTES, held + len(page.deleted) * _GONE_BYTES)
