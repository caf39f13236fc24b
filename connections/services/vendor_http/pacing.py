"""When a request is sent again, and how long that waits."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass

from connections.sdk.errors import ProviderUnavailable, RateLimited, VendorError

ATTEMPTS = 4
# Longer than this nobody waits inside a call: whoever called decides when to come back.
LONGEST_WAIT_SECONDS = 30.0
_FIRST_SECONDS, _LONGEST_BACKOFF_SECONDS = 0.5, 20.0
_UNREADABLE_SECONDS = 1.0
# Not that of the process, which may be seeded: it is asked by threads, at any time.
_CHANCE = random.Random()  # noqa: S311 - no secret


@dataclass(frozen=True, slots=True)
class Pace:
    """Waiting, and chance; tests have their own."""

    sleep: Callable[[float], None] = time.sleep
    chance: Callable[[], float] = _CHANCE.random

    def wait_before_retry(self, error: VendorError, *, attempt: int, is_repeatable: bool) -> float | None:
        """Seconds until the request may be sent once more after its `attempt`-th (from 1) failed; None: not at all.

        What the vendor says is obeyed, whatever the error. After a rate limit any request may, since nothing was done.
        Otherwise those that do no harm twice, after a time between nothing and an exponentially growing bound (full
        jitter).
        """
        if attempt >= ATTEMPTS or error.told_to_retry is False:
            return None
        if isinstance(error, RateLimited) and error.retry_after is not None:
            return error.retry_after if error.retry_after <= LONGEST_WAIT_SECONDS else None
        may_pass = isinstance(error, ProviderUnavailable) or error.told_to_retry
        if isinstance(error, RateLimited) or (may_pass and is_repeatable):
            return self.chance() * min(_LONGEST_BACKOFF_SECONDS, _FIRST_SECONDS * 2.0 ** (attempt - 1))
        return None

    def wait_after_unreadable(self, attempt: int) -> float:
        """Seconds, at least half of what doubles each time: what stands in the vendor's place needs some to go away."""
        return _UNREADABLE_SECONDS * 2.0 ** (attempt - 1) * (1 + self.chance()) / 2
