"""Advisory locks on files, which the kernel lets go when their last holder is gone, however it went.

A lock belongs to the open file, not to the process: a child that inherits the descriptor holds the lock
too. That is how a server's lock says whether the server lives, and a lease outlives an ``exec``.
"""

import fcntl
import os
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

POLL_SECONDS = 0.02


@dataclass(slots=True)
class FileLock:
    """A lock that is held from its making until ``close()``, or until every heir of its descriptor has gone."""

    fd: int

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give this holder's share up. Closing twice is harmless."""
        fd, self.fd = self.fd, -1
        if fd >= 0:
            os.close(fd)

    def upgrade(self) -> bool:
        """Turn a shared lock into the exclusive one, if nobody else holds it.

        After False the shared lock may be lost as well: the kernel drops it before it asks for the other.
        """
        return _try_lock(self.fd, fcntl.LOCK_EX)


def shared(path: Path, *, wait: float = 0.0) -> FileLock | None:
    """The lock as one of many holders, or None where someone held it exclusively for all of ``wait`` seconds."""
    return _acquire(path, fcntl.LOCK_SH, wait)


def exclusive(path: Path, *, wait: float = 0.0) -> FileLock | None:
    """The lock as its only holder, or None where others held it for all of ``wait`` seconds."""
    return _acquire(path, fcntl.LOCK_EX, wait)


def exclusive_whenever_free(path: Path) -> FileLock:
    """The lock as its only holder, however long that takes."""
    lock = FileLock(_open(path))
    fcntl.flock(lock.fd, fcntl.LOCK_EX)
    return lock


def is_held_exclusively(path: Path) -> bool:
    """Whether someone is the lock's only holder. A lock whose file is not there is held by nobody."""
    if not path.exists():
        return False
    probe = shared(path)
    if probe is None:
        return True
    probe.close()
    return False


def _acquire(path: Path, kind: int, wait: float) -> FileLock | None:
    lock = FileLock(_open(path))
    deadline = time.monotonic() + wait
    while not _try_lock(lock.fd, kind):
        if time.monotonic() >= deadline:
            lock.close()
            return None
        time.sleep(POLL_SECONDS)
    return lock


def _open(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def _try_lock(fd: int, kind: int) -> bool:
    try:
        fcntl.flock(fd, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
