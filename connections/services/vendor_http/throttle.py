"""A vendor's limits, kept for each connection by all processes together, in Redis, with one round trip a call: token
buckets, and so many calls at once.

A bucket holds a part of what the window allows and is refilled with the rest of it over the window, so that in no
window, wherever it begins, more is sent than the vendor allows. A call takes its token at once, if need be one that
is yet to come, and waits until then: calls are let through in the order in which they came. A call that is under way
holds a permit, which ends by itself after the longest time that a call can take; who waits for one has a place in a
line, which it loses where it ceases to look: a process that was killed keeps nobody out. Without Redis nothing is held
back; then the vendor's own answers do.
"""

import logging
import os
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

import redis
from django.conf import settings

from catalog.definition import RateLimit
from connections.sdk.errors import RateLimited
from connections.services.vendor_http.pacing import LONGEST_WAIT_SECONDS, Pace
from integrations_site.kernel import limits

_logger = logging.getLogger(__name__)
_LONG_WINDOW_SECONDS = 3600
# How often a call looks whether its turn has come: the next in the line, and those far behind. Who has not looked for
# longer is not there any more.
_LOOK_SECONDS, _LONGEST_LOOK_SECONDS, _GONE_MS = 0.02, 0.25, 2000
# How long a process goes by what it last knew of a pause.
_MOMENT_SECONDS = 0.25
# A permit holds longer than the HTTP door gives a call.
_MARGIN_SECONDS = 5.0
_ADMITTED, _REFUSED, _FULL = 0, 1, 2

# KEYS: the connection's hash, its permits by their end, and who waits for one, by its place in the line and until when
# it is known to be there. ARGV: now in ms (or "" for Redis' own clock), the longest wait in ms, who wants a permit, how
# many there are (0: any number), how long one holds in ms, how long a place in the line does, then for each bucket its
# capacity and its refill for each ms. Answers 0 and the wait in ms; 1: refused, and how long it would be; 2: how many
# permits must become free first. Nothing is taken unless the answer is 0.
_TAKE = """
local now = tonumber(ARGV[1])
if not now then
    local t = redis.call('TIME')
    now = t[1] * 1000 + math.floor(t[2] / 1000)
end
local longest, wait, left, keep = tonumber(ARGV[2]), 0, {}, 60000
local most, hold, stays = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
local stored = redis.call('HMGET', KEYS[1], 'at', 'paused')
local at, paused = tonumber(stored[1]) or now, tonumber(stored[2]) or 0
now = math.max(now, at)
if paused > now then
    wait = paused - now
end
for i = 7, #ARGV, 2 do
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
    return {1, wait}
end
if most > 0 then
    redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now)
    for _, gone in ipairs(redis.call('ZRANGEBYSCORE', KEYS[4], '-inf', now)) do
        redis.call('ZREM', KEYS[3], gone)
        redis.call('ZREM', KEYS[4], gone)
    end
    local before = redis.call('ZRANK', KEYS[3], ARGV[3]) or redis.call('ZCARD', KEYS[3])
    local free = most - redis.call('ZCARD', KEYS[2])
    if before >= free then
        local last = redis.call('ZRANGE', KEYS[3], -1, -1, 'WITHSCORES')[2]
        redis.call('ZADD', KEYS[3], 'NX', (tonumber(last) or 0) + 1, ARGV[3])
        redis.call('ZADD', KEYS[4], now + stays, ARGV[3])
        redis.call('PEXPIRE', KEYS[3], hold + 60000)
        redis.call('PEXPIRE', KEYS[4], hold + 60000)
        return {2, before - free + 1}
    end
    redis.call('ZREM', KEYS[3], ARGV[3])
    redis.call('ZREM', KEYS[4], ARGV[3])
    redis.call('ZADD', KEYS[2], now + wait + hold, ARGV[3])
    redis.call('PEXPIRE', KEYS[2], hold + 60000)
end
redis.call('HSET', KEYS[1], 'at', now)
for i, tokens in pairs(left) do
    redis.call('HSET', KEYS[1], 'b' .. i, tostring(tokens))
end
redis.call('PEXPIRE', KEYS[1], keep + longest)
return {0, wait}
"""
_take = limits.Script(_TAKE)
_PAUSE = """
local t = redis.call('TIME')
local until_ms = t[1] * 1000 + math.floor(t[2] / 1000) + tonumber(ARGV[1])
if until_ms > (tonumber(redis.call('HGET', KEYS[1], 'paused')) or 0) then
    redis.call('HSET', KEYS[1], 'paused', until_ms)
end
redis.call('PEXPIRE', KEYS[1], math.max(redis.call('PTTL', KEYS[1]), tonumber(ARGV[1]) + 60000))
"""


@dataclass(frozen=True, slots=True)
class Permit:
    """One of the calls that may be under way at once: where it is held, and by whom."""

    key: str
    holder: str


