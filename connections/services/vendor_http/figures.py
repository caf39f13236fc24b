"""How calls to third parties end and how long they take, counted in Redis: the same from every process, workers too."""

import logging
from collections.abc import Iterator
from typing import cast

import redis
from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily

from connections.services.vendor_http.throttle import Permit
from integrations_site.kernel import limits

_KEY = "hub:figures:vendor"
_BOUNDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 15.0)
_logger = logging.getLogger(__name__)


def note(*, provider: str, outcome: str, seconds: float, permit: Permit | None = None) -> None:
    """Counts one request. `outcome` is `ok` or the name of the error. Without Redis nothing is counted.

    Its permit is given back on the same way; where that fails, it ends by itself.
    """
    bound = next((str(bound) for bound in _BOUNDS if seconds <= bound), "+Inf")
    try:
        with limits.connection().pipeline(transaction=False) as pipe:
            pipe.hincrby(_KEY, f"calls|{provider}|{outcome}", 1)
            pipe.hincrby(_KEY, f"seconds|{provider}|{bound}", 1)
            pipe.hincrbyfloat(_KEY, f"sum|{provider}", seconds)
            if permit is not None:
                pipe.zrem(permit.key, permit.holder)
            pipe.execute()
    except redis.RedisError:
        _logger.warning("Redis does not answer; a call to a third party was not counted")


def metrics() -> Iterator[Metric]:
    """What was counted since Redis was last emptied. Raises redis.RedisError."""
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
