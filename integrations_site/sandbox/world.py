"""All that the sandbox knows while it runs. `reset` brings it back to its first moment."""

import threading
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from integrations_site.sandbox.accounts import Account
from integrations_site.sandbox.clock import Clock
from integrations_site.sandbox.data import Mutation, Shape, Table
from integrations_site.sandbox.faults import Faults
from integrations_site.sandbox.limits import RateLimits
from integrations_site.sandbox.paging import Pages
from integrations_site.sandbox.tokens import TokenStore

_KEPT_CALLS = 2_000
_KEPT_WEBHOOKS = 500


@dataclass(frozen=True, slots=True)
class Call:
    """A request that the sandbox answered."""

    at: str
    method: str
    path: str
    query: str
    status: int
    fault: str | None


class CallLog:
    """What was called: counted for good, and the latest in full."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[tuple[str, str]] = Counter()
        self._latest: deque[Call] = deque(maxlen=_KEPT_CALLS)

    def note(self, call: Call) -> None:
        """Remembers a call."""
        with self._lock:
            self._counts[call.method, call.path] += 1
            self._latest.append(call)

    def clear(self) -> None:
        """Forgets all."""
        with self._lock:
            self._counts.clear()
            self._latest.clear()

    def described(self, path: str = "") -> dict[str, Any]:
        """Counts and the latest calls, newest first, of paths that begin with `path`."""
        with self._lock:
            counts, latest = dict(self._counts), list(self._latest)
        counted = [
            {"method": method, "path": called, "count": count}
            for (method, called), count in sorted(counts.items(), key=lambda item: item[0][::-1])
            if called.startswith(path)
        ]
        shown = [asdict(call) for call in reversed(latest) if call.path.startswith(path)]
        total = sum(count for (_, called), count in counts.items() if called.startswith(path))
        return {"total": total, "counts": counted, "latest": shown}


class World:
    """Records, tokens, faults, limits and the log of one sandbox.

    `records` is how many of each entity an account has whose share is 1.
    """

    def __init__(self, *, seed: int = 1, records: int = 60) -> None:
        self.seed = seed
        self.size = records
        self.clock = Clock()
        self.tokens = TokenStore(self.clock)
        self.faults = Faults()
        self.limits = RateLimits()
        self.calls = CallLog()
        self.pages = Pages()
        self.lifetimes: dict[str, float | None] = {}
        self.switches: dict[str, Any] = {}
        self.webhooks: deque[dict[str, Any]] = deque(maxlen=_KEPT_WEBHOOKS)
        self.mutations: list[tuple[str, str, Mutation]] = []
        self.kept: dict[Any, Any] = {}
        self._tables: dict[tuple[str, str, str], Table] = {}
        self._lock = threading.RLock()

    def table(self, vendor: str, account: Account, shape: Shape, *, part: str = "", share: float = 1.0) -> Table:
        """The records of this entity of this account.

        `part` divides an entity, as channels divide messages; `share` is how much of the account's number it has.
        """
        key = (vendor, account.key, f"{shape.entity}/{part}" if part else shape.entity)
        table = self._tables.get(key)
        if table is not None:
            return table
        with self._lock:
            if key not in self._tables:
                size = int(self.size * account.share * share)
                seed = f"{self.seed}/{vendor}/{account.key}{part and '/'}{part}"
                self._tables[key] = Table(shape, account=account.key, seed=seed, size=size, clock=self.clock)
            return self._tables[key]

    def mutate(self, vendor: str, table: Table, act: Callable[[], list[Mutation]]) -> list[Mutation]:
        """Does something to records and writes it down, in the order in which it happened."""
        with self._lock:
            done = act()
            self.mutations.extend((vendor, table.account, mutation) for mutation in done)
        return done

    def mutations_of(self, vendor: str, account: Account) -> list[Mutation]:
        """What was done to the records of an account, oldest first."""
        with self._lock:
            return [done for where, key, done in self.mutations if (where, key) == (vendor, account.key)]

    def keep(self, key: Any, make: Callable[[], Any]) -> Any:
        """What is kept under this key until the reset, made where it is not there yet."""
        with self._lock:
            if key not in self.kept:
                self.kept[key] = make()
            return self.kept[key]

    def reset(self, *, seed: int | None = None, records: int | None = None) -> None:
        """As it was when it started, or with another seed and number of records."""
        with self._lock:
            self.seed = self.seed if seed is None else seed
            self.size = self.size if records is None else records
            self.clock.advanced = 0.0
            for kept in (self.tokens, self.faults, self.limits, self.calls, self.pages, self.lifetimes):
                kept.clear()
            for held in (self.switches, self.webhooks, self.mutations, self.kept, self._tables):
                held.clear()
