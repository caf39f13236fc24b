"""Errors that pass by themselves: contention, and a database that is away for a moment."""

import random
import time
from collections.abc import Callable
from typing import TypeVar

from django.db import InterfaceError, OperationalError, connection

from integrations_site.kernel.errors import TransientError

T = TypeVar("T")
ATTEMPTS = 5
_FIRST_SECONDS, _LONGEST_SECONDS = 0.05, 2.0


def is_transient(error: Exception) -> bool:
    """Whether the same call may succeed later: deadlocks, lock time-outs and lost connections are OperationalErrors."""
    return isinstance(error, TransientError | OperationalError | InterfaceError)


def persistently(call: Callable[[], T], *, attempts: int = ATTEMPTS, wait: Callable[[float], None] = time.sleep) -> T:
    """What `call` returns, tried again after transient errors, each time after up to twice as long as the time before.

    The waits are random up to their limit, so that what collided does not collide again. Other errors, and the last
    transient one, are raised. `call` must be outside any transaction, and safe to repeat.
    """
    for attempt in range(1, attempts):
        try:
            return call()
        except Exception as error:
            if not is_transient(error):
                raise
        if not connection.in_atomic_block:
            connection.close_if_unusable_or_obsolete()
        wait(random.uniform(0, min(_FIRST_SECONDS * 2**attempt, _LONGEST_SECONDS)))  # noqa: S311 - no secret
    return call()
