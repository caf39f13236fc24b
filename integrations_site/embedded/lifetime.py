"""Starts the embedded servers for whoever needs them, and stops them after the last one.

A process that uses the servers holds a lease, a share of one lock. The last to give its lease back stops the
servers; the guardian does it for a process that was killed. So it makes no difference who started them.
"""

import atexit
import os
from pathlib import Path

from integrations_site.embedded import directories, filelocks
from integrations_site.embedded.errors import EmbeddedError
from integrations_site.embedded.filelocks import FileLock
from integrations_site.embedded.guardian import USERS, guarded
from integrations_site.embedded.places import VAR, Places, locate
from integrations_site.embedded.postgres import ensure_postgres
from integrations_site.embedded.processes import START_SECONDS, STOP_COMMAND, stop_all
from integrations_site.embedded.urls import DATABASE_VARIABLE, REDIS_VARIABLE, Endpoints, service_urls
from integrations_site.embedded.valkey import ensure_redis

STOP_SECONDS = 60.0


class EmbeddedServers:
    """The embedded servers of one clone, and this process's lease on them."""

    def __init__(self, var: Path = VAR, *, postgres: bool = True, redis: bool = True) -> None:
        self.var = var
        self._starts = [start for start, wanted in ((ensure_postgres, postgres), (ensure_redis, redis)) if wanted]
        self._lease: FileLock | None = None
        self._leaseholder = 0

    def ensure_running(self) -> None:
        """Return once the wanted servers answer and this process holds a lease on them.

        Safe to repeat, also after a server has died. Processes that race start each server once. Raises
        EmbeddedError, which says what to do, where a server cannot run.
        """
        with self._start_lock():
            places = self._prepared()
            try:
                self._take_lease(places)
                with guarded(places):
                    for start in self._starts:
                        start(places)
            except BaseException:
                self.release()
                raise

    def release(self) -> None:
        """Give the lease back, and return once the servers have stopped, if no other process holds one."""
        lease, self._lease = self._lease, None
        if lease is None:
            return
        with lease:
            if self._leaseholder != os.getpid():
                return  # A forked child: the lease is its parent's.
            places = locate(self.var)
            if lease.upgrade():
                stop_all(places)
                return
        # Either others use the servers, or somebody who was quicker is stopping them.
        if places.lock(USERS).exists() and (others := filelocks.shared(places.lock(USERS), wait=STOP_SECONDS)):
            others.close()

    def inherit_lease(self) -> None:
        """Leave the lease to the program this process is about to become."""
        if self._lease:
            os.set_inheritable(self._lease.fd, True)

    def stop(self) -> None:
        """Stop the servers, whoever uses them."""
        if locate(self.var).home.exists():
            with self._start_lock():
                stop_all(locate(self.var))

    def destroy(self) -> None:
        """Stop the servers and remove all their data."""
        self.stop()
        self.release()
        directories.remove(locate(self.var))

    def _prepared(self) -> Places:
        places = locate(self.var)
        if places.is_relocated and not places.is_linked and places.home.exists():
            stop_all(places)
            directories.remove(places)
        directories.prepare(places)
        return places

    def _take_lease(self, places: Places) -> None:
        if self._lease and self._leaseholder == os.getpid():
            return
        self._lease = filelocks.shared(places.lock(USERS), wait=STOP_SECONDS)
        self._leaseholder = os.getpid()
        if self._lease is None:
            raise EmbeddedError(f"The embedded servers have been stopping for too long; run: {STOP_COMMAND}")
        atexit.register(self.release)

    def _start_lock(self) -> FileLock:
        self.var.mkdir(parents=True, exist_ok=True)
        lock = filelocks.exclusive(self.var / "embedded.lock", wait=2 * START_SECONDS)
        if lock is None:
            raise EmbeddedError("Another process has been starting the embedded servers for too long; end it first.")
        return lock


_leased: dict[tuple[bool, bool], EmbeddedServers] = {}


def ensure_running() -> Endpoints:
    """Have every service at hand that the hub needs, and say where.

    Starts the clone's embedded servers for what DATABASE_URL and REDIS_URL leave out. They stop when this
    process ends, unless another one still uses them.
    """
    wanted = {"postgres": not os.environ.get(DATABASE_VARIABLE), "redis": not os.environ.get(REDIS_VARIABLE)}
    if any(wanted.values()):
        _servers(**wanted).ensure_running()
    return service_urls()


def release() -> None:
    """Give up what ``ensure_running`` gave, before the process ends."""
    for servers in _leased.values():
        servers.release()


def inherit_lease() -> None:
    """Leave what ``ensure_running`` gave to the program that this process becomes by an ``exec``."""
    for servers in _leased.values():
        servers.inherit_lease()


def stop() -> None:
    """Stop the clone's embedded servers, whoever uses them."""
    EmbeddedServers().stop()


def _servers(*, postgres: bool, redis: bool) -> EmbeddedServers:
    return _leased.setdefault((postgres, redis), EmbeddedServers(postgres=postgres, redis=redis))
