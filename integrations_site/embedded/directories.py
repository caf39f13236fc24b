"""Makes and removes the directories that ``places`` names, and keeps strangers out of them."""

import os
import shutil
import stat
from pathlib import Path

from integrations_site.embedded.errors import EmbeddedError
from integrations_site.embedded.places import Account, Places, can_reach


def prepare(places: Places) -> None:
    """Make every directory the servers need, each closed to other users. Safe to repeat.

    Outside ``var`` no permission is touched. Raises EmbeddedError where PostgreSQL's account cannot get in,
    or where somebody else's directory stands in the way.
    """
    try:
        _make_home(places)
        _make_private(places.home / "postgres", places.account)
        _make_private(places.home / "redis", None)
        _make_private(places.sockets, places.account)
    except PermissionError as error:
        raise EmbeddedError(
            f"{error.filename} belongs to another user. Run the command as that user, or remove {places.link}."
        ) from error
    if places.account and not can_reach(places.home, places.account):
        raise EmbeddedError(
            f"PostgreSQL runs as {places.account.name!r} here, which may not enter {places.home}. "
            f"Open the directories above it, or remove {places.link} (the data is lost) and start again."
        )


def remove(places: Places) -> None:
    """Remove all data, sockets and the link. The servers must have stopped."""
    for directory in (places.sockets, places.home):
        if directory.exists():
            shutil.rmtree(directory)
    if places.link.is_symlink():
        places.link.unlink()


def _make_home(places: Places) -> None:
    places.var.mkdir(parents=True, exist_ok=True)
    # Who runs as root needs the way in for PostgreSQL's account; reading the directory is still not allowed.
    mode = 0o711 if places.account else 0o700
    if places.account:
        places.var.chmod(stat.S_IMODE(places.var.stat().st_mode) | stat.S_IXOTH)
    places.home.mkdir(parents=places.is_relocated, exist_ok=True)
    places.home.chmod(mode)
    if places.is_relocated and not places.link.is_symlink():
        places.link.symlink_to(places.home)


def _make_private(directory: Path, account: Account | None) -> None:
    """Make a directory only its owner can enter, or make sure that the one standing there is exactly that.

    The check matters below ``/tmp``, where anybody could have made it first in order to pose as the server.
    """
    uid = account.uid if account else os.geteuid()
    try:
        directory.mkdir(mode=0o700)
    except FileExistsError:
        status = directory.lstat()
        if not stat.S_ISDIR(status.st_mode) or status.st_uid not in (uid, os.geteuid()):
            raise EmbeddedError(
                f"{directory} is in the way, for it does not belong to user {uid}; remove it."
            ) from None
        directory.chmod(0o700)
    if account:
        os.chown(directory, account.uid, account.gid)