class Throttle(Protocol):
    """Holds calls back."""

    def wait(self, deadline: float | None = None, *, seconds: float | None = None) -> Permit | None:
        """Returns when a call may be made, with its permit where the vendor limits how many are under way.

        It may take so many `seconds`, as others unless they are told. Raises RateLimited where that takes too long, or
        until after the deadline (on the monotonic clock).
        """

    def release(self, permit: Permit | None) -> None:
        """The call is over. Where that cannot be said, its permit ends by itself."""

    def pause(self, seconds: float) -> None:
        """The vendor wants no call before so many seconds."""


class Unthrottled:
    """Holds nothing back: for single calls outside any connection."""

    def wait(self, deadline: float | None = None, *, seconds: float | None = None) -> None:
        return

    def release(self, permit: Permit | None) -> None:
        return

    def pause(self, seconds: float) -> None:
        return


class Pausing:
    """For a connection whose vendor states no limits: only what the vendor asked for in an answer holds calls back.

    Where another process was asked, this one learns of it within a moment; asking Redis each time costs as much as a
    good part of a call.
    """

    def __init__(self, throttle: "RedisThrottle") -> None:
        self._throttle, self._looked_at = throttle, float("-inf")

    def wait(self, deadline: float | None = None, *, seconds: float | None = None) -> Permit | None:
        if time.monotonic() - self._looked_at > _MOMENT_SECONDS:
            self._throttle.wait(deadline, seconds=seconds)
            self._looked_at = time.monotonic()
        return None

    def release(self, permit: Permit | None) -> None:
        return

    def pause(self, seconds: float) -> None:
        self._throttle.pause(seconds)
        self._looked_at = float("-inf")


@dataclass(frozen=True, slots=True)
class RedisThrottle:
    """The limits of one connection, exact across processes. `now_ms` stands for Redis' clock in tests.

    At most `max_concurrent` calls are under way at once, and others wait in the order in which they came; None: any
    number.
    """

    name: str
    rates: Sequence[RateLimit]
    pace: Pace
    max_concurrent: int | None = None
    now_ms: int | None = None

    def wait(self, deadline: float | None = None, *, seconds: float | None = None) -> Permit | None:
        left = LONGEST_WAIT_SECONDS if deadline is None else min(LONGEST_WAIT_SECONDS, deadline - time.monotonic())
        permit = Permit(f"{self._key}:open", os.urandom(8).hex()) if self.max_concurrent else None
        held = (seconds or settings.OUTGOING_TIMEOUT_SECONDS) + _MARGIN_SECONDS
        while (found := self._take(permit, held, max(left, 0.0)))[0] == _FULL:
            pause = min(_LOOK_SECONDS * found[1], _LONGEST_LOOK_SECONDS)
            if left <= pause:
                self._leave(permit)
                # Nobody knows when one ends: who comes back, comes back later each time.
                raise RateLimited("As many calls as the vendor allows at once are under way, for too long")
            self.pace.sleep(pause)
            left -= pause
        outcome, seconds = found
        if outcome == _REFUSED:
            raise RateLimited("The vendor's limit for this connection is used up", retry_after=seconds)
        if seconds:
            self.pace.sleep(seconds)
        return permit

    def release(self, permit: Permit | None) -> None:
        if permit is None:
            return
        try:
            limits.connection().zrem(permit.key, permit.holder)
        except redis.RedisError:
            _logger.warning("Redis does not answer; a call that is over counts as under way for a while")

    def pause(self, seconds: float) -> None:
        try:
            limits.connection().eval(_PAUSE, 1, self._key, round(seconds * 1000))
        except redis.RedisError:
            _logger.warning("Redis does not answer; other processes do not learn of a vendor's pause")

    def _take(self, permit: Permit | None, held_seconds: float, longest_seconds: float) -> tuple[int, float]:
        """What became of it, and the seconds to wait, or how many calls must end first."""
        figures = [figure for rate in self.rates for figure in bucket(rate)]
        holder = permit.holder if permit else ""
        try:
            outcome, told = _take(
                [self._key, f"{self._key}:open", *self._line],
                [
                    *("" if self.now_ms is None else self.now_ms, round(longest_seconds * 1000)),
                    *(holder, self.max_concurrent or 0, round(held_seconds * 1000), _GONE_MS, *figures),
                ],
            )
        except redis.RedisError:
            _logger.warning("Redis does not answer; the limits of vendors are not kept for the moment")
            return _ADMITTED, 0.0
        return int(outcome), int(told) if outcome == _FULL else int(told) / 1000

    def _leave(self, permit: Permit | None) -> None:
        """Gives the place in the line up. Where that fails it is lost in a moment."""
        with suppress(redis.RedisError):
            for name in self._line:
                limits.connection().zrem(name, permit.holder if permit else "")

    @property
    def _line(self) -> tuple[str, str]:
        return f"{self._key}:line", f"{self._key}:waits"

    @property
    def _key(self) -> str:
        return f"hub:limit:vendor:{self.name}"


def bucket(rate: RateLimit) -> tuple[int, str]:
    """Capacity, and refill for each millisecond. Over a long window half may go at once, else a tenth."""
    share = 2 if rate.seconds >= _LONG_WINDOW_SECONDS else 10
    capacity = max(1, rate.requests // share)
    refill = max(rate.requests - capacity, 1) / (rate.seconds * 1000)
    return capacity, repr(refill)
