"""What stands in an exported file (document 000)."""

from collections.abc import Iterable, Iterator
from typing import Any

import orjson

from integrations_site.files import spreadsheets
from integrations_site.kernel import clock
from ledger.models import Case, LineItem
from ledger.services.exports.figures import Figure, amount, price, quantity

CASE_COLUMNS = ("case_id", "invoice_number", "invoice_date", "vendor_name", "subtotal", "tax", "total")
LINE_COLUMNS = ("line_number", "sku", "description", "quantity", "unit_price", "line_total")
_AT_ONCE = 2000


def as_json(case: Case, *, lines: Iterable[LineItem] | None) -> Iterator[bytes]:
    """The case as a JSON object, its lines one after the other; without `line_items` where `lines` is None."""
    head = {
        "case_id": case.public_id,
        "invoice_number": case.invoice_number,
        "invoice_date": case.invoice_date.isoformat(),
        "vendor_name": case.vendor.name,
        "vendor_id": case.vendor.public_id,
        "subtotal": _number(amount(case.subtotal, case)),
        "tax": _number(amount(case.tax, case)),
        "total": _number(amount(case.total, case)),
    }
    yield orjson.dumps(head)[:-1]
    if lines is not None:
        yield b',"line_items":['
        for position, line in enumerate(lines):
            yield (b"," if position else b"") + orjson.dumps(_line(line, case))
        yield b"]"
    approval = {
        "approved_by": case.approved_by,
        "approved_at": clock.iso(case.approved_at) if case.approved_at else None,
    }
    yield b"," + orjson.dumps(approval)[1:]


def as_csv(case: Case, *, lines: Iterable[LineItem] | None) -> Iterator[bytes]:
    """The case as a table of one row; with `lines`, a row for each of them, in which the case's columns repeat."""
    row = [
        case.public_id,
        case.invoice_number,
        case.invoice_date,
        case.vendor.name,
        *(amount(value, case) for value in (case.subtotal, case.tax, case.total)),
    ]
    if lines is None:
        return spreadsheets.lines([CASE_COLUMNS, row])
    return spreadsheets.lines(_with_lines(row, lines, case))


def lines_of(case: Case) -> Iterator[LineItem]:
    """The case's lines in their order, some thousand at once in memory."""
    return LineItem.objects.filter(case=case).order_by("position").iterator(chunk_size=_AT_ONCE)


def _with_lines(row: list[Any], lines: Iterable[LineItem], case: Case) -> Iterator[list[Any]]:
    yield [*CASE_COLUMNS, *LINE_COLUMNS]
    for number, line in enumerate(lines, 1):
        yield [
            *row,
            number,
            line.sku,
            line.description,
            quantity(line.quantity, case),
            price(line.unit_price, case),
            amount(line.line_total, case),
        ]


def _line(line: LineItem, case: Case) -> dict[str, Any]:
    return {
        "sku": line.sku,
        "description": line.description,
        "quantity": _number(quantity(line.quantity, case)),
        "unit_price": _number(price(line.unit_price, case)),
        "line_total": _number(amount(line.line_total, case)),
    }


def _number(figure: Figure) -> orjson.Fragment:
    return orjson.Fragment(figure.digits)
