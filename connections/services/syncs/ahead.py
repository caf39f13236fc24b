"""Making things ahead: a thread makes the next ones while the last is worked on."""

import contextvars
import os
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from functools import cache
from types import TracebackType
from typing import Generic, Self, TypeVar

from django.db import close_old_connections

ItemT = TypeVar("ItemT")
# What is being made while the work ends is not waited for longer.
_LEAVE_SECONDS = 5.0
# How long a thread that computes keeps those waiting whose vendor or database has answered; Python's own 5 ms for each
# answer are longer than most answers take.
_TURN_SECONDS = 0.0005
# More than a process makes at once: whoever waits for a thread would wait for something that waits for it.
_MOST_THREADS = 1_000


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

    One item waits at most while another is worked on and the next is being made. What the iterator raises comes after
    the items before it. Database connections that the thread opens are its own, and stay for the next one as long as
    those of a worker: the first statements on a new one cost as much as some pages.
    """

    def __init__(self, make: Callable[[], Iterator[ItemT]]) -> None:
        self._make = make
        self._waiting: deque[ItemT] = deque()
        self._error: Exception | None = None
        self._has_ended = self._is_closed = False
        self._changed = threading.Condition()
        self._scope = contextvars.copy_context()
        self._work: Future[None] = Future()

    def __enter__(self) -> Self:
        self._work = _threads().submit(self._scope.run, self._run)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing more is made."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()
        wait([self._work], _LEAVE_SECONDS)

    def take(self, *, seconds: float) -> ItemT | None:
        """The next item; None where it did not come in time, or there is no more. Raises what making it raised."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._has_ended, timeout=seconds)
            if self._waiting:
                self._changed.notify_all()
                return self._waiting.popleft()
            if self._error is not None:
                raise self._error
            return None

    def _run(self) -> None:
        try:
            for item in self._make():
                if not self._put(item):
                    break
        except Exception as error:
            self._error = error
        finally:
            close_old_connections()
            with self._changed:
                self._has_ended = True
                self._changed.notify_all()

    def _put(self, item: ItemT) -> bool:
        """Whether anybody still wants items."""
        with self._changed:
            self._changed.wait_for(lambda: self._is_closed or not self._waiting)
            self._waiting.append(item)
            self._changed.notify_all()
            return not self._is_closed


@cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(_MOST_THREADS, "ahead")


# A process that was forked has none of the threads.
os.register_at_fork(after_in_child=_threads.cache_clear)
