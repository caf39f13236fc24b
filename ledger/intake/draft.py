"""What an invoice means for the books: the draft that a case is made of.

The same for both syntaxes. Allowances and charges of the whole document become lines, so that the lines add up to the
subtotal. As in the document, a credit note's amounts are positive.
"""

import re
from decimal import ROUND_HALF_UP, Context, Decimal, localcontext

from ledger.intake.case import CaseDraft, DraftLine, DraftSeller, DraftTax, LineKind
from ledger.intake.codes import PRO_FORMA
from ledger.intake.difference import Difference
from ledger.intake.document import InvoiceDocument
from ledger.intake.errors import IntakeCode, IntakeError
from ledger.intake.line import AllowanceCharge, InvoiceLine, Item
from ledger.intake.party import Party
from ledger.intake.terms import named
from ledger.intake.totals import check_totals

_PRICE_STEP = Decimal("0.00000001")  # unit prices are numeric(18,8)
_QUANTITY_STEP = Decimal("0.000001")  # quantities are numeric(18,6)
_PRICE_LIMIT = Decimal(10) ** 10
_EXACT = Context(prec=150)
_ONE = Decimal(1)


def to_draft(document: InvoiceDocument) -> CaseDraft:
    """The case that the invoice asks for, with whatever a person should look at in `differences`."""
    totals = document.totals
    return CaseDraft(
        kind=document.kind,
        type_code=document.type_code,
        invoice_number=document.number,
        invoice_date=document.issue_date,
        due_date=document.due_date,
        currency=document.currency,
        seller=_seller(document),
        buyer_name=document.buyer.name,
        payee_name=document.payee.name if document.payee else None,
        buyer_reference=document.buyer_reference,
        order_reference=document.order_reference,
        preceding_invoices=tuple(each.number for each in document.preceding_invoices),
        lines=_lines(document),
        taxes=tuple(
            DraftTax(category=tax.category, rate=tax.rate, taxable=tax.taxable, amount=tax.amount)
            for tax in document.taxes
        ),
        subtotal=totals.tax_exclusive,
        tax=totals.tax,
        total=totals.tax_inclusive,
        prepaid=totals.prepaid,
        rounding=totals.rounding,
        payable=totals.payable,
        differences=(*_remarks(document), *check_totals(document)),
    )


def _seller(document: InvoiceDocument) -> DraftSeller:
    seller: Party = document.seller
    accounts = (means.account for means in document.payment_means)
    return DraftSeller(
        name=seller.name,
        trading_name=seller.trading_name,
        tax_ids=_distinct(seller.vat_id, seller.tax_registration),
        registration=seller.registration,
        identifiers=seller.identifiers,
        electronic_address=seller.electronic_address,
        email=seller.contact.email if seller.contact else None,
        country=seller.address.country if seller.address else None,
        accounts=_distinct(*accounts),
    )


def _distinct(*numbers: str | None) -> tuple[str, ...]:
    """The numbers without blanks and punctuation, each once: "NL8200.98.395.B.01" becomes "NL820098395B01"."""
    plain = (re.sub(r"[\W_]", "", number).upper() for number in numbers if number)
    return tuple(dict.fromkeys(number for number in plain if number))


def _lines(document: InvoiceDocument) -> tuple[DraftLine, ...]:
    """A line that is divided into sub-lines is one line: the sub-lines say what its amount consists of."""
    items = document.counted_lines
    rest = (*document.allowances, *document.charges)
    return (
        *(_item_line(position, line) for position, line in enumerate(items, 1)),
        *(_allowance_charge_line(position, each) for position, each in enumerate(rest, len(items) + 1)),
    )


def _item_line(position: int, line: InvoiceLine) -> DraftLine:
    return DraftLine(
        position=position,
        kind=LineKind.ITEM,
        sku=_sku(line.item),
        description=line.item.name,
        quantity=_stocked(line.quantity),
        unit_code=line.unit_code,
        unit_price=_unit_price(line),
        line_total=line.net_amount,
        tax_category=line.tax_category,
        tax_rate=line.tax_rate,
    )


def _sku(item: Item) -> str | None:
    """The seller's number of the item, or the standard one (a GTIN), or the buyer's."""
    return item.seller_id or (item.standard_id.value if item.standard_id else None) or item.buyer_id


def _unit_price(line: InvoiceLine) -> Decimal:
    """The net price of one unit, rounded to eight decimals; halves go away from zero."""
    with localcontext(_EXACT):
        one_unit = line.price.net / (line.price.base_quantity or _ONE)
        if abs(one_unit) >= _PRICE_LIMIT:
            message = f"{named('BT-146')} of line {line.id}, for one unit, has more than ten digits before the point."
            raise IntakeError(IntakeCode.INVALID_VALUE, message, term="BT-146", value=f"{line.price.net:f}")
        return one_unit.quantize(_PRICE_STEP, ROUND_HALF_UP)


def _stocked(quantity: Decimal) -> Decimal:
    with localcontext(_EXACT):
        rounded = quantity.quantize(_QUANTITY_STEP, ROUND_HALF_UP)
    return quantity if quantity == rounded else rounded


def _allowance_charge_line(position: int, each: AllowanceCharge) -> DraftLine:
    kind = LineKind.CHARGE if each.is_charge else LineKind.ALLOWANCE
    return DraftLine(
        position=position,
        kind=kind,
        sku=None,
        description=each.reason or each.reason_code or kind.value.capitalize(),
        quantity=_ONE,
        unit_code=None,
        unit_price=each.effect,
        line_total=each.effect,
        tax_category=each.tax_category,
        tax_rate=each.tax_rate,
    )


def _remarks(document: InvoiceDocument) -> list[Difference]:
    remarks = [
        Difference(
            code="QUANTITY-ROUNDED",
            message=f"{named('BT-129')} of line {line.id} has more than six decimals and was rounded.",
            terms=("BT-129",),
            line_id=line.id,
            expected=line.quantity,
            found=_stocked(line.quantity),
        )
        for line in document.counted_lines
        if _stocked(line.quantity) != line.quantity
    ]
    if document.type_code == PRO_FORMA:
        message = f"{named('BT-3')} says {PRO_FORMA}: a pro forma invoice, which the one to be paid usually follows."
        remarks.append(Difference(code="PRO-FORMA", message=message, terms=("BT-3",)))
    return remarks
