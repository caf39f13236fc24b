"""Writing journal entries: numbered without gaps, balanced, and only into an open period."""

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from integrations_site.audit.types import Actor
from integrations_site.kernel import clock, ids, money
from integrations_site.tenancy.database.statements import Reply, array, send
from ledger.models import JournalEntry, Purpose
from ledger.services.bookkeeping.accounts import BookAccount
from ledger.services.bookkeeping.periods import period_locked

# The settings' row numbers the entries and is the period lock, so both hold against whoever writes at the same time.
# Where the period is closed nothing is numbered, hence nothing written, and no row comes back.
_WRITE = """
WITH numbered AS (
    UPDATE ledger_ledgersettings SET journal_count = journal_count + 1
    WHERE tenant_id = %(tenant)s AND (locked_until IS NULL OR locked_until < %(date)s)
    RETURNING journal_count
), entry AS (
    INSERT INTO ledger_journalentry (id, tenant_id, created_at, updated_at, number, date, kind, memo, case_id,
        posting_id, posted_by, posted_at)
    SELECT %(id)s, %(tenant)s, %(at)s, %(at)s, journal_count, %(date)s, %(kind)s, %(memo)s, %(case)s::uuid,
        %(posting)s::uuid, %(by)s, %(at)s
    FROM numbered
), lines AS (
    INSERT INTO ledger_journalline (id, tenant_id, created_at, updated_at, entry_id, position, account_id, purpose,
        debit, credit, memo)
    SELECT ledger_part_id(%(id)s, line.position::int), %(tenant)s, %(at)s, %(at)s, %(id)s, line.position,
        line.account_id, line.purpose, CASE WHEN line.amount > 0 THEN line.amount END,
        CASE WHEN line.amount < 0 THEN -line.amount END, line.memo
    FROM numbered, unnest(%(accounts)s::uuid[], %(purposes)s::text[], %(amounts)s::numeric[], %(memos)s::text[])
        WITH ORDINALITY AS line(account_id, purpose, amount, memo, position)
)
SELECT journal_count FROM numbered
"""

_REVERSE = """
WITH numbered AS (
    UPDATE ledger_ledgersettings SET journal_count = journal_count + 1
    WHERE tenant_id = %(tenant)s AND (locked_until IS NULL OR locked_until < %(date)s)
    RETURNING journal_count
), entry AS (
    INSERT INTO ledger_journalentry (id, tenant_id, created_at, updated_at, number, date, kind, memo, case_id,
        posting_id, reverses_id, posted_by, posted_at)
    SELECT %(id)s, %(tenant)s, %(at)s, %(at)s, journal_count, date, 'reversal', left('Reverses: ' || memo, 500),
        case_id, posting_id, original.id, %(by)s, %(at)s
    FROM numbered, ledger_journalentry original
    WHERE original.id = %(original)s
), lines AS (
    INSERT INTO ledger_journalline (id, tenant_id, created_at, updated_at, entry_id, position, account_id, purpose,
        debit, credit, memo)
    SELECT ledger_part_id(%(id)s, position), tenant_id, %(at)s, %(at)s, %(id)s, position, account_id, purpose,
        credit, debit, memo
    FROM numbered, ledger_journalline
    WHERE entry_id = %(original)s
)
SELECT journal_count FROM numbered
"""

_OF_POSTING = """
SELECT id FROM ledger_journalentry WHERE posting_id = %(posting)s AND kind <> 'reversal'
"""


@dataclass(frozen=True, slots=True)
class EntryLine:
    """A line that is to be booked: a positive amount is a debit, a negative one a credit. `purpose` says what for."""

    account: BookAccount
    purpose: Purpose
    amount: Decimal
    memo: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryDraft:
    """An entry that is to be booked, in the books' currency. Lines of zero are left out."""

    id: uuid.UUID
    date: dt.date
    kind: JournalEntry.Kind
    memo: str
    lines: tuple[EntryLine, ...]

    @property
    def debits(self) -> Decimal:
        """The sum of the debits."""
        return sum((line.amount for line in self.lines if line.amount > 0), money.ZERO)

    @property
    def credits(self) -> Decimal:
        """The sum of the credits, positive."""
        return -sum((line.amount for line in self.lines if line.amount < 0), money.ZERO)

    def preview(self, currency: str) -> dict[str, Any]:
        """What a dry run tells of it."""
        lines = [
            {
                "account": line.account.code,
                "account_name": line.account.name,
                "debit": line.amount if line.amount > 0 else None,
                "credit": -line.amount if line.amount < 0 else None,
                "memo": line.memo,
            }
            for line in self.lines
        ]
        return {"date": self.date.isoformat(), "currency": currency, "lines": lines}


def draft_entry(*, date: dt.date, kind: JournalEntry.Kind, memo: str, lines: Iterable[EntryLine]) -> EntryDraft:
    """An entry of the lines that are not zero."""
    return EntryDraft(
        id=ids.new_id(), date=date, kind=kind, memo=memo[:500], lines=tuple(line for line in lines if line.amount)
    )


def send_entry(
    draft: EntryDraft,
    *,
    tenant: uuid.UUID,
    actor: Actor,
    case: uuid.UUID | None = None,
    posting: uuid.UUID | None = None,
) -> Reply[tuple[int]]:
    """Writes an entry in the caller's transaction; give the reply to `numbered`. One statement, however many lines."""
    lines: Sequence[EntryLine] = draft.lines
    return send(
        _WRITE,
        {
            "id": draft.id,
            "tenant": tenant,
            "date": draft.date,
            "kind": draft.kind.value,
            "memo": draft.memo,
            "case": case,
            "posting": posting,
            "by": actor.id,
            "at": clock.now(),
            "accounts": array(line.account.id.hex for line in lines),
            "purposes": array(line.purpose.value for line in lines),
            "amounts": array(line.amount for line in lines),
            "memos": array(line.memo[:500] for line in lines),
        },
    )


def send_entry_of(posting: uuid.UUID) -> Reply[tuple[uuid.UUID]]:
    """Asks for the entry that a posting has booked; there is none where it had nothing to book."""
    return send(_OF_POSTING, {"posting": posting})


def send_reversal(
    original: uuid.UUID, *, date: dt.date, tenant: uuid.UUID, actor: Actor, id: uuid.UUID | None = None
) -> Reply[tuple[int]]:
    """Writes the entry that takes `original` back, on its day; give the reply to `numbered`."""
    return send(
        _REVERSE,
        {
            "id": id or ids.new_id(),
            "original": original,
            "tenant": tenant,
            "date": date,
            "by": actor.id,
            "at": clock.now(),
        },
    )


def numbered(reply: Reply[tuple[int]], date: dt.date) -> int:
    """The number of an entry that was sent. Raises PeriodLockedError where the books are closed on its day."""
    row = reply.first()
    if row is None:
        raise period_locked(date)
    return row[0]
