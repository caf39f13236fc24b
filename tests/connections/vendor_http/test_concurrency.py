"""No more calls are under way at once than a vendor allows, whoever makes them, and no permit is ever lost."""

import threading
import time
from collections.abc import Iterator
from typing import Any, cast

import pytest
from django.db import connection as database

from connections.models import Connection
from connections.sdk.errors import ProviderRejected, RateLimited
from connections.services.vendor_http import Pace, vendor_http
from connections.services.vendor_http.throttle import RedisThrottle
from integrations_site.kernel import limits
from integrations_site.kernel.http import shared_client
from integrations_site.tenancy import scope
from integrations_site.tenancy.models import Tenant
from tests.concurrency import run_together
from tests.connections.world import answer, make_connection, make_key_provider
from tests.receiver import Answer, Received, Receiver, receiving

AT_ONCE = Pace(sleep=lambda _: None, chance=lambda: 0.0)


class Counting:
    """Answers slowly, and counts how many it answers at the same time."""

    def __init__(self) -> None:
        self.most = self._now = 0
        self._lock = threading.Lock()

    def __call__(self, _: Received) -> Answer:
        with self._lock:
            self._now += 1
            self.most = max(self.most, self._now)
        time.sleep(0.05)
        with self._lock:
            self._now -= 1
        return answer({})


@pytest.fixture
def vendor() -> Iterator[Receiver]:
    """A vendor that takes its time."""
    with receiving(Counting()) as receiver:
        yield receiver


@pytest.mark.django_db(transaction=True)
def test_many_processes_at_once_keep_to_it(tenant: Tenant, vendor: Receiver) -> None:
    with scope.tenant_scope(tenant.id):
        provider = make_key_provider(vendor.url, connection={"maxConcurrent": 2})
        connection = make_connection(provider, secret={"apiKey": "k"})

    def call(_: int) -> None:
        with scope.tenant_scope(tenant.id):
            row = Connection.objects.select_related("integration__provider").get(pk=connection.pk)
            vendor_http(row).request("GET", "/a")
        database.close()

    run_together(call, 10)
    assert isinstance(vendor.respond, Counting)
    assert (len(vendor.requests), vendor.respond.most) == (10, 2)


def throttle(name: str, *, now_ms: int | None = None, most: int = 2) -> RedisThrottle:
    """One that nobody waits for."""
    return RedisThrottle(name, [], AT_ONCE, max_concurrent=most, now_ms=now_ms)


def _waiting(name: str) -> int:
    return int(limits.connection().zcard(f"hub:limit:vendor:{name}:line"))


def _holder(name: str) -> str:
    [holder] = cast(list[bytes], limits.connection().zrange(f"hub:limit:vendor:{name}:open", 0, -1))
    return holder.decode()


def test_a_permit_is_given_back_and_another_takes_it() -> None:
    first, second = throttle("permits").wait(), throttle("permits").wait()
    with pytest.raises(RateLimited, match="at once"):
        throttle("permits").wait()
    throttle("permits").release(first)
    third = throttle("permits").wait()
    assert third not in (None, first, second)
    with pytest.raises(RateLimited):
        throttle("permits").wait()


def test_who_came_first_is_first_however_busy_others_are() -> None:
    """A permit that becomes free is that of who waits longest, and of nobody who asks at the right moment."""
    held = throttle("line", most=1).wait()
    refused: list[RateLimited] = []

    def give_back(_: float) -> None:
        throttle("any").release(held)
        with pytest.raises(RateLimited) as told:
            throttle("line", most=1).wait(time.monotonic() + 0.1)
        refused.append(told.value)

    mine = RedisThrottle("line", [], Pace(sleep=give_back), max_concurrent=1).wait()
    assert mine is not None
    assert ([error.retry_after for error in refused], mine.holder) == ([None], _holder("line"))
    assert _waiting("line") == 0


def test_who_waits_and_is_killed_keeps_its_place_for_a_moment_only() -> None:
    held = throttle("left", now_ms=1_000_000, most=1).wait()

    def die(_: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        RedisThrottle("left", [], Pace(sleep=die), max_concurrent=1, now_ms=1_000_000).wait()
    assert _waiting("left") == 1
    throttle("any").release(held)
    with pytest.raises(RateLimited):
        throttle("left", now_ms=1_001_000, most=1).wait(time.monotonic() + 0.1)
    assert throttle("left", now_ms=1_003_000, most=1).wait() is not None


def test_what_a_killed_process_held_is_free_after_the_longest_call() -> None:
    for _ in range(2):
        throttle("killed", now_ms=1_000_000).wait()
    with pytest.raises(RateLimited):
        throttle("killed", now_ms=1_000_000 + 19_000).wait()
    for _ in range(2):
        assert throttle("killed", now_ms=1_000_000 + 21_000).wait()


def test_a_refused_call_takes_neither_token_nor_permit() -> None:
    one = throttle("refused", most=1)
    one.pause(3600)
    with pytest.raises(RateLimited, match="used up"):
        one.wait()
    assert limits.connection().zcard("hub:limit:vendor:refused:open") == 0


def test_every_call_gives_its_permit_back(in_tenant: Tenant, vendor: Receiver) -> None:
    provider = make_key_provider(vendor.url, connection={"maxConcurrent": 1})
    connection = make_connection(provider, secret={"apiKey": "k"})
    key = f"hub:limit:vendor:{connection.public_id}:open"
    vendor.respond = lambda _: answer({}, 429)
    with pytest.raises(RateLimited):
        vendor_http(connection, pace=AT_ONCE).request("GET", "/a")
    assert (len(vendor.requests), limits.connection().zcard(key)) == (4, 0)
    with pytest.raises(ProviderRejected):
        vendor_http(connection, pace=AT_ONCE).request("GET", "/a", headers={"Host": "x"})
    assert limits.connection().zcard(key) == 0


def test_without_redis_nobody_is_kept_out(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("integrations_site.kernel.limits._own", type("Own", (), {})())
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    for _ in range(3):
        throttle("away", most=1).wait()


@pytest.mark.django_db
def test_an_answer_that_holds_everything_may_take_longer_and_keeps_its_permit(
    in_tenant: Tenant, vendor: Receiver, settings: Any
) -> None:
    shared_client()  # which is made once, with the settings of then
    settings.OUTGOING_TIMEOUT_SECONDS = 0.01
    provider = make_key_provider(vendor.url, connection={"maxConcurrent": 1})
    http = vendor_http(make_connection(provider, secret={"apiKey": "k"}), pace=AT_ONCE)
    held: list[float] = []

    def slowly(received: Received) -> Answer:
        held.extend(_permits())
        return Counting()(received)

    vendor.respond = slowly
    assert http.request("GET", "/report", is_long=True).status == 200
    assert 60 < max(held) - time.time() < 300


def _permits() -> list[float]:
    """Until when (Unix time) each call counts as under way."""
    redis = cast(Any, limits.connection())
    return [score / 1000 for key in redis.keys("*:open") for _, score in redis.zrange(key, 0, -1, withscores=True)]
