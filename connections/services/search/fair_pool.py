"""Threads that all tenants share, and that no few of them can take for themselves.

A tenant may begin another call while it has fewer under way than threads are free. So the first takes half of them at
most, the next half of what is left, and so on: of 16 threads one is left for a fifth tenant while the vendors of four
others hang. The next call is always of the tenant that has the fewest under way, and there of the request that has the
fewest; so whoever has none comes first.
"""

import threading
from collections import Counter
from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True, eq=False)
class _Call(Generic[T]):
    tenant: Hashable
    request: Hashable
    work: Callable[[], T]
    future: "Future[T]" = field(default_factory=Future)


class FairPool:
    """At most so many calls at once, of all and of one request."""

    def __init__(self, threads: int, *, of_request: int) -> None:
        self._threads, self._of_request = threads, of_request
        self._executor = ThreadPoolExecutor(threads, "live-search")
        self._lock = threading.Lock()
        self._waiting: list[_Call[Any]] = []
        self._under_way: list[_Call[Any]] = []

    def submit(self, work: Callable[[], T], *, tenant: Hashable, request: Hashable) -> "Future[T]":
        """Has it done when its turn comes; what is cancelled until then is not done at all."""
        call = _Call(tenant, request, work)
        with self._lock:
            self._waiting.append(call)
            self._start()
        return call.future

    def shutdown(self) -> None:
        """Returns when nothing is under way; what waits is dropped."""
        with self._lock:
            for call in self._waiting:
                call.future.cancel()
        self._executor.shutdown(wait=True)

    def _start(self) -> None:
        self._waiting = [call for call in self._waiting if not call.future.cancelled()]
        while call := self._next():
            self._waiting.remove(call)
            if call.future.set_running_or_notify_cancel():
                self._under_way.append(call)
                self._executor.submit(self._do, call)

    def _next(self) -> _Call[Any] | None:
        tenants = Counter(call.tenant for call in self._under_way)
        requests = Counter(call.request for call in self._under_way)
        free = self._threads - len(self._under_way)
        may_start = (
            call for call in self._waiting if tenants[call.tenant] < free and requests[call.request] < self._of_request
        )
        return min(may_start, key=lambda call: (tenants[call.tenant], requests[call.request]), default=None)

    def _do(self, call: _Call[Any]) -> None:
        try:
            result = call.work()
        except BaseException as error:  # Whoever waits for it is told.
            self._end(call)
            call.future.set_exception(error)
        else:
            self._end(call)
            call.future.set_result(result)

    def _end(self, call: _Call[Any]) -> None:
        with self._lock:
            self._under_way.remove(call)
            self._start()
