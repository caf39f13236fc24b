"""A running sandbox for tests: a process of its own for the whole session, fresh for each test."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest

_ROOT = Path(__file__).resolve().parents[2]
_READY_SECONDS = 60


class ControlClient:
    """The sandbox's control address."""

    def __init__(self, base_url: str) -> None:
        self._http = httpx2.Client(base_url=f"{base_url}/control", trust_env=False, timeout=30)

    def call(self, method: str, address: str, body: Any = None, **query: Any) -> Any:
        """What a call answers. Raises AssertionError where it is refused."""
        answer = self._http.request(method, address, json=body, params=query)
        assert answer.status_code < 400, answer.text
        return answer.json() if answer.content else None

    def reset(self, **body: int) -> None:
        """As it was when it started; `records` and `seed` change what it holds."""
        self.call("POST", "/reset", body)

    def fault(self, kind: str, **details: Any) -> Any:
        """Switches a fault on: host, path, method, times, after, seconds, status, records."""
        return self.call("POST", "/faults", {"kind": kind, **details})

    def clear_faults(self) -> None:
        """Switches all faults off."""
        self.call("DELETE", "/faults")

    def requests(self, path: str = "") -> Any:
        """What was called: total, counts, latest."""
        return self.call("GET", "/requests", path=path)

    def tokens(self, **query: Any) -> Any:
        """Refresh tokens and how often each was exchanged."""
        return self.call("GET", "/tokens", **query)

    def end_tokens(self, **body: Any) -> int:
        """Expires or revokes tokens: vendor, account, kind (access, refresh, all), state (expired, revoked)."""
        return int(self.call("POST", "/tokens", body)["ended"])

    def records(self, vendor: str, entity: str, **body: Any) -> Any:
        """Changes, deletes and adds records."""
        return self.call("POST", "/records", {"vendor": vendor, "entity": entity, **body})

    def webhooks(self, vendor: str, to: str, **body: Any) -> list[dict[str, Any]]:
        """Sends webhooks; answers what each was answered with."""
        sent: list[dict[str, Any]] = self.call("POST", "/webhooks", {"vendor": vendor, "to": to, **body})["sent"]
        return sent

    def limit(self, vendor: str, **body: Any) -> None:
        """Switches a vendor's rate limits on or off, or sets others."""
        self.call("POST", "/limits", {"vendor": vendor, **body})

    def settings(self, **body: Any) -> None:
        """`vendor` with `accessSeconds`; `slackRotation`."""
        self.call("POST", "/settings", body)

    def advance(self, seconds: float) -> None:
        """Puts the vendors' clock ahead."""
        self.call("POST", "/clock", {"seconds": seconds})

    def close(self) -> None:
        """Closes the connections."""
        self._http.close()


@dataclass(frozen=True, slots=True)
class RunningSandbox:
    """Where it runs, and how it is controlled."""

    url: str
    control: ControlClient


@contextmanager
def serving(*, records: int = 60, seed: int = 1) -> Iterator[RunningSandbox]:
    """`manage.py sandbox` on a free port; it ends with the block."""
    port = _free_port()
    command = [sys.executable, str(_ROOT / "manage.py"), "sandbox", "--port", str(port)]
    options = ["--records", str(records), "--seed", str(seed)]
    process = subprocess.Popen(
        [*command, *options], cwd=_ROOT, env=os.environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    control = ControlClient(f"http://127.0.0.1:{port}")
    try:
        _wait_until_ready(process, port)
        yield RunningSandbox(f"http://127.0.0.1:{port}", control)
    finally:
        control.close()
        process.terminate()
        process.wait(20)


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def _wait_until_ready(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + _READY_SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, f"the sandbox ended with exit code {process.returncode}"
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError(f"the sandbox was not ready within {_READY_SECONDS} s")


@pytest.fixture(scope="session")
def sandbox_server() -> Iterator[RunningSandbox]:
    """The session's sandbox, as the last test left it."""
    with serving() as running:
        yield running


@pytest.fixture
def sandbox(sandbox_server: RunningSandbox) -> RunningSandbox:
    """The sandbox as it was when it started: 60 records of each kind, seed 1."""
    sandbox_server.control.reset(records=60, seed=1)
    return sandbox_server
