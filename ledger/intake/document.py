"""What an invoice states, by the business terms (BT) and groups (BG) of EN 16931-1.

Amounts stand as they are written: a credit note's are positive, and its `kind` says the sign. A term that the file
does not state, or leaves empty, is None. Decimals are exact, and 19 equals 19.00.
"""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from integrations_site.kernel.money import ZERO
from ledger.intake.codes import CREDIT_NOTE_TYPES
from ledger.intake.line import AllowanceCharge, InvoiceLine, Period
from ledger.intake.party import Address, Identifier, Party
from ledger.intake.payment import DirectDebit, PaymentMeans
from ledger.intake.supporting import SupportingDocument


class Syntax(StrEnum):
    """The two syntaxes that EN 16931 binds its model to."""

    UBL = "UBL 2.1"
    CII = "UN/CEFACT CII D16B"


class Kind(StrEnum):
    """Which way the money goes."""

    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"


class TaxPoint(StrEnum):
    """BT-8: the event at which the tax becomes due, where no date (BT-7) is given."""

    INVOICE_DATE = "invoice_date"
    DELIVERY_DATE = "delivery_date"
    PAYMENT_DATE = "payment_date"


@dataclass(frozen=True, kw_only=True, slots=True)
class Note:
    """BG-1."""

    subject_code: str | None = None  # BT-21
    text: str  # BT-22


@dataclass(frozen=True, kw_only=True, slots=True)
class PrecedingInvoice:
    """BG-3: an earlier invoice that this one corrects, credits or continues."""

    number: str  # BT-25
    issue_date: date | None = None  # BT-26


@dataclass(frozen=True, kw_only=True, slots=True)
class References:
    """Other documents and things that the invoice names."""

    project: str | None = None  # BT-11
    contract: str | None = None  # BT-12
    sales_order: str | None = None  # BT-14
    receiving_advice: str | None = None  # BT-15
    despatch_advice: str | None = None  # BT-16
    tender: str | None = None  # BT-17
    invoiced_object: Identifier | None = None  # BT-18


@dataclass(frozen=True, kw_only=True, slots=True)
class Delivery:
    """BG-13."""

    name: str | None = None  # BT-70
    location: Identifier | None = None  # BT-71
    delivery_date: date | None = None  # BT-72
    address: Address | None = None  # BG-15


@dataclass(frozen=True, kw_only=True, slots=True)
class TaxBreakdown:
    """BG-23: what is taxed in one category at one rate."""

    taxable: Decimal  # BT-116
    amount: Decimal  # BT-117
    category: str  # BT-118
    rate: Decimal | None = None  # BT-119, percent
    exemption_reason: str | None = None  # BT-120
    exemption_code: str | None = None  # BT-121


@dataclass(frozen=True, kw_only=True, slots=True)
class Totals:
    """BG-22. An optional sum that the file leaves out is zero, as if it were written."""

    line_total: Decimal  # BT-106, sum of the lines' net amounts
    allowance_total: Decimal = ZERO  # BT-107
    charge_total: Decimal = ZERO  # BT-108
    tax_exclusive: Decimal  # BT-109
    tax: Decimal = ZERO  # BT-110
    tax_in_accounting_currency: Decimal | None = None  # BT-111
    tax_inclusive: Decimal  # BT-112
    prepaid: Decimal = ZERO  # BT-113
    rounding: Decimal = ZERO  # BT-114
    payable: Decimal  # BT-115


@dataclass(frozen=True, kw_only=True, slots=True)
class InvoiceDocument:
    """An invoice or credit note. Two documents are equal if they state the same, whatever the syntax."""

    syntax: Syntax = field(compare=False)
    specification: str | None = None  # BT-24, CustomizationID
    process: str | None = None  # BT-23, ProfileID

    number: str  # BT-1
    issue_date: date  # BT-2
    type_code: str  # BT-3, UNTDID 1001
    currency: str  # BT-5
    tax_currency: str | None = None  # BT-6
    tax_point_date: date | None = None  # BT-7
    tax_point: TaxPoint | None = None  # BT-8
    due_date: date | None = None  # BT-9
    period: Period | None = None  # BG-14
    buyer_reference: str | None = None  # BT-10
    order_reference: str | None = None  # BT-13
    buyer_accounting_reference: str | None = None  # BT-19
    references: References = References()
    preceding_invoices: tuple[PrecedingInvoice, ...] = ()  # BG-3
    notes: tuple[Note, ...] = ()  # BG-1

    seller: Party  # BG-4
    buyer: Party  # BG-7
    payee: Party | None = None  # BG-10
    tax_representative: Party | None = None  # BG-11
    delivery: Delivery | None = None  # BG-13

    payment_terms: str | None = None  # BT-20
    payment_means: tuple[PaymentMeans, ...] = ()  # BG-16
    payment_reference: str | None = None  # BT-83
    direct_debit: DirectDebit | None = None  # BG-19

    lines: tuple[InvoiceLine, ...]  # BG-25
    allowances: tuple[AllowanceCharge, ...] = ()  # BG-20
    charges: tuple[AllowanceCharge, ...] = ()  # BG-21
    taxes: tuple[TaxBreakdown, ...] = ()  # BG-23
    totals: Totals  # BG-22
    supporting_documents: tuple[SupportingDocument, ...] = ()  # BG-24

    @property
    def kind(self) -> Kind:
        """Whether the buyer owes the amounts or is credited with them."""
        return Kind.CREDIT_NOTE if self.type_code in CREDIT_NOTE_TYPES else Kind.INVOICE

    @property
    def counted_lines(self) -> tuple[InvoiceLine, ...]:
        """The lines that the totals count: a sub-line is contained in its parent's amount."""
        return tuple(line for line in self.lines if line.parent_id is None)
