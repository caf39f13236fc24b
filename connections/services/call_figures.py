"""How calls to third parties end and how long they take, counted in Redis: the same from every process, workers too.

A process tells Redis once a second at most: telling costs a good part of what a call does.
"""

import atexit
import logging
import os
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

import redis
from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily

from connections.sdk.errors import VendorError
from integrations_site.kernel import limits

_KEY = "hub:figures:vendor"
_BOUNDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 15.0)
_SECONDS = 1.0
_logger = logging.getLogger(__name__)


class _Untold:
    """What this process has counted and not told yet."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()
        self._seconds: dict[str, float] = defaultdict(float)

    def add(self, *names: str, sum_name: str, seconds: float) -> None:
        with self._lock:
            if not self._counts:
                self._tell_soon()
            self._counts.update(names)
            self._seconds[sum_name] += seconds

    def tell(self) -> None:
        """Without Redis it is not counted."""
        with self._lock:
            counts, seconds = self._counts, self._seconds
            self._counts, self._seconds = Counter(), defaultdict(float)
        if not counts:
            return
        try:
            with limits.connection().pipeline(transaction=False) as pipe:
                for name, count in counts.items():
                    pipe.hincrby(_KEY, name, count)
                for name, spent in seconds.items():
                    pipe.hincrbyfloat(_KEY, name, spent)
                pipe.execute()
        except redis.RedisError:
            _logger.warning("Redis does not answer; calls to third parties were not counted")

    def _tell_soon(self) -> None:
        timer = threading.Timer(_SECONDS, self.tell)
        timer.daemon = True
        timer.start()


_untold = _Untold()
atexit.register(lambda: _untold.tell())


def _forget() -> None:
    """A forked process counts what it does itself."""
    global _untold
    _untold = _Untold()


os.register_at_fork(after_in_child=_forget)


@contextmanager
def counted(provider: str) -> Iterator[None]:
    """Counts the block, which asks a provider and reads what it answers, as one request."""
    started, outcome = time.monotonic(), "ok"
    try:
        yield
    except VendorError as error:
        outcome = type(error).__name__
        raise
    finally:
        note(provider=provider, outcome=outcome, seconds=time.monotonic() - started)


def note(*, provider: str, outcome: str, seconds: float) -> None:
    """Counts one request. `outcome` is `ok` or the name of the error."""
    bound = next((str(bound) for bound in _BOUNDS if seconds <= bound), "+Inf")
    counts = (f"calls|{provider}|{outcome}", f"seconds|{provider}|{bound}")
    _untold.add(*counts, sum_name=f"sum|{provider}", seconds=seconds)


def metrics() -> Iterator[Metric]:
    """What was counted since Redis was last emptied. Raises redis.RedisError."""
    _untold.tell()
    stored = cast(dict[bytes, bytes], limits.connection().hgetall(_KEY))
    found = {tuple(key.decode().split("|")): float(value) for key, value in stored.items()}
    calls = CounterMetricFamily(
        "hub_vendor_calls", "Requests to third parties by provider and outcome.", labels=["provider", "outcome"]
    )
    for key, count in found.items():
        if key[0] == "calls":
            calls.add_metric(list(key[1:]), count)
    yield calls
    seconds = HistogramMetricFamily(
        "hub_vendor_call_seconds", "How long requests to third parties took.", labels=["provider"]
    )
    for provider in sorted({key[1] for key in found}):
        buckets, total = [], 0.0
        for bound in (*map(str, _BOUNDS), "+Inf"):
            total += found.get(("seconds", provider, bound), 0.0)
            buckets.append((bound, total))
        seconds.add_metric([provider], buckets, found.get(("sum", provider), 0.0))
    yield seconds
