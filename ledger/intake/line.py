"""What an invoice bills, line by line (EN 16931-1, BG-25 to BG-32), and its allowances and charges (BG-20, BG-21)."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from ledger.intake.party import Identifier


@dataclass(frozen=True, kw_only=True, slots=True)
class Period:
    """BG-14 or BG-26; both days belong to it."""

    start: date | None = None
    end: date | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class AllowanceCharge:
    """A deduction or an addition, of the document (BG-20, BG-21) or of a line (BG-27, BG-28: taxed as the line is)."""

    is_charge: bool
    amount: Decimal
    base: Decimal | None = None
    percent: Decimal | None = None
    reason: str | None = None
    reason_code: str | None = None
    tax_category: str | None = None
    tax_rate: Decimal | None = None

    @property
    def effect(self) -> Decimal:
        """What it adds to the total: negative for an allowance."""
        return self.amount if self.is_charge else -self.amount


@dataclass(frozen=True, kw_only=True, slots=True)
class Classification:
    """BT-158: the item's place in a scheme (UNTDID 7143), such as UNSPSC."""

    code: str
    scheme: str | None = None
    version: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ItemAttribute:
    """BG-32."""

    name: str  # BT-160
    value: str  # BT-161


@dataclass(frozen=True, kw_only=True, slots=True)
class Price:
    """BG-29. All three prices are for `base_quantity` units, or for one where that is None."""

    net: Decimal  # BT-146
    discount: Decimal | None = None  # BT-147
    gross: Decimal | None = None  # BT-148
    base_quantity: Decimal | None = None  # BT-149
    base_unit: str | None = None  # BT-150


@dataclass(frozen=True, kw_only=True, slots=True)
class Item:
    """BG-31."""

    name: str  # BT-153
    description: str | None = None  # BT-154
    seller_id: str | None = None  # BT-155
    buyer_id: str | None = None  # BT-156
    standard_id: Identifier | None = None  # BT-157, a GTIN where the scheme is 0160
    classifications: tuple[Classification, ...] = ()  # BT-158
    origin_country: str | None = None  # BT-159
    attributes: tuple[ItemAttribute, ...] = ()  # BG-32


@dataclass(frozen=True, kw_only=True, slots=True)
class InvoiceLine:
    """BG-25. `parent_id` is set on a sub-line, which extensions of EN 16931 know: its parent's amount contains it."""

    id: str  # BT-126
    parent_id: str | None = None
    note: str | None = None  # BT-127
    object_id: Identifier | None = None  # BT-128
    quantity: Decimal  # BT-129
    unit_code: str | None = None  # BT-130, UN/ECE recommendation 20 or 21
    net_amount: Decimal  # BT-131, with the line's allowances and charges
    order_line: str | None = None  # BT-132
    accounting_reference: str | None = None  # BT-133
    period: Period | None = None  # BG-26
    allowances: tuple[AllowanceCharge, ...] = ()  # BG-27
    charges: tuple[AllowanceCharge, ...] = ()  # BG-28
    price: Price  # BG-29
    tax_category: str  # BT-151
    tax_rate: Decimal | None = None  # BT-152, percent
    item: Item  # BG-31
