"""Reading ahead: the next pages are fetched and their records sorted while the ones before them are stored.

Three things take their time: the vendor, sorting and mapping, and PostgreSQL. Each has a thread, so that none waits for
the others: the caller's own stores.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import msgspec

from connections.sdk.errors import AnswerUnreadable
from connections.sdk.fetching import Page
from connections.services.syncs.ahead import Ahead
from connections.services.syncs.sorting import Sorted

# So much is stored together at most, or one page.
BATCH_RECORDS, _BATCH_BYTES = 5_000, 1024 * 1024
# A page weighs this much at least, a record so much beside what it holds, and what a page says of one that is gone so
# much: a page has a cursor and was a request, though it may hold nothing.
_LEAST_BYTES, _RECORD_BYTES, _GONE_BYTES = 10 * 1024, 512, 256
# Pages are gathered for so long at most: each transaction costs as much as some pages, but what a slow vendor has sent
# is not kept waiting for a next page that may take long.
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


class _Gathering:
    """Pages that will be stored together."""

    def __init__(self) -> None:
        self.pages: list[Page] = []
        self._records = self._bytes = 0
        self._began = time.monotonic()

    def has_room(self, page: Page) -> bool:
        """Whether the page fits in as well; a first one does."""
        records, size = self._records + _told(page), self._bytes + _weight(page)
        return not self.pages or (records <= BATCH_RECORDS and size <= _BATCH_BYTES)

    def add(self, page: Page) -> None:
        self.pages.append(page)
        self._records, self._bytes = self._records + _told(page), self._bytes + _weight(page)

    @property
    def is_over(self) -> bool:
        """Whether they have taken as long as they may."""
        return time.monotonic() - self._began > _GATHER_SECONDS


def _batches(fetch: Callable[[], Iterator[Page]], sort: Callable[[Sequence[Page]], Sorted]) -> Iterator[Batch]:
    with Ahead(lambda: _gathered(_to_the_last(fetch())), most=0) as gathered:
        for pages in gathered:
            found = sort(pages)
            yield Batch([replace(page, records=()) for page in pages], found)


def _gathered(pages: Iterator[Page]) -> Iterator[Sequence[Page]]:
    """The pages, in groups that are stored together; those before an error as well."""
    gathering = _Gathering()
    try:
        for page in pages:
            if not gathering.has_room(page):
                yield gathering.pages
                gathering = _Gathering()
            gathering.add(page)
            if gathering.is_over:
                yield gathering.pages
                gathering = _Gathering()
    except Exception:
        if gathering.pages:
            yield gathering.pages
        raise
    if gathering.pages:
        yield gathering.pages


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
