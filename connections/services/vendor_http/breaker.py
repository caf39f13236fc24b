"""The circuit breaker of a connection: a vendor that keeps failing is left alone, for longer each time.

It stands on the connection's row, so that every process heeds it and people see it. When a pause is over, one call is
let through to try; its success closes the circuit, its failure opens it again.
"""

import datetime as dt
import time
from typing import Protocol

from django.db import transaction

from connections.models import Connection
from connections.sdk.errors import ProviderUnavailable
from connections.services.telling import connection_payload
from integrations_site.audit.services import announce
from integrations_site.audit.types import HUB
from integrations_site.kernel import clock
from notifications.sdk.catalog import EventType
from notifications.services.events import publish

# So many calls in a row, each tried several times, open the circuit.
THRESHOLD = 5
FIRST_PAUSE, LONGEST_PAUSE = dt.timedelta(seconds=30), dt.timedelta(minutes=15)
# While somebody tries, nobody else does; a process that died trying gives way after that.
_TRIAL = dt.timedelta(seconds=60)
# How long a process may go by what it last read.
_FRESH_SECONDS = 2.0


class Breaker(Protocol):
    """Lets calls through, or not."""

    def admit(self) -> None:
        """Returns where a call may be made. Raises ProviderUnavailable."""

    def succeeded(self) -> None:
        """The vendor answered, be it with a refusal."""

    def failed(self) -> None:
        """The vendor did not answer, or could not serve."""


class Unbroken:
    """For single calls outside any connection."""

    def admit(self) -> None:
        return

    def succeeded(self) -> None:
        return

    def failed(self) -> None:
        return


class ConnectionBreaker:
    """The breaker of one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._failures, self._blocked_until = connection.failures, connection.blocked_until
        self._read_at = float("-inf")

    def admit(self) -> None:
        if time.monotonic() - self._read_at > _FRESH_SECONDS:
            self._read()
        if self._blocked_until is None:
            return
        if self._blocked_until > clock.now() or not self._may_try(self._blocked_until):
            raise ProviderUnavailable(
                f"The vendor kept failing; the hub tries again after {clock.iso(self._blocked_until)}", code="BLOCKED"
            )

    def succeeded(self) -> None:
        if self._failures == 0 and self._blocked_until is None:
            return
        with transaction.atomic():
            row = _locked(self._connection)
            announce(action="connection.answers", actor=HUB, subject=row.public_id, data={"failures": row.failures})
            was_blocked = row.blocked_until is not None
            self._write(row, failures=0, blocked_until=None)
            if was_blocked:
                _tell(EventType.CONNECTION_RECOVERED, row, {})

    def failed(self) -> None:
        with transaction.atomic():
            row = _locked(self._connection)
            failures = row.failures + 1
            announce(action="connection.fails", actor=HUB, subject=row.public_id, data={"failures": failures})
            opens = failures >= THRESHOLD
            self._write(row, failures=failures, blocked_until=clock.now() + pause(failures) if opens else None)
            if failures == THRESHOLD and row.blocked_until:
                _tell(EventType.CONNECTION_BLOCKED, row, {"blockedUntil": clock.iso(row.blocked_until)})

    def _may_try(self, expected: dt.datetime) -> bool:
        """Whether this call is the one that tries: the first to move the end of the pause."""
        until = clock.now() + _TRIAL
        with transaction.atomic():
            subject = self._connection.public_id
            announce(action="connection.tried", actor=HUB, subject=subject)
            ours = Connection.objects.filter(pk=self._connection.pk, blocked_until=expected).update(blocked_until=until)
        self._blocked_until = until
        return bool(ours)

    def _read(self) -> None:
        row = Connection.objects.only("failures", "blocked_until").get(pk=self._connection.pk)
        self._failures, self._blocked_until = row.failures, row.blocked_until
        self._read_at = time.monotonic()

    def _write(self, row: Connection, *, failures: int, blocked_until: dt.datetime | None) -> None:
        row.failures = self._failures = failures
        row.blocked_until = self._blocked_until = blocked_until
        row.save(update_fields=["failures", "blocked_until", "updated_at"])


def pause(failures: int) -> dt.timedelta:
    """How long a vendor is left alone after so many failures in a row."""
    return min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(failures - THRESHOLD, 10))


def _locked(connection: Connection) -> Connection:
    locked = Connection.objects.select_for_update(of=("self",)).select_related("integration__provider")
    return locked.get(pk=connection.pk)


def _tell(type: EventType, row: Connection, more: dict[str, str]) -> None:
    publish(type=type, subject=row.public_id, payload=connection_payload(row) | more)
