"""The servers as the operating system sees them: whether they live, and how to end them.

Kept apart from what starts them: the guardian, which waits for hours, needs to know no more than this.
"""

import os
import signal
import time
from collections.abc import Callable
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path

from integrations_site.embedded import filelocks
from integrations_site.embedded.errors import EmbeddedError
from integrations_site.embedded.places import Places

START_SECONDS = 120.0
STOP_COMMAND = "python -m integrations_site.embedded stop"


@dataclass(frozen=True, slots=True)
class ServerProcess:
    """One server, alive for exactly as long as its lock is held.

    The server inherits the lock from whoever starts it and never lets go of it. Unlike the number in a pid
    file, a lock cannot be left behind by a kill -9 or a power cut, nor be another process after a reboot.
    """

    name: str
    lock: Path
    pid_file: Path
    log: Path
    stops: tuple[tuple[signal.Signals, float], ...]

    def is_alive(self) -> bool:
        return filelocks.is_held_exclusively(self.lock)

    def start_once(self, *, launch: Callable[[int], None], answers: Callable[[], bool]) -> bool:
        """See to it that the server runs and answers. False: it was launched and ended before it answered.

        ``launch`` is given the descriptor of the lock and hands it to the server it starts; it is called only
        where no such server lives, and once.
        """
        deadline, launched = time.monotonic() + START_SECONDS, False
        while time.monotonic() < deadline:
            with filelocks.exclusive(self.lock) or nullcontext() as lock:
                if lock and launched:
                    return False
                if lock:
                    launch(lock.fd)
                    launched = True
                    continue
            if answers():
                return True
            time.sleep(filelocks.POLL_SECONDS)
        raise EmbeddedError(f"{self.name} is running but does not answer; see {self.log}, or run: {STOP_COMMAND}")

    def stop(self) -> None:
        """End the server, ever less gently. Returns once nothing of it is left; ends at once if nothing is."""
        for number, seconds in self.stops:
            deadline, sent = time.monotonic() + seconds, False
            while time.monotonic() < deadline:
                if not self.is_alive():
                    return
                # A server that has only just been started may not have written its number down yet.
                sent = sent or self._sends(number)
                time.sleep(filelocks.POLL_SECONDS)
        raise EmbeddedError(f"{self.name} does not stop; see {self.log}")

    def _sends(self, number: signal.Signals) -> bool:
        with suppress(OSError, ValueError, IndexError):
            os.kill(int(self.pid_file.read_text().split()[0]), number)
            return True
        return False


def postgres_process(places: Places) -> ServerProcess:
    """PostgreSQL. SIGINT ends its sessions and saves; SIGQUIT leaves the rest to recovery at the next start."""
    directory = places.home / "postgres"
    return ServerProcess(
        name="PostgreSQL",
        lock=places.lock("postgres"),
        pid_file=directory / "data" / "postmaster.pid",
        log=directory / "server.log",
        stops=((signal.SIGINT, 20), (signal.SIGQUIT, 5), (signal.SIGKILL, 5)),
    )


def redis_process(places: Places) -> ServerProcess:
    """Valkey. SIGTERM lets it write out what it holds."""
    directory = places.home / "redis"
    return ServerProcess(
        name="Valkey",
        lock=places.lock("redis"),
        pid_file=directory / "server.pid",
        log=directory / "server.log",
        stops=((signal.SIGTERM, 20), (signal.SIGKILL, 5)),
    )


def stop_all(places: Places) -> None:
    """End both servers, whoever uses them."""
    for process in (redis_process(places), postgres_process(places)):
        process.stop()
