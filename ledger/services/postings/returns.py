"""Returns: what goes back takes as much value out of stock as the vendor credits, as far as the item has it.

The last piece takes all that is left. So no item has value without stock, or less than none. What the vendor credits
besides is a price difference. The posting to stock books it, on the stock account against the cost of sales; the
posting to the books has the document's own amounts. Neither looks at the other, so that the stock account is the
valuation in whatever order cases are posted, and each takes back what is its own.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from integrations_site.kernel import money
from ledger.models import JournalEntry, Purpose, StockMovement
from ledger.services.bookkeeping.accounts import AccountBook
from ledger.services.bookkeeping.journal import EntryDraft, EntryLine, draft_entry
from ledger.services.postings.cases import PostableCase
from ledger.services.postings.lines import PostableLine
from ledger.services.postings.material import Material
from ledger.services.postings.stock_plan import LockedItem

Values = Mapping[int, Decimal]


def stock_values(
    case: PostableCase, lines: Sequence[PostableLine], items: Mapping[str, LockedItem], stated: Values
) -> Values:
    """By position, what the lines are worth to stock, signed; `stated` is what they are worth by the document."""
    sign = case.sign
    returned = {line.our_sku for line in lines if line.quantity * sign < 0}
    if not returned:
        return stated
    by_sku = defaultdict(list)
    for line in lines:
        if line.our_sku in returned:
            by_sku[line.our_sku].append(line)
    found = dict(stated)
    for sku, of_item in by_sku.items():
        found.update(_taken_out(of_item, items.get(sku), stated, sign))
    return found


def price_differences(material: Material, values: Values) -> EntryDraft | None:
    """The entry for what stock values otherwise than the document; None where there is no such thing.

    Raises AccountNotFoundError.
    """
    stated = material.line_values
    if values is stated:
        return None
    lines = [line for line in material.stock_lines if values[line.position] != stated[line.position]]
    if not lines:
        return None
    case, book = material.case, material.accounts(lines)
    return draft_entry(
        date=case.invoice_date,
        kind=JournalEntry.Kind.STOCK,
        memo=f"Price differences of {case.vendor_name} {case.invoice_number}",
        lines=[
            side for line in lines for side in _difference(line, values[line.position] - stated[line.position], book)
        ],
    )


def _taken_out(
    lines: Sequence[PostableLine], item: LockedItem | None, stated: Values, sign: int
) -> Iterator[tuple[int, Decimal]]:
    """What each return of an item takes out: what the document says, the last one what is then still to go."""
    quantity, value = (item.quantity, item.value) if item else (money.ZERO, money.ZERO)
    returns = [line.position for line in lines if line.quantity * sign < 0]
    stays = value + sum(stated[line.position] for line in lines)
    is_last = not quantity + sum(line.quantity for line in lines) * sign
    too_much = stays if is_last or stays < 0 else money.ZERO
    to_go = too_much - sum(stated[position] for position in returns)
    for position in returns[:-1]:
        goes = min(-stated[position], to_go)
        to_go -= goes
        yield position, -goes
    yield returns[-1], -to_go


def _difference(line: PostableLine, amount: Decimal, book: AccountBook) -> Iterator[EntryLine]:
    memo = f"Price difference: {line.description or line.label}"
    accounts = (
        (Purpose.INVENTORY, line.mapping_category, amount),
        (Purpose.COGS, StockMovement.Kind.RETURN.value, -amount),
    )
    for purpose, category, figure in accounts:
        yield EntryLine(book.account(purpose, item=line.item_id, category=category), purpose, figure, memo)
