"""A vendor's limits are kept by all processes together, and one that keeps failing is left alone."""

import datetime as dt
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import time_machine
from django.db import connection as database

from catalog.definition import RateLimit
from connections.models import Connection
from connections.sdk.errors import ProviderUnavailable, RateLimited
from connections.services import call_figures
from connections.services.vendor_http import Pace, vendor_http
from connections.services.vendor_http.breaker import THRESHOLD
from connections.services.vendor_http.throttle import Pausing, RedisThrottle, bucket
from integrations_site.kernel import clock, limits
from integrations_site.tenancy import scope
from integrations_site.tenancy.models import Tenant
from notifications.models import Event
from tests.concurrency import run_together
from tests.connections.world import answer, make_connection, make_key_provider
from tests.receiver import Receiver, receiving

AT_ONCE = Pace(sleep=lambda _: None, chance=lambda: 0.0)


@pytest.mark.parametrize(("requests", "seconds"), [(60, 60), (100, 1), (1, 1), (3, 10), (5000, 86400)])
def test_no_window_ever_holds_more_than_the_vendor_allows(requests: int, seconds: int) -> None:
    capacity, refill = bucket(RateLimit(requests=requests, seconds=seconds))
    assert capacity + float(refill) * seconds * 1000 <= max(requests, 2) + 1e-9
    assert capacity >= 1


def test_calls_wait_in_the_order_in_which_they_came() -> None:
    waits: list[float] = []
    pace = Pace(sleep=waits.append)
    throttle = RedisThrottle("order", [RateLimit(requests=10, seconds=10)], pace, now_ms=1_000_000)
    for _ in range(4):
        throttle.wait()
    assert waits == [pytest.approx(n / 0.9, abs=0.002) for n in (1, 2, 3)]
    waits.clear()
    RedisThrottle("order", throttle.rates, pace, now_ms=1_000_000 + 20_000).wait()
    assert waits == []


def test_the_limit_holds_across_threads_and_is_told_where_it_takes_too_long() -> None:
    waits: list[float] = []
    rates = [RateLimit(requests=20, seconds=60), RateLimit(requests=1000, seconds=86400)]
    throttle = RedisThrottle("many", rates, Pace(sleep=waits.append), now_ms=5_000_000)

    def take(_: int) -> str:
        try:
            throttle.wait()
        except RateLimited as error:
            return "refused" if (error.retry_after or 0) > 30 else "wrongly refused"
        return "taken"

    with ThreadPoolExecutor(16) as pool:
        outcomes = list(pool.map(take, range(60)))
    # Two at once, then one every 10/3 seconds for the half minute that a call waits at most.
    assert (outcomes.count("taken"), outcomes.count("refused")) == (2 + 8, 50)
    assert len({round(wait, 3) for wait in waits}) == 8


def test_a_vendors_pause_holds_every_process_back() -> None:
    waits: list[float] = []
    throttle = RedisThrottle("paused", [], Pace(sleep=waits.append))
    throttle.pause(12)
    RedisThrottle("paused", [], Pace(sleep=waits.append)).wait()
    assert waits == [pytest.approx(12, abs=1)]
    throttle.pause(3600)
    with pytest.raises(RateLimited):
        throttle.wait()


