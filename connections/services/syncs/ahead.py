"""Making things ahead: a thread makes the next ones while the last is worked on."""

import contextvars
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Generic, Self, TypeVar

from django.db import connections

ItemT = TypeVar("ItemT")
# What is being made while the work ends is not waited for longer.
_LEAVE_SECONDS = 5.0
# How long a thread that computes keeps those waiting whose vendor or database has answered; Python's own 5 ms for each
# answer are longer than most answers take.
_TURN_SECONDS = 0.0005


class ClosedError(Exception):
    """Nobody wants more."""


@contextmanager
def short_turns() -> Iterator[None]:
    """Inside the block threads of this process wait less for each other."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(min(before, _TURN_SECONDS))
    try:
        yield
    finally:
        sys.setswitchinterval(before)


class Ahead(Generic[ItemT]):
    """What an iterator gives, made by a thread in the scope of the code that makes this, and in order.

    Items weigh something; the thread pauses while `most` or more waits. What the iterator raises comes after the items
    before it. Database connections that the thread opens are its own.
    """

    def __init__(self, make: Callable[[], Iterator[ItemT]], *, most: int) -> None:
        self._make, self._most = make, most
        self._items: deque[ItemT] = deque()
        self._waiting = 0
        self._error: Exception | None = None
        self._has_ended = self._is_closed = False
        self._changed = threading.Condition()
        run = contextvars.copy_context().run
        self._thread = threading.Thread(target=run, args=(self._run,), name=type(self).__name__, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
        self._thread.join(_LEAVE_SECONDS)

    def close(self) -> None:
        """Nothing more is made; whoever waits for an item gets ClosedError."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()

    @property
    def is_full(self) -> bool:
        """Whether as much waits as may."""
        return self._waiting >= self._most

    def weight(self, item: ItemT) -> int:
        """What an item weighs."""
        return 1

    def is_ready(self, seconds: float | None) -> bool:
        """Waits, with the lock held, for an item or the end; whether one came in time. Raises what the thread did."""
        self._changed.wait_for(lambda: self._items or self._has_ended or self._is_closed, timeout=seconds)
        if self._is_closed:
            raise ClosedError
        if not self._items and self._error is not None:
            raise self._error
        return bool(self._items) or self._has_ended

    def pop(self) -> ItemT:
        """The first item, with the lock held."""
        item = self._items.popleft()
        self._waiting -= self.weight(item)
        self._changed.notify_all()
        return item

    def _run(self) -> None:
        try:
            for item in self._make():
                if not self._put(item):
                    break
        except Exception as error:
            self._error = error
        finally:
            connections.close_all()
            with self._changed:
                self._has_ended = True
                self._changed.notify_all()

    def _put(self, item: ItemT) -> bool:
        """Whether anybody still wants items."""
        with self._changed:
            self._changed.wait_for(lambda: self._is_closed or not self.is_full)
            self._items.append(item)
            self._waiting += self.weight(item)
            self._changed.notify_all()
            return not self._is_closed
