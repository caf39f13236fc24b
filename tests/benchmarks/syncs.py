"""Syncs of a vendor's list into PostgreSQL: the first, one where nothing changed, an increment, and a slow vendor.

They are compared with dlt, which loads the same lists of the same vendor, and the first with COPY into a keyed table.
First syncs of two lists of the sandbox stand beside them.
Every load goes into a database of its own, whose tables nobody has analysed. Our side is a process that has in it what
a worker has.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass, field
from itertools import count as count_up
from pathlib import Path
from typing import Any

import psycopg

from tests.benchmarks import hub
from tests.benchmarks.bench import Bench
from tests.benchmarks.copying import copied
from tests.benchmarks.errors import BenchmarkError
from tests.benchmarks.peer_environment import ensure_peers
from tests.benchmarks.report import Goal, Row
from tests.benchmarks.sampling import Sample, interleave, ratio
from tests.benchmarks.spoken import Spoken
from tests.benchmarks.sync_material import connected
from tests.benchmarks.sync_sandbox import read, sandbox

PEERS = Path(__file__).with_name("peers")
CHANGED = 1_000
DELAY_MS, PAGE = 50, 100
# When a record was changed that was (`peers/vendor.py`), as each list is asked.
_SINCE = {"payments": "1795000000", "invoices": "2026-11-01T00:00:00Z"}
_FIRST = {"payments": Goal(4, 7), "invoices": Goal(3, 4.5)}
_FROM_SANDBOX = {"payment_intents": Goal(4, 7), "orders": Goal(3, 4.5)}
_NO_SEARCH = "DROP INDEX record_by_word"


@dataclass(slots=True)
class _Loads:
    """The seconds of a first load, of another without changes and of an increment, and the memory afterwards."""

    first: float
    again: float = 0.0
    increment: float = 0.0
    rss_mb: float = 0.0


@dataclass(slots=True)
class _Sides:
    """Both sides' ways to load a list, each into a database that is dropped right after it."""

    bench: Bench
    address: str
    python: Path
    made: Iterator[int] = field(default_factory=count_up)

    def ours(self, name: str, count: int, *, whole: bool = True, searched: bool = True, delay: int = 0) -> _Loads:
        """A new tenant's syncs, the later ones only where `whole`. Raises BenchmarkError."""
        with self._database(self.bench.hub_template) as url, self._worker(url, name, searched) as worker:
            first = _checked(worker.ask(f"{count}-0-{delay}", "full"), processed=count, unchanged=0)
            loads = _Loads(first["seconds"], rss_mb=first["rss_mb"])
            if whole:
                again = worker.ask(f"{count}-0-{delay}", "full")
                loads.again = _checked(again, processed=count, unchanged=count)["seconds"]
                changed = min(CHANGED, count)
                more = worker.ask(f"{count}-{changed}-{delay}", "incremental")
                loads.increment = _checked(more, processed=changed, unchanged=0)["seconds"]
        what = name if searched else f"{name} without search"
        return self._noted("ours", what, count, delay, loads)

    def dlt(self, name: str, count: int, *, whole: bool = True, delay: int = 0) -> _Loads:
        """The same with dlt."""
        with self._database(None) as url, self._peer(url, name) as peer:
            first = _rows(peer.ask(f"{count}-0-{delay}", "-"), count)
            loads = _Loads(first["seconds"], rss_mb=first["rss_mb"])
            if whole:
                loads.again = _rows(peer.ask(f"{count}-0-{delay}", "-"), count)["seconds"]
                more = peer.ask(f"{count}-{min(CHANGED, count)}-{delay}", _SINCE[name])
                loads.increment = _rows(more, count)["seconds"]
        return self._noted("dlt", name, count, delay, loads)

    def copy(self, name: str, count: int) -> _Loads:
        """The bare limit."""
        with self._database(None) as url:
            loads = _Loads(copied(url, self.address, name, f"{count}-0-0"))
        return self._noted("copy", name, count, 0, loads)

    def _noted(self, side: str, what: str, count: int, delay: int, loads: _Loads) -> _Loads:
        """The loads, which the report keeps as they are."""
        slow = f", {delay} ms a page" if delay else ""
        self.bench.report.notes.setdefault("loads", []).append(
            {"of": f"{count:,} {what}{slow}", "by": side} | _measured(loads)
        )
        return loads

    @contextmanager
    def _worker(self, url: str, name: str, searched: bool) -> Iterator[Spoken]:
        hub.work_on(url)
        customer = connected(self.address, name, searched=searched)
        hub.leave()
        if not searched:
            with psycopg.connect(url) as connection:
                connection.execute(_NO_SEARCH)
        command = (sys.executable, "-m", "tests.benchmarks.sync_worker", customer.tenant_id, customer.connection_id)
        with Spoken([str(word) for word in command], self._log("worker"), {"DATABASE_URL": url}) as worker:
            yield worker

    def _peer(self, url: str, name: str) -> Spoken:
        directory = self.bench.directory / f"dlt{next(self.made)}"
        command = (self.python, "-I", PEERS / "dlt_peer.py", url, self.address, name, directory)
        return Spoken(command, self._log("dlt"), {"RUNTIME__DLTHUB_TELEMETRY": "false"})

    def _database(self, like: str | None) -> AbstractContextManager[str]:
        return self.bench.databases.temporary(f"sync_{next(self.made)}", like=like)

    def _log(self, what: str) -> Path:
        return self.bench.directory / f"{what}.log"


