"""Threads that tenants share: whose calls wait, and for whom."""

import threading
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
        self._may_answer = threading.Event()
        self._changed = threading.Condition()

    def ask(self, name: str) -> str:
        with self._changed:
            self.asked.append(name)
            self._changed.notify_all()
        assert self._may_answer.wait(SOON)
        return name

    def answer(self) -> None:
        self._may_answer.set()

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
    """Asks so many vendors for one request of a tenant; four threads, three of a tenant, two of a request."""
    pool = FairPool(4, of_tenant=3, of_request=2)

    def of(tenant: str, request: str, count: int) -> "list[Future[str]]":
        work = partial(vendors.ask, f"{tenant}-{request}")
        return [pool.submit(work, tenant=tenant, request=f"{tenant}-{request}") for _ in range(count)]

    yield of
    vendors.answer()
    pool.shutdown()


def test_a_tenant_with_hanging_vendors_leaves_a_thread_to_others(
    ask: Callable[..., "list[Future[str]]"], vendors: Vendors
) -> None:
    loud = [*ask("loud", "first", 9), *ask("loud", "second", 9)]
    vendors.wait_for(3)
    quiet = ask("quiet", "only", 1)
    vendors.wait_for(4)
    assert sorted(vendors.asked) == ["loud-first", "loud-first", "loud-second", "quiet-only"]
    vendors.answer()
    assert {one.result(SOON) for one in loud} == {"loud-first", "loud-second"}
    assert quiet[0].result(SOON) == "quiet-only"


def test_what_was_given_up_is_never_asked_and_takes_no_place(
    ask: Callable[..., "list[Future[str]]"], vendors: Vendors
) -> None:
    waiting = ask("loud", "first", 9)
    vendors.wait_for(2)
    assert sum(one.cancel() for one in waiting) == 7
    ask("loud", "second", 1)
    vendors.wait_for(3)
    assert sorted(vendors.asked) == ["loud-first", "loud-first", "loud-second"]


def test_a_failure_is_told_and_frees_the_place() -> None:
    pool = FairPool(1, of_tenant=1, of_request=1)
    failed = pool.submit(lambda: 1 // 0, tenant=1, request=1)
    done = pool.submit(lambda: "done", tenant=1, request=1)
    with pytest.raises(ZeroDivisionError):
        failed.result(SOON)
    assert done.result(SOON) == "done"
    pool.shutdown()
