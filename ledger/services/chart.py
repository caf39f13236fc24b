"""The chart of accounts that a new tenant starts with, as data."""

from dataclasses import dataclass

from ledger.models import Account, Purpose

_A, _L, _Q, _X = Account.Type.ASSET, Account.Type.LIABILITY, Account.Type.EQUITY, Account.Type.EXPENSE


@dataclass(frozen=True, slots=True)
class ChartRow:
    """An account of the default chart; `parent` is the code of the account above it."""

    code: str
    name: str
    type: Account.Type
    parent: str | None = None


DEFAULT_CHART = (
    ChartRow("1", "Assets", _A),
    ChartRow("1000", "Bank", _A, "1"),
    ChartRow("1200", "Inventory", _A, "1"),
    ChartRow("1300", "Prepayments to vendors", _A, "1"),
    ChartRow("1400", "Input tax", _A, "1"),
    ChartRow("2", "Liabilities", _L),
    ChartRow("2000", "Accounts payable", _L, "2"),
    ChartRow("3", "Equity", _Q),
    ChartRow("3900", "Opening balances", _Q, "3"),
    ChartRow("5", "Cost of sales", _X),
    ChartRow("5000", "Cost of goods sold", _X, "5"),
    ChartRow("6", "Operating expenses", _X),
    ChartRow("6000", "General expenses", _X, "6"),
    ChartRow("6100", "Freight and delivery", _X, "6"),
    ChartRow("6200", "Services and consulting", _X, "6"),
    ChartRow("6300", "Office supplies", _X, "6"),
    ChartRow("6400", "Software and subscriptions", _X, "6"),
    ChartRow("6500", "Utilities", _X, "6"),
    ChartRow("6600", "Travel", _X, "6"),
    ChartRow("6900", "Tax expense", _X, "6"),
    ChartRow("7", "Other expenses", _X),
    ChartRow("7900", "Rounding differences", _X, "7"),
)

DEFAULT_MAPPINGS: dict[Purpose, str] = {
    Purpose.BANK: "1000",
    Purpose.INVENTORY: "1200",
    Purpose.PREPAYMENTS: "1300",
    Purpose.TAX_RECOVERABLE: "1400",
    Purpose.PAYABLES: "2000",
    Purpose.OPENING: "3900",
    Purpose.COGS: "5000",
    Purpose.EXPENSE: "6000",
    Purpose.TAX_EXPENSE: "6900",
    Purpose.ROUNDING: "7900",
}

# Line categories that have an expense account of their own from the start.
CATEGORY_ACCOUNTS: dict[str, str] = {
    "freight": "6100",
    "services": "6200",
    "office": "6300",
    "software": "6400",
    "utilities": "6500",
    "travel": "6600",
}
