"""Starts PostgreSQL from the wheel: on a Unix socket only, with the hub's database and its owner in it."""

import os
import shlex
import shutil
import subprocess
from pathlib import Path

import psycopg
from psycopg import sql

from integrations_site.embedded.errors import EmbeddedError
from integrations_site.embedded.places import POSTGRES_SOCKET, Places
from integrations_site.embedded.processes import START_SECONDS, postgres_process
from integrations_site.embedded.urls import DATABASE, OWNER
from integrations_site.embedded.wheels import POSTGRES_MAJOR, postgres_programs

SUPERUSER = "postgres"
LOG_TAIL = 2000
# Nothing of the caller's environment: PGPORT, PGDATA and their like would change where the server goes.
ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}
SETTINGS = {
    "listen_addresses": "",
    "shared_buffers": "256MB",
    "max_connections": "100",
    "max_wal_size": "512MB",
    "random_page_cost": "1.1",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "unix_socket_permissions": "0700",
}


def ensure_postgres(places: Places) -> None:
    """See to it that PostgreSQL runs, with the database ``hub`` and its owner, who is no superuser."""
    server = EmbeddedPostgres(places)
    if not server.process.start_once(launch=server.launch, answers=server.answers):
        raise EmbeddedError(f"PostgreSQL ended as soon as it had started; see {server.process.log}")


class EmbeddedPostgres:
    """The PostgreSQL of one clone."""

    def __init__(self, places: Places) -> None:
        self.places = places
        self.process = postgres_process(places)
        self.data = self.process.pid_file.parent

    def launch(self, lock: int) -> None:
        """Start the server, which inherits the lock, on data that is made first if need be."""
        programs = postgres_programs(self.places)
        self._forget_the_dead()
        self._make_data(programs)
        start = (programs / "pg_ctl", "start", "-w", "-t", f"{START_SECONDS:.0f}")
        # Relative to the directory it runs in: pg_ctl hands the paths to a shell, which would read quotes and dollars.
        where = ("-D", self.data.name, "-l", self.process.log.name)
        self._run(*start, *where, "-o", shlex.join(self._options()), inherited=(lock,))

    def answers(self) -> bool:
        """Whether the server takes connections; if it does, the hub's database and its owner are there."""
        try:
            self._provision()
        except psycopg.OperationalError:
            return False
        return True

    def _forget_the_dead(self) -> None:
        """Remove what a killed server left. PostgreSQL would take a stranger with its old number for itself alive.

        The lock, held by the caller, has proved that no process of the old server is left.
        """
        socket = self.places.sockets / POSTGRES_SOCKET
        for leftover in (self.process.pid_file, socket, socket.with_name(f"{POSTGRES_SOCKET}.lock")):
            leftover.unlink(missing_ok=True)

    def _make_data(self, programs: Path) -> None:
        version = self.data / "PG_VERSION"
        if version.exists():
            if version.read_text().strip() != str(POSTGRES_MAJOR):
                raise EmbeddedError(f"{self.data} was not written by PostgreSQL {POSTGRES_MAJOR}; move it away.")
            return
        # Made beside its place and moved there whole, so that no crash leaves half a database.
        half_done = self.data.with_suffix(".new")
        shutil.rmtree(half_done, ignore_errors=True)
        locale = ("--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C")
        access = (f"--username={SUPERUSER}", "--auth-local=trust", "--auth-host=reject")
        self._run(programs / "initdb", "--pgdata", half_done.name, "--no-instructions", *locale, *access)
        half_done.rename(self.data)

    def _options(self) -> list[str]:
        # The setting is a list; in double quotes a path is one entry whatever it contains.
        sockets = '"{}"'.format(str(self.places.sockets).replace('"', '""'))
        settings = SETTINGS | {"unix_socket_directories": sockets}
        return [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]

    def _provision(self) -> None:
        """Make the owner and the database, if they are not there. The superuser is used for nothing else."""
        with psycopg.connect(
            host=str(self.places.sockets),
            port=5432,
            user=SUPERUSER,
            dbname="postgres",
            connect_timeout=5,
            autocommit=True,
        ) as connection:
            if not connection.execute("SELECT FROM pg_roles WHERE rolname = %s", [OWNER]).rowcount:
                rights = sql.SQL("LOGIN CREATEDB CREATEROLE NOSUPERUSER NOBYPASSRLS")
                connection.execute(sql.SQL("CREATE ROLE {} {}").format(sql.Identifier(OWNER), rights))
            if not connection.execute("SELECT FROM pg_database WHERE datname = %s", [DATABASE]).rowcount:
                names = (sql.Identifier(DATABASE), sql.Identifier(OWNER))
                connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(*names))

    def _run(self, *command: str | Path, inherited: tuple[int, ...] = ()) -> None:
        account = self.places.account
        try:
            subprocess.run(  # noqa: S603 - programs of the wheel, arguments of ours
                command,
                check=True,
                capture_output=True,
                text=True,
                cwd=self.data.parent,
                env=ENVIRONMENT,
                umask=0o077,
                pass_fds=inherited,
                user=account.uid if account else None,
                group=account.gid if account else None,
                extra_groups=[] if account else None,
            )
        except (subprocess.CalledProcessError, OSError, ValueError) as error:
            raise EmbeddedError(self._failure(Path(command[0]).name, error)) from error

    def _failure(self, program: str, error: Exception) -> str:
        said = error.stderr if isinstance(error, subprocess.CalledProcessError) else str(error)
        log = self.process.log.read_text(errors="replace")[-LOG_TAIL:] if self.process.log.exists() else ""
        return f"PostgreSQL could not be started ({program}): {said.strip()}\n{log}".rstrip()
