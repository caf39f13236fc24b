"""What postings and rollbacks answer. `body()` is document 000's answer; a dry run adds what would be written."""

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

DRY_RUN = "dry_run"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What one system says of a case. `preview` is what a dry run would write; None where it was written."""

    case_id: str
    status: str
    preview: dict[str, Any] | None = field(default=None, compare=False)

    def figures(self) -> dict[str, Any]:
        """What is told of the posting besides the case and the status."""
        raise NotImplementedError

    def body(self) -> dict[str, Any]:
        """The answer as document 000 states it."""
        found = {"case_id": self.case_id, **self.figures(), "status": self.status}
        return found if self.preview is None else found | {"dry_run": True} | self.preview


@dataclass(frozen=True, slots=True, kw_only=True)
class InventoryAnswer(Answer):
    """How many items the case made, and how many it changed that were there."""

    items_created: int
    items_updated: int

    def figures(self) -> dict[str, Any]:
        """The two counts; a posting that succeeds has no errors."""
        return {"items_created": self.items_created, "items_updated": self.items_updated, "errors": []}


@dataclass(frozen=True, slots=True, kw_only=True)
class BillAnswer(Answer):
    """The bill: its amount in the document's currency, negative for a credit note."""

    bill_id: str | None
    vendor_id: str
    amount: Decimal
    due_date: dt.date

    def figures(self) -> dict[str, Any]:
        """The bill."""
        return {
            "bill_id": self.bill_id,
            "vendor_id": self.vendor_id,
            "amount": self.amount,
            "due_date": self.due_date.isoformat(),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryAnswer(Answer):
    """The journal entry; without an id where every amount of the document is zero and nothing is to be booked."""

    entry_id: str | None
    total_debits: Decimal
    total_credits: Decimal

    def figures(self) -> dict[str, Any]:
        """The entry and its totals, in the books' currency."""
        return {
            "entry_id": self.entry_id,
            "total_debits": self.total_debits,
            "total_credits": self.total_credits,
            "balanced": self.total_debits == self.total_credits,
        }
