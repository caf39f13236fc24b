"""Starts Valkey, a Redis by another name, from the wheel: on a Unix socket only, with its data kept."""

import os
import socket
import subprocess
import time

from integrations_site.embedded.errors import EmbeddedError
from integrations_site.embedded.places import REDIS_SOCKET, Places
from integrations_site.embedded.processes import redis_process
from integrations_site.embedded.wheels import valkey_program

LOG_TAIL = 2000
APPEND_ONLY_DIRECTORY = "appendonlydir"
DAMAGE = ("Bad file format", "Unrecoverable error reading the append only file", "Fatal error loading")
ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}
SETTINGS = {
    "port": "0",
    "unixsocketperm": "700",
    "databases": "16",
    "appendonly": "yes",
    "appendfsync": "everysec",
    "save": "",
    "daemonize": "yes",
}


def ensure_redis(places: Places) -> None:
    """See to it that Valkey runs and answers."""
    EmbeddedValkey(places).ensure_running()


class EmbeddedValkey:
    """The Valkey of one clone."""

    def __init__(self, places: Places) -> None:
        self.process = redis_process(places)
        self.directory = self.process.log.parent
        self.socket = places.sockets / REDIS_SOCKET

    def ensure_running(self) -> None:
        """Start the server on the data it kept, if it does not run already.

        Data that a power cut has spoilt is set aside and the server starts empty: the hub keeps in here only
        what its database can restore. (A file that merely breaks off is no damage; Valkey reads as far as it goes.)
        """
        if self._starts():
            return
        kept = self.directory / APPEND_ONLY_DIRECTORY
        if kept.exists() and any(sign in self._log() for sign in DAMAGE):
            kept.rename(self.directory / f"damaged-{time.time_ns()}")
            if self._starts():
                return
        raise EmbeddedError(f"Valkey could not be started:\n{self._log()}".rstrip())

    def _starts(self) -> bool:
        return self.process.start_once(launch=self._launch, answers=self._answers)

    def _answers(self) -> bool:
        """Whether the server has loaded its data and takes commands."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(5)
            try:
                connection.connect(str(self.socket))
                connection.sendall(b"PING\r\n")
                return connection.recv(64).startswith(b"+PONG")
            except OSError:
                return False

    def _launch(self, lock: int) -> None:
        for leftover in (self.socket, self.process.pid_file, self.process.log):
            leftover.unlink(missing_ok=True)
        try:
            subprocess.run(  # noqa: S603 - the wheel's program, arguments of ours
                [valkey_program(), *self._options()],
                check=True,
                capture_output=True,
                text=True,
                cwd="/",
                env=ENVIRONMENT,
                umask=0o077,
                pass_fds=(lock,),
            )
        except subprocess.CalledProcessError as error:
            raise EmbeddedError(f"Valkey could not be started: {error.stdout}{error.stderr}".rstrip()) from error

    def _options(self) -> list[str]:
        paths = {
            "unixsocket": self.socket,
            "dir": self.directory,
            "appenddirname": APPEND_ONLY_DIRECTORY,
            "pidfile": self.process.pid_file,
            "logfile": self.process.log,
        }
        return [word for name, value in (SETTINGS | paths).items() for word in (f"--{name}", str(value))]

    def _log(self) -> str:
        log = self.process.log
        return log.read_text(errors="replace")[-LOG_TAIL:] if log.exists() else ""
