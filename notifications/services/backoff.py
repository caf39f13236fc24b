"""How long to wait before something is tried again."""

import datetime as dt
import random

_JITTER = 0.1


def jittered(seconds: float) -> dt.timedelta:
    """About `seconds`, up to a tenth more or less, so that what failed together is not tried again together."""
    return dt.timedelta(seconds=seconds * random.uniform(1 - _JITTER, 1 + _JITTER))  # noqa: S311 - no secret


def exponential(attempt: int, *, first: float, longest: float) -> dt.timedelta:
    """The wait after the `attempt`-th failure: `first` seconds, then twice as long each time up to `longest`."""
    return jittered(min(first * 2 ** (attempt - 1), longest))
