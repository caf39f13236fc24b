"""Doing the same thing several times at once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

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
