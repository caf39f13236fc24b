"""One at a time for each connection, across all processes: PostgreSQL's advisory locks, held by the session.

No transaction is open while the lock is held and a vendor is asked. A process that dies loses its session, and with it
the lock.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import OperationalError
from django.db import connection as database
from psycopg.errors import LockNotAvailable

from connections.models import Connection
from integrations_site.kernel.errors import TransientError

# Longer than a vendor may take to answer; then whoever waits gives up.
_LONGEST_WAIT = "60s"
_LOCK = "SELECT set_config('lock_timeout', %s, false), pg_advisory_lock(%s)"
_UNLOCK = "SELECT pg_advisory_unlock(%s), set_config('lock_timeout', '0', false)"
_FORGET = "SELECT set_config('lock_timeout', '0', false)"


class RenewalBusyError(TransientError):
    """Somebody else has been renewing the access for too long."""

    code = "RENEWAL_BUSY"


@contextmanager
def exclusively(connection: Connection) -> Iterator[None]:
    """Nobody else is inside such a block for this connection. Raises RenewalBusyError after a minute's wait."""
    key = _key(connection)
    try:
        _run(_LOCK, _LONGEST_WAIT, key)
    except OperationalError as error:
        if isinstance(error.__cause__, LockNotAvailable):
            _run(_FORGET)
            raise RenewalBusyError("The access is being renewed by somebody else; try again in a moment") from None
        raise
    try:
        yield
    finally:
        _run(_UNLOCK, key)


def _run(statement: str, *parameters: str | int) -> None:
    with database.cursor() as cursor:
        cursor.execute(statement, list(parameters))


def _key(connection: Connection) -> int:
    """A number of 64 bits that no other connection has, but for chance."""
    digest = hashlib.blake2b(b"connections.access:" + connection.pk.bytes, digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)
