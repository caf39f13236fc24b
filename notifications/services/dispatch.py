"""Delivering webhooks: one worker at a time drives a bounded number of requests at once.

Slots are filled again as they become free. An endpoint gets one of them, and a few once it has answered quickly, so
that slow receivers do not starve the others.
"""

import time
import uuid
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager

from django.conf import settings
from django.db import connection

from integrations_site.kernel.http import HttpClient, shared_client
from integrations_site.tenancy import scope
from notifications.services.delivery_queue import claim, is_anything_due, record
from notifications.services.sending import Outgoing, Result, send

SLOTS_PER_ENDPOINT = 4
_QUICK_MS = 2000
# The name of the lock that makes a worker the one that delivers; any number that nothing else uses.
_LOCK = 7_316_004_001
# How long what newly became due waits at most while slots are free and requests are out.
_LOOK_AGAIN_SECONDS = 0.2
_GATHER_SECONDS = 0.005


def deliver_due(*, seconds: float = 60.0) -> bool:
    """Sends what is due, unless another worker is at it, and takes on nothing new after `seconds`.

    Returns whether something was left that is due: the caller has it called again then.
    """
    with scope.all_tenants():
        # Twice, because what became due just before the lock was freed woke a worker that could not get the lock.
        for _ in range(2):
            if not is_anything_due():
                return False
            with _sole_worker() as is_sole:
                if not is_sole:
                    return False
                if not Dispatcher(shared_client()).run(seconds):
                    return True
        return is_anything_due()


class Dispatcher:
    """Keeps slots filled with deliveries that are due."""

    def __init__(
        self, client: HttpClient, *, slots: int | None = None, slots_per_endpoint: int = SLOTS_PER_ENDPOINT
    ) -> None:
        self._client = client
        self._slots = slots or settings.WEBHOOK_SLOTS
        self._slots_per_endpoint = slots_per_endpoint
        self._out: dict[Future[Result], Outgoing] = {}
        self._quick: set[uuid.UUID] = set()

    def run(self, seconds: float) -> bool:
        """Works until nothing is due and nothing is out, or the time is up; returns whether it was the former."""
        end = time.monotonic() + seconds
        with ThreadPoolExecutor(self._slots, "webhook") as threads:
            while True:
                has_time = time.monotonic() < end
                if has_time:
                    self._fill(threads)
                if not self._out:
                    return has_time
                self._collect()

    def _fill(self, threads: ThreadPoolExecutor) -> None:
        free = self._slots - len(self._out)
        if not free:
            return
        for outgoing in claim(limit=free, room=1, rooms=self._rooms()):
            self._out[threads.submit(send, outgoing, self._client)] = outgoing

    def _rooms(self) -> dict[uuid.UUID, int]:
        """How many more requests each endpoint may get that is busy or known to be quick."""
        busy = Counter(outgoing.endpoint.id for outgoing in self._out.values())
        shares = dict.fromkeys(busy, 1) | dict.fromkeys(self._quick, self._slots_per_endpoint)
        return {endpoint: max(share - busy[endpoint], 0) for endpoint, share in shares.items()}

    def _collect(self) -> None:
        """Waits for an answer, or for a moment, and records the answers that came."""
        patience = _LOOK_AGAIN_SECONDS if len(self._out) < self._slots else None
        wait(self._out, timeout=patience, return_when=FIRST_COMPLETED)
        # Those that are about to come are recorded with the first, and their slots filled together.
        done, _ = wait(self._out, timeout=_GATHER_SECONDS)
        results = [future.result() for future in done]
        for future in done:
            del self._out[future]
        if results:
            record(results)
        for result in results:
            self._note(result)

    def _note(self, result: Result) -> None:
        change = self._quick.add if result.duration_ms <= _QUICK_MS else self._quick.discard
        change(result.outgoing.endpoint.id)


@contextmanager
def _sole_worker() -> Iterator[bool]:
    """Whether this session is the one that delivers; PostgreSQL frees the lock of a session that dies."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK])
        [is_sole] = cursor.fetchone()
        try:
            yield is_sole
        finally:
            if is_sole:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])
