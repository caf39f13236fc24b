"""Gives a ``manage.py`` command the servers it needs."""

import sys
from collections.abc import Sequence

from integrations_site.embedded.errors import EmbeddedError
from integrations_site.embedded.lifetime import ensure_running

# Everything else talks to the database, or may. `up` starts the servers itself, after it has looked at its ports.
WITHOUT_SERVERS = frozenset(
    {"check", "collectstatic", "diffsettings", "findstatic", "help", "spectacular", "startapp", "up", "version"}
)


def provide_servers(arguments: Sequence[str]) -> None:
    """Start what the command line ``manage.py …`` needs and the environment does not name.

    The servers stop with this process, unless another one uses them. Where one cannot run, the process ends
    with a message that says why.
    """
    if not needs_servers(arguments):
        return
    try:
        ensure_running()
    except EmbeddedError as error:
        sys.exit(str(error))


def needs_servers(arguments: Sequence[str]) -> bool:
    """Whether the command may talk to the database or Redis. Help never does."""
    rest = arguments[1:]
    return bool(rest) and rest[0] not in WITHOUT_SERVERS and not {"-h", "--help", "--version"} & set(rest)
