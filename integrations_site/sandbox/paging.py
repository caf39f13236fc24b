"""Cutting pages out of long sequences, and keeping those that were rendered."""

import random
import threading
from array import array
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any, TypeVar

from integrations_site.sandbox.data import Table
from integrations_site.sandbox.messages import Request

_CACHE_BYTES = 160 * 1024 * 1024
ItemT = TypeVar("ItemT")


class PageCache:
    """Rendered pages; the one that was not asked for longest goes first when there is no room."""

    def __init__(self, most_bytes: int = _CACHE_BYTES) -> None:
        self._most = most_bytes
        self._held = 0
        self._pages: OrderedDict[Any, bytes] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Any) -> bytes | None:
        """The page, where it is held."""
        with self._lock:
            page = self._pages.get(key)
            if page is not None:
                self._pages.move_to_end(key)
            return page

    def put(self, key: Any, page: bytes) -> None:
        """Keeps a page."""
        with self._lock:
            self._held += len(page) - len(self._pages.pop(key, b""))
            self._pages[key] = page
            while self._held > self._most:
                self._held -= len(self._pages.popitem(last=False)[1])

    def clear(self) -> None:
        """Forgets all."""
        with self._lock:
            self._pages.clear()
            self._held = 0


class Pages:
    """Renders pages: the records joined by commas, without brackets."""

    def __init__(self) -> None:
        self._cache = PageCache()

    def clear(self) -> None:
        """Forgets what was rendered."""
        self._cache.clear()

    def joined(self, request: Request, table: Table, sequence: Sequence[int], first: int, count: int) -> bytes:
        """The records from position `first` of the sequence on, with what a fault makes of the page."""
        indices = page_of(request, sequence, first, count)
        if not indices:
            return b""
        if request.twists:
            return b",".join(table.records(indices))
        # The ends say all about a page of a range; of other sequences it is known by its positions.
        is_range = isinstance(indices, range)
        ends = (indices[0], indices[-1]) if is_range else array("L", indices).tobytes()
        key = (id(table), table.version, ends)
        page = self._cache.get(key)
        if page is None:
            page = b",".join(table.records(indices))
            self._cache.put(key, page)
        return page


def page_of(request: Request, sequence: Sequence[ItemT], first: int, count: int) -> Sequence[ItemT]:
    """What stands from position `first` on, with what a fault makes of the page; what it did is noted in the request.

    A fault that changes nothing, as one of a page that is empty, has done nothing.
    """
    page = sequence[first : first + count]
    if not request.twists:
        return page
    items = list(page)
    if "duplicate" in request.twists and items:
        # What stood on the page before comes once more; the first page repeats itself.
        items = [*(sequence[max(first - count, 0) : first] or items), *items]
        request.twisted.add("duplicate")
    if "reorder" in request.twists and (others := _reordered(items, first)) != items:
        items = others
        request.twisted.add("reorder")
    return items


def _reordered(items: list[ItemT], seed: int) -> list[ItemT]:
    """The items in another order, wherever there is another one."""
    shuffled = random.Random(seed).sample(items, len(items))  # noqa: S311 - nothing depends on it
    return items[::-1] if shuffled == items else shuffled
