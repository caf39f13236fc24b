"""How often an account or an address may try something that could be guessed.

Counted in PostgreSQL, where the accounts are: a limit that holds off guessing must not end with Redis.
"""

import datetime as dt
import hashlib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from django.db import connection
from django.http import HttpRequest

from integrations_site.api.limits import network
from integrations_site.kernel import clock
from integrations_site.kernel.errors import HubError
from integrations_site.kernel.limits import Usage

# The window is fixed and begins with the first attempt.
_COUNT = """
INSERT INTO web_attemptcount AS known (key, used, ends_at) VALUES (%(key)s, 1, %(ends_at)s)
ON CONFLICT (key) DO UPDATE SET
    used = CASE WHEN known.ends_at > %(now)s THEN known.used + 1 ELSE 1 END,
    ends_at = CASE WHEN known.ends_at > %(now)s THEN known.ends_at ELSE excluded.ends_at END
RETURNING used, ends_at
"""


class TooManyAttemptsError(HubError):
    """The account or the address has tried too often."""

    status, code = 429, "TOO_MANY_ATTEMPTS"


@dataclass(frozen=True, slots=True)
class Attempts:
    """Limits of one kind of attempt, for each `seconds`: on one account from one place, from anywhere, and in all.

    The limit on an account from anywhere is the looser one, so that strangers cannot lock its owner out from one place.
    """

    kind: str
    per_place: int
    per_account: int
    per_address: int
    seconds: int = 900

    def count(self, request: HttpRequest, account: str, *, device: str = "") -> None:
        """Counts an attempt, of a known account or not. Raises TooManyAttemptsError.

        A `device` that the account was used on before is a place of its own: no stranger's attempts count there. All of
        an account's devices share a limit too: whoever knew its password once may have made many. Each limit is counted
        before anything is tried, so attempts at the same time cannot slip through together; what one limit refuses does
        not count towards the next.
        """
        for name, limit in self._limits(network(request), fingerprint(account), device).items():
            use = _count(f"{self.kind}:{name}", limit, self.seconds)
            if use.is_exceeded:
                wait = use.retry_after
                raise TooManyAttemptsError(
                    f"Too many attempts. Please try again in {_minutes(wait)}.", retry_after=wait
                )

    def _limits(self, address: str, name: str, device: str) -> Mapping[str, int]:
        if device:
            return {f"device:{device}": self.per_place, f"devices:{name}": self.per_account}
        return {
            f"address:{address}": self.per_address,
            f"place:{address}:{name}": self.per_place,
            f"account:{name}": self.per_account,
        }


LOG_IN = Attempts("login", per_place=10, per_account=100, per_address=60)
PASSWORD_RESET = Attempts("reset", per_place=3, per_account=3, per_address=20)
PASSWORD_CHANGE = Attempts("change", per_place=10, per_account=10, per_address=60)


def fingerprint(account: str) -> str:
    """One name for all spellings of an account: the log-in form normalizes, and the database ignores case."""
    same = unicodedata.normalize("NFKC", account).strip().upper()
    return hashlib.sha256(same.encode("utf-8", "replace")).hexdigest()


def _count(key: str, limit: int, seconds: int) -> Usage:
    now = clock.now()
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, {"key": key, "now": now, "ends_at": now + dt.timedelta(seconds=seconds)})
        used, ends_at = cursor.fetchone()
    return Usage(limit, used, int(ends_at.timestamp()) + 1)


def _minutes(seconds: int) -> str:
    minutes = -(-seconds // 60)
    return "a minute" if minutes == 1 else f"{minutes} minutes"
