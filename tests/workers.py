"""Real Celery workers on the test's database, which a test can kill."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

from celery import current_app
from django.conf import settings
from django.db import connection


def database_url() -> str:
    """The URL of the database that the test uses."""
    values = {key: quote(str(connection.settings_dict[key]), safe="") for key in ("USER", "PASSWORD", "NAME", "PORT")}
    host = str(connection.settings_dict["HOST"])
    place = f"/{values['NAME']}?host={quote(host, safe='')}"
    if not host.startswith("/"):
        place = f"{host}:{values['PORT'] or 5432}/{values['NAME']}"
    return f"postgresql://{values['USER']}:{values['PASSWORD']}@{place}"


class Worker:
    """A worker process with its children, in a process group of its own."""

    def __init__(self, log: Path, *, queue: str, include: str, environment: dict[str, str]) -> None:
        self._log = log
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "celery", "--app=integrations_site.celery:app", "worker"),
                    *("--concurrency=1", "--without-gossip", "--without-mingle", "--without-heartbeat"),
                    *(f"--queues={queue}", f"--include={include}", f"--hostname={queue}@test", "--loglevel=INFO"),
                ],
                env=os.environ
                | {
                    "DATABASE_URL": database_url(),
                    "DJANGO_SETTINGS_MODULE": "integrations_site.settings.test",
                    "CELERY_BROKER_URL": settings.CELERY_BROKER_URL,
                }
                | environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def wait_for(self, condition: Callable[[], bool], what: str, seconds: float = 60) -> None:
        """Returns as soon as the condition holds. Raises AssertionError where the worker ends or the time does."""
        end = time.monotonic() + seconds
        while not condition():
            assert self._process.poll() is None, f"The worker ended before {what}:\n{self.log[-3000:]}"
            assert time.monotonic() < end, f"{what} did not happen within {seconds} s:\n{self.log[-3000:]}"
            time.sleep(0.05)

    def kill(self) -> None:
        """SIGKILL to all of it at once: nothing of it runs any more code."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(20)

    def children(self) -> list[int]:
        """The processes that do the tasks; the worker replaces one that is killed."""
        told = subprocess.run(["pgrep", "-P", str(self._process.pid)], stdout=subprocess.PIPE, text=True, check=False)
        return [int(child) for child in told.stdout.split()]

    def kill_children(self, children: Iterable[int]) -> None:
        """SIGKILL to these processes, and to nothing else of the worker."""
        for child in children:
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)

    def stop(self) -> None:
        """Ends it in order, or else by force."""
        self._process.terminate()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self.kill()

    @property
    def log(self) -> str:
        """What it has written so far."""
        return self._log.read_text()


@contextmanager
def worker(log: Path, *, queue: str, include: str, environment: dict[str, str]) -> Iterator[Worker]:
    """A worker that consumes `queue` and knows the module `include`, inside the block."""
    running = Worker(log, queue=queue, include=include, environment=environment)
    try:
        yield running
    finally:
        running.stop()


def remove_queue(name: str) -> None:
    """Takes a test's queue away again."""
    with current_app.connection_for_write() as broker:
        broker.SimpleQueue(name).queue.delete()