def measure(bench: Bench) -> None:
    """Both lists at both sizes, and the slow vendor."""
    few, many = bench.choose((100_000, 500_000), (2_000, 4_000))
    bench.say(f"Syncs: {few:,} records, and {many:,}")
    with _vendor(bench) as address:
        sides = _Sides(bench, address, ensure_peers())
        for name in ("payments", "invoices"):
            _compare(sides, name, few, rounds=bench.choose(2, 1))
            _compare_many(sides, name, few, many)
        _compare_slow(sides, bench.choose(20_000, 500))
        _compare_search(sides, bench.choose(50_000, 1_000), rounds=bench.choose(2, 1))
    with sandbox(bench, few) as address:
        for name, goal in _FROM_SANDBOX.items():
            _compare_sandbox(_Sides(bench, address, ensure_peers()), name, few, goal)


@contextmanager
def _vendor(bench: Bench) -> Iterator[str]:
    command = (sys.executable, "-I", PEERS / "vendor.py")
    with Spoken(command, bench.directory / "vendor.log") as vendor:
        yield f"http://127.0.0.1:{int(vendor.first)}"


def _compare(sides: _Sides, name: str, count: int, *, rounds: int) -> None:
    runs: dict[str, Callable[[], _Loads]] = {
        "ours": lambda: sides.ours(name, count),
        "dlt": lambda: sides.dlt(name, count),
        "copy": lambda: sides.copy(name, count),
    }
    found = interleave(rounds, runs)
    firsts = {side: _rates(count, [each.first for each in loads]) for side, loads in found.items()}
    _add(sides.bench, f"first sync, {count:,} {name} : dlt", firsts["ours"], firsts["dlt"], _FIRST[name])
    _add(sides.bench, f"first sync, {count:,} {name} : COPY", firsts["ours"], firsts["copy"], Goal(0.3, 0.5))
    again = {side: _rates(count, [each.again for each in found[side]]) for side in ("ours", "dlt")}
    _add(sides.bench, f"sync without changes, {count:,} {name} : dlt", again["ours"], again["dlt"], Goal(6))
    more = {side: Sample.of(each.increment for each in found[side]) for side in ("ours", "dlt")}
    part, goal = ratio(more["ours"], more["dlt"]), Goal(0.3, at_most=True)
    what = f"increment of {CHANGED:,} {name}, time : dlt"
    sides.bench.add(Row(what, f"{more['ours']} s", f"{more['dlt']} s", part, "x", goal))
    memory = max(each.rss_mb for each in found["ours"])
    theirs = max(each.rss_mb for each in found["dlt"])
    what, goal = f"memory of a first sync, {count:,} {name}, most", Goal(120, at_most=True)
    sides.bench.add(Row(what, f"{memory:.0f} MB", f"{theirs:.0f} MB", memory, " MB", goal))
    sides.bench.report.notes[what] = memory


