"""Limits on how often something may be done, counted in Redis: exact across processes, one round trip a count.

The window is fixed and begins with the first count. django-ratelimit counts the same through the cache framework, with
three round trips, and raises where Redis is down. A limit stands before every request, so this asks Redis with one
script, and lets everybody pass where Redis does not answer: an outage must not take the API down. After a failure Redis
is left alone for some seconds, so that the outage costs few requests its timeout.
"""

import hashlib
import logging
import os
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

logger = logging.getLogger(__name__)

_COUNT = """
local used = redis.call('INCR', KEYS[1])
local left = redis.call('PTTL', KEYS[1])
if left < 0 then
    left = tonumber(ARGV[1])
    redis.call('PEXPIRE', KEYS[1], left)
end
return redis.status_reply(used .. ' ' .. left)
"""
_PAUSE_SECONDS = 5.0
_silent_until = 0.0
_own = threading.local()


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


def connection() -> redis.Redis:
    """This thread's own connection to Redis, which costs half of one from a pool; it gives up early."""
    if getattr(_own, "process", None) != os.getpid():  # a forked process must not share its parent's
        _own.process, _own.redis = os.getpid(), _connect()
    found: redis.Redis = _own.redis
    return found


class Script:
    """A Lua script of Redis. The client's own way of sending a command costs more than the command, so this goes by
    its connection.
    """

    def __init__(self, text: str) -> None:
        self._text, self._sha = text, hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()

    def __call__(self, keys: Sequence[str], arguments: Sequence[str | int]) -> Any:
        """What it answers. Raises redis.RedisError."""
        wire: Any = connection().connection
        try:
            wire.send_command("EVALSHA", self._sha, len(keys), *keys, *arguments)
            return wire.read_response()
        except (redis.exceptions.NoScriptError, redis.ConnectionError):  # a Redis that was started anew
            return connection().eval(self._text, len(keys), *keys, *arguments)


_count = Script(_COUNT)


def _connect() -> redis.Redis:
    return redis.Redis.from_url(
        settings.REDIS_URL,
        single_connection_client=True,
        socket_connect_timeout=0.25,
        socket_timeout=0.5,
        retry=Retry(NoBackoff(), retries=1),  # a Redis that was started anew costs no request its limit
        protocol=2,
    )


def count(key: str, *, limit: int, seconds: int = 60) -> Usage:
    """Counts one use of `key` and says where its limit stands. Never raises: without Redis nothing counts as used."""
    global _silent_until
    now = time.time()
    if time.monotonic() >= _silent_until:
        try:
            used, left = map(int, _count([f"hub:limit:{key}"], [seconds * 1000]).split())
            return Usage(limit, used, int(now + left / 1000) + 1)
        except redis.RedisError:
            _silent_until = time.monotonic() + _PAUSE_SECONDS
            logger.warning("Redis does not answer; limits are not enforced for the moment", exc_info=True)
    return Usage(limit, 0, int(now) + seconds)
