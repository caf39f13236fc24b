"""How many requests were served, how they ended, and how long they took."""

from functools import cache

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.multiprocess import MultiProcessCollector

from integrations_site.operation.metrics import workers

_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

_own = CollectorRegistry()
_requests = Counter(
    "hub_http_requests", "Requests by view, method and status.", ["view", "method", "status"], registry=_own
)
_seconds = Histogram(
    "hub_http_request_seconds", "Time until the answer began.", ["view", "method"], buckets=_BUCKETS, registry=_own
)


def count(*, view: str, method: str, status: int, seconds: float) -> None:
    """Counts one request. `view` is the route, not the path, so that the number of series is bounded."""
    number, duration = _series(view, method if method in _METHODS else "OTHER", status)
    number.inc()
    duration.observe(seconds)


@cache
def _series(view: str, method: str, status: int) -> tuple[Counter, Histogram]:
    """The figures of requests that are alike: to look them up by their labels takes as long as to count."""
    return _requests.labels(view, method, str(status)), _seconds.labels(view, method)


def registry() -> CollectorRegistry:
    """The figures of this process, or of all workers where they count together."""
    if not workers.are_shared():
        return _own
    together = CollectorRegistry()
    MultiProcessCollector(together)  # type: ignore[no-untyped-call]
    return together
