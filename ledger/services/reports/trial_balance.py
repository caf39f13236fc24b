"""The trial balance: what was booked on each account up to a day."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from integrations_site.kernel import clock, money
from integrations_site.tenancy import scope
from integrations_site.tenancy.database.statements import send
from ledger.services.ledger_settings import current_settings

_BALANCES = """
SELECT a.code, a.name, a.type, coalesce(sum(l.debit), 0), coalesce(sum(l.credit), 0)
FROM ledger_journalentry e
JOIN ledger_journalline l ON l.entry_id = e.id
JOIN ledger_account a ON a.id = l.account_id
WHERE e.tenant_id = %(tenant)s AND e.date <= %(as_of)s
GROUP BY a.id
ORDER BY a.code
"""


class AccountBalance(NamedTuple):
    """An account's sums; a debit balance is positive."""

    code: str
    name: str
    type: str
    debit: Decimal
    credit: Decimal

    @property
    def balance(self) -> Decimal:
        """Debits less credits."""
        return self.debit - self.credit


@dataclass(frozen=True, slots=True)
class TrialBalance:
    """Every account that was booked on, and the sums, which are equal whatever the day."""

    as_of: dt.date
    currency: str
    accounts: Sequence[AccountBalance]

    @property
    def debits(self) -> Decimal:
        """The sum of all debits."""
        return sum((account.debit for account in self.accounts), money.ZERO)

    @property
    def credits(self) -> Decimal:
        """The sum of all credits."""
        return sum((account.credit for account in self.accounts), money.ZERO)

    def body(self) -> dict[str, Any]:
        """The report as callers get it."""
        return {
            "as_of": self.as_of.isoformat(),
            "currency": self.currency,
            "accounts": [account._asdict() | {"balance": account.balance} for account in self.accounts],
            "total_debits": self.debits,
            "total_credits": self.credits,
            "difference": self.debits - self.credits,
            "balanced": self.debits == self.credits,
        }


def trial_balance(*, as_of: dt.date | None = None) -> TrialBalance:
    """The trial balance of the tenant in scope on a day; None is today."""
    day = as_of or clock.now().date()
    rows = send(_BALANCES, {"tenant": scope.tenant_id(), "as_of": day}, row=AccountBalance).all()
    return TrialBalance(as_of=day, currency=current_settings().currency, accounts=rows)
