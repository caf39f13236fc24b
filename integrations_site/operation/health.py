"""Whether the hub can do its work: the database with its tables up to date, Redis, and a worker.

Each part is asked in a thread of its own and gets two seconds. A part that hangs counts as failed and is not asked
again until it has returned, so that an outage does not pile up threads. An answer holds for five seconds.
"""

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait

from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from redis import Redis

from integrations_site.celery import app

_logger = logging.getLogger(__name__)
SECONDS_PER_PART = 2.0
SECONDS_VALID = 5.0


class Health:
    """Asks the parts, at most once in five seconds."""

    def __init__(self, parts: dict[str, Callable[[], bool]]) -> None:
        self._parts = parts
        self._threads = ThreadPoolExecutor(len(parts), "health")
        self._running: dict[str, Future[bool]] = {}
        self._lock = threading.Lock()
        self._found: dict[str, bool] = {}
        self._found_at = float("-inf")

    def check(self) -> dict[str, bool]:
        """Which parts work."""
        with self._lock:
            if time.monotonic() - self._found_at > SECONDS_VALID:
                self._found = self._ask()
                self._found_at = time.monotonic()
            return self._found

    def _ask(self) -> dict[str, bool]:
        for name, part in self._parts.items():
            if name not in self._running:
                self._running[name] = self._threads.submit(part)
        wait(self._running.values(), SECONDS_PER_PART)
        answers = {name: self._running[name] for name in self._parts}
        self._running = {name: answer for name, answer in answers.items() if not answer.done()}
        return {name: _works(name, answer) for name, answer in answers.items()}


def _works(name: str, answer: Future[bool]) -> bool:
    if not answer.done():
        _logger.warning("Health: %s has not answered within %s s", name, SECONDS_PER_PART)
        return False
    if error := answer.exception():
        _logger.warning("Health: %s failed", name, exc_info=error)
        return False
    return answer.result()


class Database:
    """Whether the database answers and has every migration that this code knows."""

    def __init__(self) -> None:
        self._is_migrated = False

    def __call__(self) -> bool:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1")
            self._is_migrated = self._is_migrated or self._has_no_plan()
            return self._is_migrated
        finally:
            connection.close()  # this thread's own

    def _has_no_plan(self) -> bool:
        executor = MigrationExecutor(connection)
        return not executor.migration_plan(executor.loader.graph.leaf_nodes())


def redis_works() -> bool:
    """Whether Redis answers."""
    with Redis.from_url(settings.REDIS_URL, socket_connect_timeout=1, socket_timeout=1) as client:
        return bool(client.ping())


def worker_works() -> bool:
    """Whether any worker answers a ping."""
    return bool(app.control.ping(timeout=SECONDS_PER_PART * 0.75, limit=1))


_health = Health({"database": Database(), "redis": redis_works, "worker": worker_works})


def check() -> dict[str, bool]:
    """Which parts of the hub work."""
    return _health.check()
