"""A case in stock: which lines it brings, and what stands in their way."""

from collections.abc import Iterator, Sequence

from integrations_site.kernel import ids
from integrations_site.tenancy.database.statements import Reply, array, send
from ledger.models import LedgerSettings, System
from ledger.services.bookkeeping.errors import InsufficientStockError, LinesRefusedError, details, plain
from ledger.services.postings import stock_sql as sql
from ledger.services.postings.cases import PostableCase
from ledger.services.postings.lines import PostableLine
from ledger.services.postings.material import Material, Need
from ledger.services.postings.procedure import SystemPosting
from ledger.services.postings.returns import price_differences, stock_values
from ledger.services.postings.stock_plan import ItemChange, LockedItem, StockPlan


class InventoryPosting(SystemPosting):
    """How a case is posted to stock."""

    system = System.INVENTORY
    needs = frozenset({Need.LINES})

    def ask_more(self, material: Material) -> Reply[LockedItem] | None:
        """Locks the items, always in the same order."""
        skus = {line.our_sku for line in material.stock_lines}
        if not skus:
            return None
        return send(sql.LOCK_ITEMS, {"tenant": material.case.tenant_id, "skus": array(skus)}, row=LockedItem)

    def plan(self, material: Material, more: Reply[LockedItem] | None) -> StockPlan:
        """The movements.

        Raises LinesRefusedError, InsufficientStockError, ExchangeRateMissingError and AmountOutOfRangeError, and
        AccountNotFoundError where a price difference is to be booked.
        """
        case, lines = material.case, material.stock_lines
        items = {item.sku: item for item in more.all()} if more else {}
        _refuse_lines(case, lines, items)
        values = stock_values(case, lines, items, material.line_values)
        changes: dict[str, ItemChange] = {}
        movements = []
        for line in lines:
            change = changes.get(line.our_sku) or _unchanged(line, items)
            changes[line.our_sku] = change
            movements.append(change.move(line, line.quantity * case.sign, values[line.position]))
        _refuse_shortage(changes)
        return StockPlan(case, movements, list(changes.values()), price_differences(material, values))


def _unchanged(line: PostableLine, items: dict[str, LockedItem]) -> ItemChange:
    item = items.get(line.our_sku)
    if item is None:
        return ItemChange(line.our_sku, ids.new_id(), None, line.description)
    return ItemChange(line.our_sku, item.id, item, line.description, last_cost=item.last_cost)


def _refuse_lines(case: PostableCase, lines: Sequence[PostableLine], items: dict[str, LockedItem]) -> None:
    problems = dict(_problems(case, lines, items))
    if not problems:
        return
    codes = set(problems.values())
    code = LinesRefusedError.code if LinesRefusedError.code in codes else next(iter(problems.values()))
    raise LinesRefusedError(
        code,
        list(problems),
        next_step="Add a SKU alias (POST /api/sku-aliases) or the item for each unknown SKU, "
        "correct or reject the case for the others, then post again",
    )


def _problems(
    case: PostableCase, lines: Sequence[PostableLine], items: dict[str, LockedItem]
) -> Iterator[tuple[str, str]]:
    """Sentences and codes; the same SKU is named once."""
    rejects = case.unknown_sku == LedgerSettings.UnknownSku.REJECT
    for line in lines:
        item = items.get(line.our_sku)
        if not line.sku:
            yield f"{line.label}: SKU missing", "SKU_MISSING"
        elif rejects and not line.is_known:
            yield f"{line.label}: Mapping not found", "SKU_MAPPING_NOT_FOUND"
        elif not line.quantity:
            yield f"{line.label}: Invalid quantity", "INVALID_QUANTITY"
        elif line.quantity * line.line_total < 0:
            yield _opposite_signs(line), "INVALID_QUANTITY"
        elif item is not None and not item.is_active:
            yield f"{line.label}: Item {item.sku} is inactive", "ITEM_INACTIVE"


def _opposite_signs(line: PostableLine) -> str:
    return (
        f"{line.label}: Invalid quantity: line {line.position} has the quantity {plain(line.quantity)} but comes to "
        f"{plain(line.line_total)}; both are above zero for what comes in, both below for what goes back, and what is "
        "no stock has the category expense"
    )


def _refuse_shortage(changes: dict[str, ItemChange]) -> None:
    short = {sku: figures for sku, change in changes.items() if (figures := change.shortage())}
    if not short:
        return
    sku, first = next(iter(short.items()))
    raise InsufficientStockError(
        f"SKU {sku}: {plain(first['quantity_out'])} would go out, but there are {plain(first['in_stock'])}"
        + (f" (and {len(short) - 1} more)" if len(short) > 1 else ""),
        details=details("Book the receipts that are missing, or adjust the stock, then post again", items=short),
    )
