"""Stops the servers once nobody uses them any more, however their users ended.

A process of its own, started with the servers. It waits for the lock that every user of the servers shares;
the kernel takes a user's share back even after a kill -9, so no death goes unnoticed. A user who ends in
good order stops the servers itself (``lifetime``), and the guardian finds nothing left to do.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from integrations_site.embedded import filelocks
from integrations_site.embedded.errors import EmbeddedError
from integrations_site.embedded.filelocks import FileLock
from integrations_site.embedded.places import PROJECT_ROOT, Places, locate
from integrations_site.embedded.processes import stop_all

USERS = "users"
GUARDIAN = "guardian"


@contextmanager
def guarded(places: Places) -> Iterator[None]:
    """See to it that a guardian watches, from the beginning of the block.

    The caller holds a lease, or the guardian would go at once. While it gets ready the block runs: whatever
    that starts is watched already, for there is nothing a new guardian could miss.
    """
    lock = filelocks.exclusive(places.lock(GUARDIAN))
    if lock is None:
        yield
        return
    # The guardian inherits the lock, so there is one from the first moment, and never two.
    with lock, (places.home / "guardian.log").open("w") as log:
        command = [sys.executable, "-m", __name__, str(places.var), str(lock.fd)]
        with subprocess.Popen(  # noqa: S603 - our own module
            command, cwd=PROJECT_ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log, pass_fds=(lock.fd,)
        ) as start:
            yield
    if start.returncode:
        raise EmbeddedError(f"The guardian of the embedded servers could not be started; see {log.name}")


def main(var: str, lock_fd: str) -> None:
    """Leave the process that asked for a guardian, and be one."""
    if os.fork():
        return
    os.setsid()
    os.chdir("/")
    guard(locate(Path(var)), FileLock(int(lock_fd)))


def guard(places: Places, lock: FileLock) -> None:
    """Wait until the last user has gone, then end what it left running."""
    with filelocks.exclusive_whenever_free(places.lock(USERS)):
        stop_all(places)
        # Before the users' lock: who gets that one next must find the guardian's free, and start another.
        lock.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
