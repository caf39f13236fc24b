"""Limits on how often something may be done, counted in Redis: exact across processes, one round trip a count.

The window is fixed and begins with the first count. django-ratelimit counts the same through the cache framework, with
three round trips, and raises where Redis is down. A limit stands before every request, so this asks Redis with one
script, and lets everybody pass where Redis does not answer: an outage must not take the API down. After a failure Redis
is left alone for some seconds, so that the outage costs few requests its timeout.
"""

import logging
import time
from dataclasses import dataclass
from functools import cache

import redis
from django.conf import settings
from redis.commands.core import Script

logger = logging.getLogger(__name__)

_COUNT = """
local used = redis.call('INCR', KEYS[1])
local left = redis.call('PTTL', KEYS[1])
if left < 0 then
    left = tonumber(ARGV[1])
    redis.call('PEXPIRE', KEYS[1], left)
end
return {used, left}
"""
_PAUSE_SECONDS = 5.0
_silent_until = 0.0


@dataclass(frozen=True, slots=True)
class Usage:
    """Where a limit stands after a count: what remains in the window, and when it ends (seconds since 1970)."""

    limit: int
    used: int
    resets_at: int

    @property
    def remaining(self) -> int:
        """How often more it may be done in this window."""
        return max(self.limit - self.used, 0)

    @property
    def is_exceeded(self) -> bool:
        """Whether the present count is over the limit."""
        return self.used > self.limit

    @property
    def retry_after(self) -> int:
        """Whole seconds until the window ends, at least one."""
        return max(self.resets_at - int(time.time()), 1)


@cache
def connection() -> redis.Redis:
    """The connections to Redis that limits are counted on; they give up early."""
    return redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=0.25, socket_timeout=0.5, protocol=2)


@cache
def _script() -> Script:
    return connection().register_script(_COUNT)


def count(key: str, *, limit: int, seconds: int = 60) -> Usage:
    """Counts one use of `key` and says where its limit stands. Never raises: without Redis nothing counts as used."""
    global _silent_until
    now = time.time()
    if time.monotonic() >= _silent_until:
        try:
            used, left = _script()(keys=[f"hub:limit:{key}"], args=[seconds * 1000])
            return Usage(limit, used, int(now + left / 1000) + 1)
        except redis.RedisError:
            _silent_until = time.monotonic() + _PAUSE_SECONDS
            logger.warning("Redis does not answer; limits are not enforced for the moment", exc_info=True)
    return Usage(limit, 0, int(now) + seconds)
