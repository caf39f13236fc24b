"""What goes into the ledger, as its services take it."""

import datetime as dt
import uuid
from dataclasses import dataclass
from decimal import Decimal

from ledger.models import CaseKind, LineItem

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class LineInput:
    """A line of a document, or an allowance (negative) or charge on all of it; amounts are in its currency."""

    description: str = ""
    quantity: Decimal
    unit_price: Decimal
    line_total: Decimal
    sku: str = ""
    kind: LineItem.Kind = LineItem.Kind.ITEM
    unit_code: str = ""
    category: str = ""
    tax_category: str = ""
    tax_rate: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxInput:
    """The tax of one category and rate (percent)."""

    category: str = ""
    rate: Decimal | None = None
    taxable: Decimal
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseInput:
    """A vendor's invoice or credit note; both have positive amounts.

    `payable` None: the total less `prepaid` plus `rounding`. `taxes` None: derived from the lines' rates.
    """

    vendor_id: uuid.UUID
    invoice_number: str
    invoice_date: dt.date
    currency: str
    subtotal: Decimal
    tax: Decimal
    total: Decimal
    lines: tuple[LineInput, ...]
    kind: CaseKind = CaseKind.INVOICE
    due_date: dt.date | None = None
    prepaid: Decimal = ZERO
    rounding: Decimal = ZERO
    payable: Decimal | None = None
    taxes: tuple[TaxInput, ...] | None = None
    buyer_reference: str = ""
    order_reference: str = ""
    preceding_invoice: str = ""
