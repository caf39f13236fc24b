"""A case in the books: its journal entry."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from integrations_site.kernel import ids
from integrations_site.tenancy.database.statements import Reply
from ledger.models import JournalEntry, Purpose, System
from ledger.services.bookkeeping.accounts import AccountBook
from ledger.services.bookkeeping.journal import EntryDraft, EntryLine, draft_entry, send_entry
from ledger.services.bookkeeping.valuation import Amounts, Valuation, value
from ledger.services.postings.answers import DRY_RUN, EntryAnswer
from ledger.services.postings.cases import PostableCase
from ledger.services.postings.lines import PostableLine
from ledger.services.postings.material import Material, Need
from ledger.services.postings.procedure import Stamp, SystemPosting
from ledger.services.postings.taxes import PostableTax


@dataclass(frozen=True, slots=True)
class EntryPlan:
    """The entry that is to be written. Where every amount is zero it has no lines, and nothing is written."""

    case: PostableCase
    draft: EntryDraft

    @property
    def answer(self) -> EntryAnswer:
        """What the posting answers."""
        entry_id = ids.public(JournalEntry.id_kind, self.draft.id) if self.draft.lines else None
        return self._answer("posted" if entry_id else "nothing_to_post", entry_id=entry_id)

    def write(self, stamp: Stamp) -> Reply[tuple[int]] | None:
        """Sends the entry: one statement."""
        if not self.draft.lines:
            return None
        return send_entry(
            self.draft, tenant=self.case.tenant_id, actor=stamp.actor, case=self.case.id, posting=stamp.posting_id
        )

    def preview(self) -> EntryAnswer:
        """What `write` would write."""
        return self._answer(DRY_RUN, preview=self.draft.preview(self.case.book_currency))

    def _answer(
        self, status: str, *, entry_id: str | None = None, preview: dict[str, Any] | None = None
    ) -> EntryAnswer:
        return EntryAnswer(
            case_id=self.case.public_id,
            status=status,
            entry_id=entry_id,
            total_debits=self.draft.debits,
            total_credits=self.draft.credits,
            preview=preview,
        )


class AccountingPosting(SystemPosting):
    """How a case is posted to the books."""

    system = System.ACCOUNTING
    needs = frozenset({Need.LINES, Need.TAXES, Need.MAPPINGS})

    def plan(self, material: Material, more: None) -> EntryPlan:
        """The entry.

        Raises UnbalancedEntryError, AccountNotFoundError, ExchangeRateMissingError and AmountOutOfRangeError.
        """
        case, lines, taxes = material.case, material.lines, material.taxes
        valuation = value(
            Amounts(
                lines=[line.line_total for line in lines],
                taxes=[tax.amount for tax in taxes],
                prepaid=case.prepaid,
                rounding=case.rounding,
                payable=case.payable,
            ),
            case.converter(),
            lines=material.line_values.values(),
        )
        book = material.accounts(lines)
        draft = draft_entry(
            date=case.invoice_date,
            kind=JournalEntry.Kind.CASE,
            memo=f"{case.vendor_name} {case.invoice_number}",
            lines=[
                *_line_lines(lines, valuation, book),
                *_tax_lines(case, taxes, valuation, book),
                *_settlement(valuation, book),
            ],
        )
        return EntryPlan(case=case, draft=draft)


def _line_lines(lines: Sequence[PostableLine], valuation: Valuation, book: AccountBook) -> Iterator[EntryLine]:
    for line, amount in zip(lines, valuation.lines, strict=True):
        purpose = line.treatment
        if amount:
            account = book.account(purpose, item=line.item_id, category=line.mapping_category)
            yield EntryLine(account, purpose, amount, line.description or line.label)


def _tax_lines(
    case: PostableCase, taxes: Sequence[PostableTax], valuation: Valuation, book: AccountBook
) -> Iterator[EntryLine]:
    for tax, amount in zip(taxes, valuation.taxes, strict=True):
        if amount:
            yield EntryLine(tax.account(case, book), tax.purpose(case), amount, tax.label)


def _settlement(valuation: Valuation, book: AccountBook) -> Iterator[EntryLine]:
    """What is owed, what was paid in advance, and what rounding leaves."""
    figures = (
        (Purpose.ROUNDING, valuation.rounding),
        (Purpose.PREPAYMENTS, -valuation.prepaid),
        (Purpose.PAYABLES, -valuation.payable),
    )
    for purpose, amount in figures:
        if amount:
            yield EntryLine(book.account(purpose), purpose, amount, purpose.label)
