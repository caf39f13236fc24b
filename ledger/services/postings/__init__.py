"""Posting approved cases to stock, accounts payable and the books (document 000).

Each system has a module: what it asks the database for, the plan computed from the answers, and the statements that
write the plan. A dry run stops after the plan. `procedure` is what the three have in common. The number of statements
of a posting does not depend on the number of lines.
"""

import uuid

from integrations_site.audit.types import Actor
from ledger.services.postings.accounting import AccountingPosting
from ledger.services.postings.answers import BillAnswer, EntryAnswer, InventoryAnswer
from ledger.services.postings.ap import ApPosting
from ledger.services.postings.inventory import InventoryPosting
from ledger.services.postings.procedure import post

__all__ = ["BillAnswer", "EntryAnswer", "InventoryAnswer", "post_accounting", "post_ap", "post_inventory"]


def post_inventory(*, case_id: uuid.UUID, actor: Actor, dry_run: bool = False) -> InventoryAnswer:
    """Brings the lines of an approved case into stock, and makes the items that only an alias names yet.

    Raises NotFoundError, CaseNotApprovedError, AlreadyPostedError, PeriodLockedError, LinesRefusedError,
    InsufficientStockError, ExchangeRateMissingError and AmountOutOfRangeError; nothing is written then.
    """
    return post(InventoryPosting(), case_id=case_id, actor=actor, dry_run=dry_run)


def post_ap(*, case_id: uuid.UUID, actor: Actor, dry_run: bool = False) -> BillAnswer:
    """Writes the bill of an approved case, and what it changes in the vendor's balance.

    Raises NotFoundError, CaseNotApprovedError, AlreadyPostedError and DuplicateBillError (both DUPLICATE_BILL),
    PeriodLockedError, ExchangeRateMissingError and AmountOutOfRangeError; nothing is written then.
    """
    return post(ApPosting(), case_id=case_id, actor=actor, dry_run=dry_run)


def post_accounting(*, case_id: uuid.UUID, actor: Actor, dry_run: bool = False) -> EntryAnswer:
    """Writes the journal entry of an approved case.

    Raises NotFoundError, CaseNotApprovedError, AlreadyPostedError, PeriodLockedError, UnbalancedEntryError,
    AccountNotFoundError, ExchangeRateMissingError and AmountOutOfRangeError; nothing is written then.
    """
    return post(AccountingPosting(), case_id=case_id, actor=actor, dry_run=dry_run)
