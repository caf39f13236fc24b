"""Where the embedded servers keep their data and their sockets.

Everything lies under ``var/embedded`` of the clone, with two exceptions:

- PostgreSQL refuses to run as root. Started by root it runs as ``nobody``, and where that account cannot
  reach the clone (``/root`` is closed to it) the data moves below ``/var/lib``; ``var/embedded`` is then a
  link. The link decides: data that no link leads to is a leftover of a clone that is gone.
- The path of a Unix socket is short by law of the kernel. A clone that lies too deep has its sockets in a
  private directory below ``/tmp``.
"""

import hashlib
import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path

from integrations_site.embedded.errors import EmbeddedError

PROJECT_ROOT = Path(__file__).resolve().parents[2]
VAR = Path(os.environ.get("HUB_VAR_DIR") or PROJECT_ROOT / "var").resolve()
UNPRIVILEGED_ACCOUNT = "nobody"
RELOCATED = Path("/var/lib")
SHORT = Path("/tmp")  # noqa: S108 - a private directory in it, checked on every start; TMPDIR differs between shells
LONGEST_SOCKET_PATH = 103  # macOS; Linux allows 107
POSTGRES_SOCKET = ".s.PGSQL.5432"
REDIS_SOCKET = "redis.sock"


@dataclass(frozen=True, slots=True)
class Account:
    """An account of the operating system that a server runs as."""

    name: str
    uid: int
    gid: int


@dataclass(frozen=True, slots=True)
class Places:
    """The directories of one clone's servers, and the account PostgreSQL runs as (None: the caller's own)."""

    var: Path
    home: Path
    sockets: Path
    account: Account | None

    @property
    def link(self) -> Path:
        return self.var / "embedded"

    @property
    def is_relocated(self) -> bool:
        return self.home != self.link

    @property
    def is_linked(self) -> bool:
        """Whether ``var/embedded`` is there, so that the data under ``home`` is this clone's."""
        return self.link.is_symlink() or self.link.exists()

    def lock(self, name: str) -> Path:
        return self.home / f"{name}.lock"


def locate(var: Path) -> Places:
    """Say where the servers of the clone with this ``var`` are or will be. Makes nothing; tells everyone the same."""
    var = var.resolve()
    account = _account()
    link = var / "embedded"
    if link.is_symlink():
        home = link.resolve()
    elif link.exists() or account is None or can_reach(var.parent, account):
        home = link
    else:
        home = RELOCATED / f"integration-hub-{_digest(var)}"
    return Places(var=var, home=home, sockets=_sockets(home), account=account)


def can_reach(directory: Path, account: Account) -> bool:
    """Whether the account may enter the directory and everything above it, as far as that exists yet."""
    return all(_may_enter(path.stat(), account) for path in (directory, *directory.parents) if path.exists())


def _account() -> Account | None:
    if os.geteuid() != 0:
        return None
    try:
        entry = pwd.getpwnam(UNPRIVILEGED_ACCOUNT)
    except KeyError:
        raise EmbeddedError(
            f"PostgreSQL does not run as root, and this system has no account {UNPRIVILEGED_ACCOUNT!r} to run it as. "
            "Run the command as an ordinary user, or name a server of your own in DATABASE_URL."
        ) from None
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


def _sockets(home: Path) -> Path:
    inside = home / "run"
    # libpq reads a comma in a host as the start of a second one.
    if len(os.fsencode(inside / POSTGRES_SOCKET)) <= LONGEST_SOCKET_PATH and "," not in str(inside):
        return inside
    return SHORT / f"integration-hub-{os.geteuid()}-{_digest(home)}"


def _digest(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:16]


def _may_enter(status: os.stat_result, account: Account) -> bool:
    if status.st_uid == account.uid:
        needed = stat.S_IXUSR
    elif status.st_gid == account.gid:
        needed = stat.S_IXGRP
    else:
        needed = stat.S_IXOTH
    return bool(status.st_mode & needed)
