"""The chart of accounts."""

import uuid
from collections.abc import Mapping
from typing import Any

from django.db import transaction

from integrations_site.audit.services import announce
from integrations_site.audit.types import Actor
from integrations_site.kernel import ids
from integrations_site.kernel.errors import ConflictError, UnprocessableError
from ledger.models import Account, AccountMapping, JournalLine, TaxRule, Vendor
from ledger.services.changes import announce_and_save
from ledger.services.locking import locked
from ledger.services.uniqueness import refusing

Parents = Mapping[uuid.UUID, uuid.UUID | None]


class AccountCodeTakenError(ConflictError):
    """Another account of the chart has the code."""

    code = "ACCOUNT_CODE_TAKEN"


class AccountInUseError(ConflictError):
    """Entries or mappings rely on the account as it is."""

    code = "ACCOUNT_IN_USE"


class AccountCycleError(ConflictError):
    """An account would stand, over others, below itself."""

    code = "ACCOUNT_CYCLE"


@transaction.atomic
def create_account(*, code: str, name: str, type: str, actor: Actor, parent: Account | None = None) -> Account:
    """A new account. Raises AccountCodeTakenError."""
    account = Account(id=ids.new_id(), code=code, name=name, type=type, parent=parent)
    announce(
        action="account.created",
        actor=actor,
        subject=account.public_id,
        data={"code": code, "name": name, "type": type, "parent": parent.code if parent else None},
    )
    with refusing("account_code_once", _taken(code)):
        account.save(force_insert=True)
    return account


@transaction.atomic
def update_account(*, account_id: uuid.UUID, changes: Mapping[str, Any], actor: Actor) -> Account:
    """Changes code, name, type or parent.

    Raises NotFoundError, AccountCodeTakenError, AccountInUseError (the type of an account that has entries) and
    AccountCycleError.
    """
    parents = _locked_chart() if changes.get("parent") is not None else {}
    account = locked(Account, account_id)
    if changes.get("type", account.type) != account.type:
        _check_no_entries(account)
    if parents:
        _check_no_cycle(account, changes["parent"], parents)
    with refusing("account_code_once", _taken(changes.get("code", account.code))):
        announce_and_save(account, changes, action="account.updated", actor=actor)
    return account


@transaction.atomic
def deactivate_account(*, account_id: uuid.UUID, actor: Actor) -> Account:
    """Nothing more is booked on the account. Raises NotFoundError, and AccountInUseError while others need it."""
    account = locked(Account, account_id)
    if users := _users(account):
        raise AccountInUseError(
            f"The account {account.code} is still used by {', '.join(users)}; point them at another account first",
            details={"used_by": users},
        )
    announce_and_save(account, {"is_active": False}, action="account.deactivated", actor=actor)
    return account


@transaction.atomic
def activate_account(*, account_id: uuid.UUID, actor: Actor) -> Account:
    """The account can be booked on again. Raises NotFoundError."""
    account = locked(Account, account_id)
    announce_and_save(account, {"is_active": True}, action="account.activated", actor=actor)
    return account


def require_active(account: Account) -> None:
    """Makes sure that an account that something is about to point at is active, until the transaction ends.

    Raises UnprocessableError (ACCOUNT_INACTIVE).
    """
    if not locked(Account, account.pk).is_active:
        raise UnprocessableError(
            f"The account {account.code} is deactivated; activate it first, or choose another one",
            code="ACCOUNT_INACTIVE",
        )


def _check_no_entries(account: Account) -> None:
    if JournalLine.objects.filter(account=account).exists():
        raise AccountInUseError(
            f"The account {account.code} has journal entries, so its type cannot change; make a new account",
            details={"used_by": ["journal entries"]},
        )


def _locked_chart() -> Parents:
    """What each account stands below, with all of them locked: two moves at a time could close a circle between them.

    Before any one account, and in one order, so that two moves do not wait in a ring; postings need not wait at all.
    """
    chart = Account.objects.select_for_update(no_key=True).order_by("id")
    return dict(chart.values_list("id", "parent_id"))


def _check_no_cycle(account: Account, parent: Account, parents: Parents) -> None:
    above: uuid.UUID | None = parent.id
    while above is not None:
        if above == account.id:
            raise AccountCycleError(
                f"{parent.code} stands below {account.code}, so it cannot stand above it",
                details={"fields": {"parent_id": ["It is below this account."]}},
            )
        above = parents.get(above)


def _users(account: Account) -> list[str]:
    users = {
        "account mappings": AccountMapping.objects.filter(account=account),
        "tax rules": TaxRule.objects.filter(account=account),
        "vendors": Vendor.objects.filter(default_account=account),
        "active accounts below it": Account.objects.filter(parent=account, is_active=True),
    }
    return [name for name, found in users.items() if found.exists()]


def _taken(code: str) -> AccountCodeTakenError:
    return AccountCodeTakenError(f"Another account has the code {code}", details={"fields": {"code": ["It is taken."]}})
