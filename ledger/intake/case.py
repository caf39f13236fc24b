"""What a case is made of: the draft that the intake hands to the books."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from ledger.intake.difference import Difference
from ledger.intake.document import Kind
from ledger.intake.party import Identifier


class LineKind(StrEnum):
    """What a draft's line came from."""

    ITEM = "item"
    ALLOWANCE = "allowance"
    CHARGE = "charge"


@dataclass(frozen=True, kw_only=True, slots=True)
class DraftSeller:
    """By what the vendor may be recognised. Tax numbers and accounts have neither blanks nor punctuation."""

    name: str
    trading_name: str | None
    tax_ids: tuple[str, ...]  # BT-31, BT-32
    registration: Identifier | None
    identifiers: tuple[Identifier, ...]
    electronic_address: Identifier | None
    email: str | None
    country: str | None
    accounts: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class DraftLine:
    """A line of the case. An allowance's price and total are negative."""

    position: int
    kind: LineKind
    sku: str | None
    description: str
    quantity: Decimal
    unit_code: str | None
    unit_price: Decimal
    line_total: Decimal
    tax_category: str | None
    tax_rate: Decimal | None


@dataclass(frozen=True, kw_only=True, slots=True)
class DraftTax:
    """A tax of the invoice."""

    category: str
    rate: Decimal | None
    taxable: Decimal
    amount: Decimal


@dataclass(frozen=True, kw_only=True, slots=True)
class CaseDraft:
    """Everything that the case service needs to open a case."""

    kind: Kind
    type_code: str
    invoice_number: str
    invoice_date: date
    due_date: date | None
    currency: str
    seller: DraftSeller
    buyer_name: str
    payee_name: str | None
    buyer_reference: str | None
    order_reference: str | None
    preceding_invoices: tuple[str, ...]
    lines: tuple[DraftLine, ...]
    taxes: tuple[DraftTax, ...]
    subtotal: Decimal  # BT-109
    tax: Decimal  # BT-110
    total: Decimal  # BT-112
    prepaid: Decimal  # BT-113
    rounding: Decimal  # BT-114
    payable: Decimal  # BT-115
    differences: tuple[Difference, ...]
