"""Programs that run beside a benchmark and end with it, whatever happens to it."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from integrations_site.embedded.supervisor import LEASH
from tests.benchmarks.errors import BenchmarkError

START_SECONDS = 60.0
STOP_SECONDS = 10.0
HOST = "127.0.0.1"
# As a proxy that ends TLS would send them; production refuses anything else.
PROXY_HEADERS = {"X-Forwarded-Proto": "https", "X-Forwarded-For": HOST}


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def granian(python: Path | str, port: int, application: str) -> list[str]:
    """The command that serves an application as the hub is served: two workers with one blocking thread each."""
    options = ["--interface", "wsgi", "--workers", "2", "--blocking-threads", "1", "--no-ws", "--log-level", "warning"]
    return [str(python), "-m", "granian", *options, "--host", HOST, "--port", str(port), application]


@contextmanager
def served(
    command: Sequence[str], *, port: int, cwd: Path, environment: Mapping[str, str], log: Path, probe: str
) -> Iterator[None]:
    """Inside the block a web server runs and answers 200 or 401 at the path `probe`. Raises BenchmarkError."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            # The leash ends the server when this process is gone, even by a kill -9.
            [sys.executable, "-I", "-S", str(LEASH), str(STOP_SECONDS), *command],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=cwd,
            env={**os.environ, **environment},
            start_new_session=True,
        )
    try:
        _wait_until_it_answers(process, port, probe, log)
        yield
    finally:
        _end(process)


def tail(log: Path) -> str:
    """The last lines of a log."""
    return "\n".join(log.read_text(errors="replace").splitlines()[-15:])


def _wait_until_it_answers(process: "subprocess.Popen[bytes]", port: int, probe: str, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        if _status(port, probe) in {200, 401}:
            return
        time.sleep(0.1)
    raise BenchmarkError(f"The server for {probe} did not come up:\n{tail(log)}")


def _status(port: int, path: str) -> int | None:
    connection = http.client.HTTPConnection(HOST, port, timeout=5)
    try:
        connection.request("GET", path, headers=PROXY_HEADERS)
        return connection.getresponse().status
    except OSError:
        return None
    finally:
        connection.close()


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(STOP_SECONDS)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    if process.stdin:
        process.stdin.close()
