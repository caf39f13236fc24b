"""Who can log in at a vendor, and what they may be told apart by."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Account:
    """An account at a vendor: a company, a workspace, an organisation. `key` is what a consent form names it by.

    `share` is how much of the sandbox's number of records it has: 1, 0.5, or 0 for an account that is empty.
    `members` are the accounts that a log-in reaches beside its own.
    """

    key: str
    id: str
    name: str
    share: float = 1.0
    user: str = ""
    members: tuple[str, ...] = field(default=())


def account_of(accounts: tuple[Account, ...], name: str) -> Account | None:
    """The account with this key or id."""
    return next((account for account in accounts if name in (account.key, account.id)), None)
