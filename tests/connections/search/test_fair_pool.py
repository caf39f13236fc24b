"""Threads that tenants share: whose calls wait, and for whom."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from functools import partial

import pytest

from connections.services.search.fair_pool import FairPool

SOON = 10


class Vendors:
    """Each holds its caller until it may answer."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self._may_answer: Counter[str] = Counter()
        self._changed = threading.Condition()

    def ask(self, name: str) -> str:
        with self._changed:
            self.asked.append(name)
            self._changed.notify_all()
            assert self._changed.wait_for(lambda: self._may_answer[name] or self._may_answer["all"], SOON)
            self._may_answer[name] -= 1
        return name

    def answer(self, name: str = "all") -> None:
        with self._changed:
            self._may_answer[name] += 1
            self._changed.notify_all()

    def wait_for(self, count: int) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.asked) >= count, SOON), self.asked


@pytest.fixture
def vendors() -> Iterator[Vendors]:
    made = Vendors()
    yield made
    made.answer()


@pytest.fixture
def ask(vendors: Vendors) -> Iterator[Callable[..., "list[Future[str]]"]]:
    """Asks so many vendors for one request of a tenant; eight threads, three of them of a request."""
    pool = FairPool(8, of_request=3)

    def of(tenant: str, request: str, count: int) -> "list[Future[str]]":
        work = partial(vendors.ask, f"{tenant}-{request}")
        return [pool.submit(work, tenant=tenant, request=f"{tenant}-{request}") for _ in range(count)]

    yield of
    vendors.answer()
    pool.shutdown()


def test_tenants_with_hanging_vendors_leave_threads_to_others(
    ask: Callable[..., "list[Future[str]]"], vendors: Vendors
) -> None:
    """Each takes half of what is free."""
    asked = [*ask("first", "a", 9), *ask("first", "b", 9)]
    vendors.wait_for(4)
    for tenant, total in (("second", 6), ("third", 7), ("fourth", 8)):
        asked += [*ask(tenant, "a", 9), *ask(tenant, "b", 9)]
        vendors.wait_for(total)
    tenants = Counter(name.partition("-")[0] for name in vendors.asked)
    assert tenants == {"first": 4, "second": 2, "third": 1, "fourth": 1}
    assert Counter(vendors.asked)["first-a"] <= 3
    vendors.answer()
    assert len([one.result(SOON) for one in asked]) == 72


def test_whoever_has_nothing_under_way_comes_first(ask: Callable[..., "list[Future[str]]"], vendors: Vendors) -> None:
    for tenant in ("first", "second", "third", "fourth"):
        ask(tenant, "a", 9)
    vendors.wait_for(8)
    late = ask("late", "a", 1)
    vendors.answer("first-a")
    vendors.wait_for(9)
    assert vendors.asked[-1] == "late-a"
    vendors.answer()
    assert late[0].result(SOON) == "late-a"


def test_what_was_given_up_is_never_asked_and_takes_no_place(
    ask: Callable[..., "list[Future[str]]"], vendors: Vendors
) -> None:
    waiting = ask("loud", "first", 9)
    vendors.wait_for(3)
    assert sum(one.cancel() for one in waiting) == 6
    ask("loud", "second", 1)
    vendors.wait_for(4)
    assert sorted(vendors.asked) == [*["loud-first"] * 3, "loud-second"]


def test_a_failure_is_told_and_frees_the_place() -> None:
    pool = FairPool(1, of_request=1)
    failed = pool.submit(lambda: 1 // 0, tenant=1, request=1)
    done = pool.submit(lambda: "done", tenant=1, request=1)
    with pytest.raises(ZeroDivisionError):
        failed.result(SOON)
    assert done.result(SOON) == "done"
    pool.shutdown()
