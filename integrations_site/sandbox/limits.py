"""Rate limits as vendors enforce them; off until the control address switches them on."""

import threading
import time
from collections import defaultdict, deque
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limit:
    """So many requests within so many seconds, for each account, or with `per_method` for each of its methods.

    With 0 seconds it is so many at once.

    `name` is what the vendor calls it; with `only` it holds for methods (paths) that end so, and for no others.
    """

    requests: int
    seconds: float
    name: str = ""
    per_method: bool = False
    only: tuple[str, ...] = ()

    def concerns(self, method: str) -> bool:
        """Whether it holds for a method."""
        return not self.only or method.endswith(self.only)


class RateLimits:
    """Counts requests in sliding windows."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._enforced: dict[str, tuple[Limit, ...]] = {}
        self._taken: defaultdict[tuple[str, Limit, str], deque[float]] = defaultdict(deque)

    def clear(self) -> None:
        """Switches all limits off."""
        with self._lock:
            self._enforced.clear()
            self._taken.clear()

    def enforce(self, vendor: str, limits: tuple[Limit, ...]) -> None:
        """From here on these limits hold for a vendor; without any, none."""
        with self._lock:
            self._enforced[vendor] = limits
            for key in [key for key in self._taken if key[0] == vendor]:
                del self._taken[key]

    def described(self) -> dict[str, list[dict[str, float | str | bool]]]:
        """The limits that are on."""
        return {
            vendor: [
                {"requests": one.requests, "seconds": one.seconds, "name": one.name, "perMethod": one.per_method}
                for one in limits
            ]
            for vendor, limits in self._enforced.items()
        }

    def take(self, vendor: str, account: str, method: str) -> tuple[Limit, float] | None:
        """Counts a request; where there were too many, the limit and the seconds until there is room again.

        Who was counted says `leave` at the end.
        """
        if not (limits := self._enforced.get(vendor)):
            return None
        now = time.monotonic()
        with self._lock:
            windows = [(one, self._window(vendor, one, account, method, now)) for one in limits if one.concerns(method)]
            for limit, window in windows:
                if len(window) >= limit.requests:
                    return limit, max(window[0] + limit.seconds - now, 0.001)
            for _, window in windows:
                window.append(now)
        return None

    def leave(self, vendor: str, account: str, method: str) -> None:
        """A request that was counted is over."""
        with self._lock:
            for limit in self._enforced.get(vendor, ()):
                taken = self._taken.get(_key(vendor, limit, account, method))
                if not limit.seconds and taken:
                    taken.popleft()

    def _window(self, vendor: str, limit: Limit, account: str, method: str, now: float) -> deque[float]:
        window = self._taken[_key(vendor, limit, account, method)]
        while limit.seconds and window and window[0] <= now - limit.seconds:
            window.popleft()
        return window


def _key(vendor: str, limit: Limit, account: str, method: str) -> tuple[str, Limit, str]:
    return vendor, limit, f"{account} {method}" if limit.per_method else account
