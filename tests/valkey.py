"""A Valkey that a test can stop."""

import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError

from integrations_site.embedded.wheels import valkey_program


class Valkey:
    """A server on a Unix socket, which keeps nothing."""

    def __init__(self, directory: Path) -> None:
        socket = directory / "redis.sock"
        self.url = f"unix://{socket}?db=0"
        options = ["--port", "0", "--unixsocket", str(socket), "--save", "", "--dir", str(directory)]
        self._process = subprocess.Popen([valkey_program(), *options], stdout=subprocess.DEVNULL)
        self._wait()

    def _wait(self) -> None:
        end = time.monotonic() + 20
        with Redis.from_url(self.url) as client:
            while True:
                try:
                    client.ping()
                except RedisError:
                    assert time.monotonic() < end, "Valkey does not start"
                    time.sleep(0.02)
                else:
                    return

    def stop(self) -> None:
        """Ends it; done again, it changes nothing."""
        self._process.terminate()
        self._process.wait(20)


@contextmanager
def own_valkey() -> Iterator[Valkey]:
    """A Valkey that runs inside the block, or until the test stops it."""
    directory = Path(tempfile.mkdtemp(prefix="hub-valkey-"))
    try:
        running = Valkey(directory)
        try:
            yield running
        finally:
            running.stop()
    finally:
        shutil.rmtree(directory)