def _compare_many(sides: _Sides, name: str, few: int, many: int) -> None:
    ours, theirs = sides.ours(name, many, whole=False), sides.dlt(name, many, whole=False)
    rate, other = (_rates(many, [each.first]) for each in (ours, theirs))
    _add(sides.bench, f"first sync, {many:,} {name}, one run : dlt", rate, other, _FIRST[name])
    less = sides.bench.report.notes[f"memory of a first sync, {few:,} {name}, most"]
    what, goal = f"memory, {many:,} {name}, one run : {few:,}", Goal(1.1, at_most=True)
    sides.bench.add(Row(what, f"{ours.rss_mb:.0f} MB", f"{less:.0f} MB", ours.rss_mb / less, "x", goal))


def _compare_slow(sides: _Sides, count: int) -> None:
    """A vendor that takes its time for every page, so that nobody can be faster than that."""
    floor = count / PAGE * DELAY_MS / 1000
    ours = sides.ours("payments", count, whole=False, delay=DELAY_MS).first
    theirs = sides.dlt("payments", count, whole=False, delay=DELAY_MS).first
    what = f"{DELAY_MS} ms a page, one run, part of the vendor's own pace"
    sides.bench.add(Row(what, f"{count / ours:,.0f}/s", f"{count / theirs:,.0f}/s", floor / ours, "", Goal(0.9)))


def _compare_sandbox(sides: _Sides, name: str, count: int, goal: Goal) -> None:
    """The sandbox's list, whose pages were read once before; how long reading them takes then is noted."""
    read(sides.address, name, count)
    sides.bench.report.notes[f"seconds to read {count:,} {name} from the sandbox"] = read(sides.address, name, count)
    ours, theirs = sides.ours(name, count, whole=False), sides.dlt(name, count, whole=False)
    rate, other = (_rates(count, [each.first]) for each in (ours, theirs))
    _add(sides.bench, f"first sync, {count:,} {name} from the sandbox, one run : dlt", rate, other, goal)


def _compare_search(sides: _Sides, count: int, *, rounds: int) -> None:
    """What search costs a first sync: words and their index, against hardly any words and no index."""
    runs = {
        "with": lambda: sides.ours("payments", count, whole=False).first,
        "without": lambda: sides.ours("payments", count, whole=False, searched=False).first,
    }
    found = {side: Sample.of(seconds) for side, seconds in interleave(rounds, runs).items()}
    cost, goal = ratio(found["with"], found["without"]), Goal(1.9, at_most=True)
    sides.bench.add(Row("sync with search : without", f"{found['with']} s", f"{found['without']} s", cost, "x", goal))


def _rates(count: int, seconds: list[float]) -> Sample:
    return Sample.of(count / each for each in seconds)


def _add(bench: Bench, what: str, ours: Sample, other: Sample, goal: Goal) -> None:
    bench.add(Row(what, f"{ours}/s", f"{other}/s", ratio(ours, other), "x", goal))


def _measured(loads: _Loads) -> dict[str, float]:
    return {name: value for name, value in asdict(loads).items() if value}


def _checked(found: dict[str, Any], *, processed: int, unchanged: int) -> dict[str, Any]:
    wanted = {"status": "completed", "processed": processed, "unchanged": unchanged, "errors": 0, "deleted": 0}
    if any(found[name] != value for name, value in wanted.items()):
        raise BenchmarkError(f"A sync came to {found} instead of {wanted}")
    return found


def _rows(found: dict[str, Any], count: int) -> dict[str, Any]:
    if found["rows"] != count:
        raise BenchmarkError(f"dlt loaded {found['rows']} records of {count}")
    return found
