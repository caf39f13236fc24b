"""From what the intake read to what a case is made of, within the lengths and precisions that the ledger keeps."""

import uuid
from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal

from ledger.intake import CaseDraft, Difference, DraftLine, DraftTax, IntakeCode, IntakeError
from ledger.models import CaseKind, LineItem
from ledger.services.case_amounts import refuse_too_many_lines
from ledger.types import CaseInput, LineInput, TaxInput

_RATE_STEP = Decimal("0.0001")  # rates are numeric(7,4)
_DESCRIPTION, _REFERENCE, _NUMBER, _SKU, _CODE = 1_000, 200, 200, 100, 10


def case_input_of(draft: CaseDraft, *, vendor_id: uuid.UUID) -> CaseInput:
    """The case with the document's own amounts.

    Raises IntakeError for a number or code that is too long to keep, and InvalidInputError for too many lines.
    """
    refuse_too_many_lines(len(draft.lines))
    return CaseInput(
        vendor_id=vendor_id,
        kind=CaseKind(draft.kind.value),
        invoice_number=_whole(draft.invoice_number, _NUMBER, "The invoice number", term="BT-1"),
        invoice_date=draft.invoice_date,
        due_date=draft.due_date,
        currency=draft.currency,
        subtotal=draft.subtotal,
        tax=draft.tax,
        total=draft.total,
        prepaid=draft.prepaid,
        rounding=draft.rounding,
        payable=draft.payable,
        lines=tuple(_line(line) for line in draft.lines),
        taxes=_taxes(draft.taxes),
        buyer_reference=_shortened(draft.buyer_reference, _REFERENCE),
        order_reference=_shortened(draft.order_reference, _REFERENCE),
        preceding_invoice=_shortened(", ".join(draft.preceding_invoices), _REFERENCE),
    )


def told(differences: Iterable[Difference]) -> list[dict[str, object]]:
    """What does not add up, in the form in which a case keeps it."""
    return [
        {
            "code": each.code,
            "message": each.message,
            "terms": list(each.terms),
            "line_id": each.line_id,
            "expected": _text(each.expected),
            "found": _text(each.found),
            "difference": _text(each.difference),
        }
        for each in differences
    ]


def _line(line: DraftLine) -> LineInput:
    where = f"of line {line.position}"
    return LineInput(
        kind=LineItem.Kind(line.kind.value),
        sku=_whole(line.sku or "", _SKU, f"The item number {where}", term="BT-155"),
        description=_shortened(line.description, _DESCRIPTION),
        quantity=line.quantity,
        unit_code=_whole(line.unit_code or "", _CODE, f"The unit {where}", term="BT-130"),
        unit_price=line.unit_price,
        line_total=line.line_total,
        tax_category=_whole(line.tax_category or "", _CODE, f"The tax category {where}", term="BT-151"),
        tax_rate=_rate(line.tax_rate),
    )


def _taxes(taxes: Iterable[DraftTax]) -> tuple[TaxInput, ...]:
    """Alike taxes are one: a document may state a category and rate once for each reason of an exemption."""
    merged: dict[tuple[str, Decimal | None], TaxInput] = {}
    for tax in taxes:
        key = _whole(tax.category, _CODE, "A tax category", term="BT-118"), _rate(tax.rate)
        before = merged.get(key)
        merged[key] = TaxInput(
            category=key[0],
            rate=key[1],
            taxable=tax.taxable + (before.taxable if before else 0),
            amount=tax.amount + (before.amount if before else 0),
        )
    return tuple(merged.values())


def _rate(rate: Decimal | None) -> Decimal | None:
    return None if rate is None else rate.quantize(_RATE_STEP, ROUND_HALF_UP)


def _shortened(text: str | None, length: int) -> str:
    flat = " ".join((text or "").split())
    return flat if len(flat) <= length else f"{flat[: length - 1]}…"


def _whole(text: str, length: int, subject: str, *, term: str) -> str:
    """A text that would mean something else if it were cut."""
    if len(text) > length:
        raise IntakeError(
            IntakeCode.INVALID_VALUE, f"{subject} is longer than {length} characters.", term=term, value=text
        )
    return text


def _text(number: Decimal | None) -> str | None:
    return None if number is None else f"{number:f}"
