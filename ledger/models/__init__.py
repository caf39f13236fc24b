"""The ledger's tables. Other apps enter through `ledger.services` and `ledger.types`."""

from ledger.models.books import Bill, BillLine, BillPayment, JournalEntry, JournalLine, Posting, System
from ledger.models.cases import Artifact, Case, CaseCount, CaseKind, CaseStatus, CaseTax, LineItem
from ledger.models.masters import Account, AccountMapping, ExchangeRate, Purpose, TaxRule, Vendor
from ledger.models.settings import LedgerSettings
from ledger.models.stock import InventoryItem, SkuAlias, StockMovement

__all__ = [
    "Account",
    "AccountMapping",
    "Artifact",
    "Bill",
    "BillLine",
    "BillPayment",
    "Case",
    "CaseCount",
    "CaseKind",
    "CaseStatus",
    "CaseTax",
    "ExchangeRate",
    "InventoryItem",
    "JournalEntry",
    "JournalLine",
    "LedgerSettings",
    "LineItem",
    "Posting",
    "Purpose",
    "SkuAlias",
    "StockMovement",
    "System",
    "TaxRule",
    "Vendor",
]
