"""Running the hub beside the demo's job."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from integrations_site.embedded.supervisor import GRACE_SECONDS, LEASH
from integrations_site.kernel.http import HttpClient, OutcomeUnknownError, ProviderUnavailableError
from integrations_site.settings import environment as env

_READY_SECONDS = 120
_STOP_SECONDS = 30
_PAUSE_SECONDS = 0.25


class HubEndedError(Exception):
    """The hub ended, or did not get ready, before the demo was through."""


class Stopped(Exception):
    """Somebody asked for the end."""


@contextmanager
def running_hub(*, port: int, sandbox_port: int) -> Iterator[subprocess.Popen[bytes]]:
    """`manage.py up --demo` as a child; it is ended with the block. Ctrl-C and SIGTERM raise Stopped inside."""
    command = [sys.executable, str(env.ROOT / "manage.py"), "up", "--demo"]
    arguments = ["--port", str(port), "--sandbox-port", str(sandbox_port)]
    before = {number: signal.signal(number, _stop) for number in (signal.SIGINT, signal.SIGTERM)}
    # The leash ends the hub when our end of the pipe closes, however this process ends.
    leash_end, own_end = os.pipe()
    leash = [sys.executable, "-I", "-S", str(LEASH), str(GRACE_SECONDS)]
    # A line for each request would bury what the demo has to tell.
    environment = {"LOG_LEVEL": "WARNING", **os.environ}
    # A session of its own: Ctrl-C reaches this process alone, which ends the child once.
    child = subprocess.Popen(  # noqa: S603 - our own command
        [*leash, *command, *arguments], stdin=leash_end, start_new_session=True, env=environment
    )
    os.close(leash_end)
    try:
        yield child
    finally:
        for number in before:
            signal.signal(number, signal.SIG_IGN)
        child.terminate()
        child.wait(_STOP_SECONDS)
        os.close(own_end)
        for number, handler in before.items():
            signal.signal(number, handler)


def wait_until_ready(base_url: str, child: subprocess.Popen[bytes], http: HttpClient) -> None:
    """Returns once database, Redis and a worker answer. Raises HubEndedError where that does not come about."""
    deadline = time.monotonic() + _READY_SECONDS
    while time.monotonic() < deadline:
        if child.poll() is not None:
            raise HubEndedError(f"the hub ended with exit code {child.returncode}; its last lines above say why")
        try:
            if http.send("GET", f"{base_url}/health/ready").status == 200:
                return
        except (ProviderUnavailableError, OutcomeUnknownError):
            pass  # the web process is still starting
        time.sleep(_PAUSE_SECONDS)
    raise HubEndedError(f"the hub was not ready within {_READY_SECONDS} seconds")


def _stop(number: int, frame: FrameType | None) -> None:
    raise Stopped