def test_without_redis_calls_go_out(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("integrations_site.kernel.limits._own", type("Own", (), {})())
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    RedisThrottle("none", [RateLimit(requests=1, seconds=60)], AT_ONCE).wait()
    call_figures.note(provider="acme", outcome="ok", seconds=0.1)


@pytest.fixture
def vendor() -> Iterator[Receiver]:
    """A vendor that is down."""
    with receiving(lambda _: answer({}, 500)) as receiver:
        yield receiver


def _fail(connection: Connection, times: int) -> None:
    for _ in range(times):
        with pytest.raises(ProviderUnavailable):
            vendor_http(connection, pace=AT_ONCE).request("POST", "/a")


def _types() -> list[str]:
    return list(Event.objects.order_by("id").values_list("type", flat=True))


def test_a_vendor_that_keeps_failing_is_left_alone_and_tried_again(in_tenant: Tenant, vendor: Receiver) -> None:
    connection = make_connection(make_key_provider(vendor.url), secret={"apiKey": "k"})
    with time_machine.travel(clock.now(), tick=False) as traveller:
        _fail(connection, THRESHOLD)
        connection.refresh_from_db()
        assert connection.blocked_until == clock.now() + dt.timedelta(seconds=30)
        _fail(connection, 3)
        assert len(vendor.requests) == THRESHOLD
        traveller.shift(31)
        _fail(connection, 2)
        assert len(vendor.requests) == THRESHOLD + 1
        connection.refresh_from_db()
        assert connection.blocked_until == clock.now() + dt.timedelta(seconds=60)
        traveller.shift(61)
        vendor.respond = lambda _: answer({})
        vendor_http(connection, pace=AT_ONCE).request("GET", "/a")
        connection.refresh_from_db()
        assert (connection.failures, connection.blocked_until) == (0, None)
        assert _types() == ["connection.blocked", "connection.recovered"]


def test_refusals_prove_that_a_vendor_is_there(in_tenant: Tenant, vendor: Receiver) -> None:
    connection = make_connection(make_key_provider(vendor.url), secret={"apiKey": "k"})
    _fail(connection, THRESHOLD - 1)
    vendor.respond = lambda _: answer({}, 429)
    with pytest.raises(RateLimited):
        vendor_http(connection, pace=AT_ONCE).request("GET", "/a")
    connection.refresh_from_db()
    assert connection.failures == THRESHOLD - 1
    vendor.respond = lambda _: answer({})
    vendor_http(connection, pace=AT_ONCE).request("GET", "/a")
    connection.refresh_from_db()
    assert (connection.failures, _types()) == (0, [])


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_one_tries(tenant: Tenant, vendor: Receiver) -> None:
    with scope.tenant_scope(tenant.id):
        connection = make_connection(
            make_key_provider(vendor.url),
            secret={"apiKey": "k"},
            failures=THRESHOLD,
            blocked_until=clock.now() - dt.timedelta(seconds=1),
        )

    def call(_: int) -> None:
        with scope.tenant_scope(tenant.id):
            _fail(Connection.objects.select_related("integration__provider").get(), 1)
        database.close()

    run_together(call, 8)
    assert len(vendor.requests) == 1
    with scope.tenant_scope(tenant.id):
        connection.refresh_from_db()
        assert connection.failures == THRESHOLD + 1


def test_calls_are_counted_by_provider_and_outcome(in_tenant: Tenant, vendor: Receiver) -> None:
    provider = make_key_provider(vendor.url)
    connection = make_connection(provider, secret={"apiKey": "k"})
    limits.connection().delete("hub:figures:vendor")
    _fail(connection, 2)
    calls, seconds = call_figures.metrics()
    counted = {tuple(each.labels.values()): each.value for each in calls.samples}
    assert counted[provider.provider, "ProviderUnavailable"] == 2
    timed = {each.labels.get("le"): each.value for each in seconds.samples if provider.provider in each.labels.values()}
    assert timed["+Inf"] == 2


def test_a_connection_without_limits_learns_of_a_pause_within_a_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    shared = RedisThrottle(f"unlimited-{uuid.uuid4()}", [], Pace(sleep=lambda _: None, chance=lambda: 0.0))
    mine, other = Pausing(shared), Pausing(shared)
    assert mine.wait() is None
    other.pause(3600)
    with pytest.raises(RateLimited):
        other.wait()
    monkeypatch.setattr("connections.services.vendor_http.throttle._MOMENT_SECONDS", 0.0)
    with pytest.raises(RateLimited):
        mine.wait()
