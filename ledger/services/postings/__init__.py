"""Posting approved cases to stock, accounts payable and the books (document 000).

Each system has a module: what it asks the database for, the plan computed from the answers, and the statements that
write the plan. A dry run stops after the plan. `procedure` is what the three have in common. The number of statements
of a posting does not depend on the number of lines.
"""

import uuid
from typing import cast

from integrations_site.audit.types import Actor
from ledger.models import System
from ledger.services.postings.answers import BillAnswer, EntryAnswer, InventoryAnswer
from ledger.services.postings.posting import RefusedBySystem, post, post_all

__all__ = [
    "BillAnswer",
    "EntryAnswer",
    "InventoryAnswer",
    "RefusedBySystem",
    "post_accounting",
    "post_all",
    "post_ap",
    "post_inventory",
]


def post_inventory(*, case_id: uuid.UUID, actor: Actor, dry_run: bool = False) -> InventoryAnswer:
    """Brings the lines of an approved case into stock, and makes the items that only an alias names yet.

    Returns at another price than the stock has cost are booked with it. Raises NotFoundError, CaseNotApprovedError,
    AlreadyPostedError, DuplicateBillError, PeriodLockedError, LinesRefusedError, InsufficientStockError,
    AccountNotFoundError, ExchangeRateMissingError and AmountOutOfRangeError; nothing is written then.
    """
    answer = post(case_id=case_id, system=System.INVENTORY, actor=actor, dry_run=dry_run)
    return cast("InventoryAnswer", answer)


def post_ap(*, case_id: uuid.UUID, actor: Actor, dry_run: bool = False) -> BillAnswer:
    """Writes the bill of an approved case, and what it changes in the vendor's balance.

    Raises NotFoundError, CaseNotApprovedError, AlreadyPostedError and DuplicateBillError (both DUPLICATE_BILL),
    PeriodLockedError, ExchangeRateMissingError and AmountOutOfRangeError; nothing is written then.
    """
    return cast("BillAnswer", post(case_id=case_id, system=System.AP, actor=actor, dry_run=dry_run))


def post_accounting(*, case_id: uuid.UUID, actor: Actor, dry_run: bool = False) -> EntryAnswer:
    """Writes the journal entry of an approved case.

    Raises NotFoundError, CaseNotApprovedError, AlreadyPostedError, DuplicateBillError, PeriodLockedError,
    UnbalancedEntryError, AccountNotFoundError, ExchangeRateMissingError and AmountOutOfRangeError; nothing is written
    then.
    """
    return cast("EntryAnswer", post(case_id=case_id, system=System.ACCOUNTING, actor=actor, dry_run=dry_run))
