"""Servers of the tests' own, in directories of their own; the project's are left alone."""

import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from integrations_site.embedded.lifetime import EmbeddedServers
from integrations_site.embedded.urls import service_urls

PATIENCE_SECONDS = 30.0

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="is about running as root")


def eventually(holds: Callable[[], bool]) -> bool:
    """Wait until the condition holds; whether it came to hold in time."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def is_running(pid: int) -> bool:
    """Whether there is such a process; one that has ended and waits to be collected does not count."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state not in "ZX"


def connect(var: Path) -> psycopg.Connection[tuple[object, ...]]:
    """A connection as the owner of the hub's database."""
    return psycopg.connect(service_urls({}, var=var).database_url, port=5432, autocommit=True)


def make_clone(*below: str) -> tuple[Path, Path]:
    """A directory that every account may enter, and the ``var`` of a clone in it."""
    top = Path(tempfile.mkdtemp(prefix="hub-test-"))
    top.chmod(0o755)
    clone = top.joinpath(*below)
    clone.mkdir(parents=True, exist_ok=True)
    return top, clone / "var"


def remove_clone(top: Path, var: Path) -> None:
    """Stop what runs there and leave nothing behind."""
    EmbeddedServers(var).destroy()
    shutil.rmtree(top)


@pytest.fixture(scope="module")
def var() -> Iterator[Path]:
    """The ``var`` of a clone whose servers keep their data for all tests of the module."""
    top, var = make_clone()
    yield var
    remove_clone(top, var)


@pytest.fixture
def servers(var: Path) -> Iterator[EmbeddedServers]:
    """The clone's servers, running."""
    servers = EmbeddedServers(var)
    servers.ensure_running()
    yield servers
    servers.release()
