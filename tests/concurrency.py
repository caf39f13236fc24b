"""Doing the same thing several times at once."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

from django.db import connection

ResultT = TypeVar("ResultT")


def run_together(act: Callable[[int], ResultT], times: int) -> list[ResultT]:
    """What `act(0)` … `act(times - 1)` returned, each in a thread of its own, all let go at the same moment.

    A thread has a scope and a connection of its own: `act` sets the one and closes the other.
    """
    start = Barrier(times)

    def run(number: int) -> ResultT:
        start.wait(timeout=10)
        return act(number)

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(run, range(times)))


def eventually(holds: Callable[[], bool]) -> None:
    """Returns as soon as `holds()`; fails after ten seconds."""
    deadline = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < deadline, "it did not happen within ten seconds"
        time.sleep(0.02)


def somebody_waits_for_a_lock() -> bool:
    """Whether a statement on this database waits for another's lock."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid) "
            "WHERE datname = current_database() AND NOT granted"
        )
        return bool(cursor.fetchone()[0])
