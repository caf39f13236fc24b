"""How often an account or an address may try something that could be guessed."""

import hashlib
import unicodedata
from dataclasses import dataclass

from django.http import HttpRequest

from integrations_site.api.limits import network
from integrations_site.kernel import limits
from integrations_site.kernel.errors import HubError


class TooManyAttemptsError(HubError):
    """The account or the address has tried too often."""

    status, code = 429, "TOO_MANY_ATTEMPTS"


@dataclass(frozen=True, slots=True)
class Attempts:
    """Limits of one kind of attempt, for each `seconds`."""

    kind: str
    per_account: int
    per_address: int
    seconds: int = 900

    def count(self, request: HttpRequest, account: str) -> None:
        """Counts an attempt, of a known account or not. Raises TooManyAttemptsError.

        Both limits are counted before anything is tried, so attempts at the same time cannot slip through together.
        """
        name = hashlib.sha256(_same(account).encode()).hexdigest()
        uses = [
            limits.count(f"{self.kind}:account:{name}", limit=self.per_account, seconds=self.seconds),
            limits.count(f"{self.kind}:address:{network(request)}", limit=self.per_address, seconds=self.seconds),
        ]
        if exceeded := [use for use in uses if use.is_exceeded]:
            wait = max(use.retry_after for use in exceeded)
            raise TooManyAttemptsError(f"Too many attempts. Please try again in {_minutes(wait)}.", retry_after=wait)


LOG_IN = Attempts("login", per_account=10, per_address=60)
PASSWORD_RESET = Attempts("reset", per_account=3, per_address=20)
PASSWORD_CHANGE = Attempts("change", per_account=10, per_address=60)


def _same(account: str) -> str:
    """One spelling for all that mean one account: the log-in form normalizes, and the database ignores case."""
    return unicodedata.normalize("NFKC", account).strip().upper()


def _minutes(seconds: int) -> str:
    minutes = -(-seconds // 60)
    return "a minute" if minutes == 1 else f"{minutes} minutes"
