"""A vendor's limits, kept for each connection by all processes together: token buckets in Redis, one round trip a call.

A bucket holds a part of what the window allows and is refilled with the rest of it over the window, so that in no
window, wherever it begins, more is sent than the vendor allows. A call takes its token at once, if need be one that
is yet to come, and waits until then: calls are let through in the order in which they came. Without Redis nothing is
held back; then the vendor's own answers do.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import redis

from catalog.definition import RateLimit
from connections.sdk.errors import RateLimited
from connections.services.vendor_http.pacing import LONGEST_WAIT_SECONDS, Pace
from integrations_site.kernel import limits

_logger = logging.getLogger(__name__)
_LONG_WINDOW_SECONDS = 3600

# KEYS: the connection's hash. ARGV: now in ms (or "" for Redis' own clock), the longest wait in ms, then for each
# bucket its capacity and its refill for each ms. Answers the wait in ms; below 0: refused, and how long it would be.
_TAKE = """
local now = tonumber(ARGV[1])
if not now then
    local t = redis.call('TIME')
    now = t[1] * 1000 + math.floor(t[2] / 1000)
end
local longest, wait, left, keep = tonumber(ARGV[2]), 0, {}, 60000
local stored = redis.call('HMGET', KEYS[1], 'at', 'paused')
local at, paused = tonumber(stored[1]) or now, tonumber(stored[2]) or 0
now = math.max(now, at)
if paused > now then
    wait = paused - now
end
for i = 3, #ARGV, 2 do
    local capacity, refill = tonumber(ARGV[i]), tonumber(ARGV[i + 1])
    local tokens = tonumber(redis.call('HGET', KEYS[1], 'b' .. i)) or capacity
    tokens = math.min(capacity, tokens + (now - at) * refill) - 1
    if tokens < 0 then
        wait = math.max(wait, math.ceil(-tokens / refill))
    end
    left[i] = tokens
    keep = math.max(keep, math.ceil(capacity / refill))
end
if wait > longest then
    return -wait
end
redis.call('HSET', KEYS[1], 'at', now)
for i, tokens in pairs(left) do
    redis.call('HSET', KEYS[1], 'b' .. i, tostring(tokens))
end
redis.call('PEXPIRE', KEYS[1], keep + longest)
return wait
"""
_PAUSE = """
local t = redis.call('TIME')
local until_ms = t[1] * 1000 + math.floor(t[2] / 1000) + tonumber(ARGV[1])
if until_ms > (tonumber(redis.call('HGET', KEYS[1], 'paused')) or 0) then
    redis.call('HSET', KEYS[1], 'paused', until_ms)
end
redis.call('PEXPIRE', KEYS[1], math.max(redis.call('PTTL', KEYS[1]), tonumber(ARGV[1]) + 60000))
"""


class Throttle(Protocol):
    """Holds calls back."""

    def wait(self) -> None:
        """Returns when a call may be made. Raises RateLimited where that takes too long."""

    def pause(self, seconds: float) -> None:
        """The vendor wants no call before so many seconds."""


class Unthrottled:
    """Holds nothing back: for single calls outside any connection."""

    def wait(self) -> None:
        return

    def pause(self, seconds: float) -> None:
        return


@dataclass(frozen=True, slots=True)
class RedisThrottle:
    """The limits of one connection, exact across processes. `now_ms` stands for Redis' clock in tests."""

    name: str
    rates: Sequence[RateLimit]
    pace: Pace
    now_ms: int | None = None

    def wait(self) -> None:
        milliseconds = self._take()
        if milliseconds < 0:
            raise RateLimited("The vendor's limit for this connection is used up", retry_after=-milliseconds / 1000)
        if milliseconds:
            self.pace.sleep(milliseconds / 1000)

    def pause(self, seconds: float) -> None:
        try:
            limits.connection().eval(_PAUSE, 1, self._key, round(seconds * 1000))
        except redis.RedisError:
            _logger.warning("Redis does not answer; other processes do not learn of a vendor's pause")

    def _take(self) -> int:
        figures = [figure for rate in self.rates for figure in bucket(rate)]
        try:
            return int(
                limits.connection().eval(
                    *(_TAKE, 1, self._key),
                    *("" if self.now_ms is None else self.now_ms, round(LONGEST_WAIT_SECONDS * 1000), *figures),
                )
            )
        except redis.RedisError:
            _logger.warning("Redis does not answer; the limits of vendors are not kept for the moment")
            return 0

    @property
    def _key(self) -> str:
        return f"hub:limit:vendor:{self.name}"


def bucket(rate: RateLimit) -> tuple[int, str]:
    """Capacity, and refill for each millisecond. Over a long window half may go at once, else a tenth."""
    share = 2 if rate.seconds >= _LONG_WINDOW_SECONDS else 10
    capacity = max(1, rate.requests // share)
    refill = max(rate.requests - capacity, 1) / (rate.seconds * 1000)
    return capacity, repr(refill)
