"""Clones of the tests' own with servers of their own, and processes that use them."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from integrations_site.embedded.lifetime import EmbeddedServers
from integrations_site.embedded.places import PROJECT_ROOT, locate
from integrations_site.embedded.processes import ServerProcess, postgres_process, redis_process
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


def pids_of(words: str) -> list[int]:
    """The processes that have these words in their command line. (One that has ended has no command line.)"""
    return [int(path.name) for path in Path("/proc").glob("[0-9]*") if words in _command_line(path)]


def _command_line(process: Path) -> str:
    try:
        return (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return ""


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


USER = """
import sys
from pathlib import Path
from integrations_site.embedded.lifetime import EmbeddedServers
servers = EmbeddedServers(Path(sys.argv[1]))
servers.ensure_running()
print("ready", flush=True)
sys.stdin.read()
"""


def processes(var: Path) -> tuple[ServerProcess, ServerProcess]:
    """PostgreSQL and Valkey, in this order."""
    return postgres_process(locate(var)), redis_process(locate(var))


def pid(process: ServerProcess) -> int:
    """The number of the server's main process."""
    return int(process.pid_file.read_text().split()[0])


def another_user(var: Path) -> subprocess.Popen[str]:
    """A process that starts or joins the servers, and uses them until its input is closed."""
    command = [sys.executable, "-c", USER, str(var)]
    return subprocess.Popen(command, cwd=PROJECT_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def wait_until_ready(user: subprocess.Popen[str]) -> None:
    """Return once the other user's servers answer."""
    assert user.stdout
    assert user.stdout.readline() == "ready\n"
