"""Whether an invoice's figures agree with each other, by the calculation rules of EN 16931-1 (BR-CO-10 to -17, others).

Wrong sums never stop the reading: they are said beside it, and a person decides.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Context, Decimal, localcontext

from integrations_site.kernel.money import ZERO, is_exact, rounded
from ledger.intake.difference import Difference
from ledger.intake.document import InvoiceDocument
from ledger.intake.terms import named

__all__ = ["Difference", "check_totals"]

_EXACT = Context(prec=150)  # the longest product of a quantity and a price fits
_HUNDRED = Decimal(100)
_RULE_NAMES = {"K": "IC", "L": "AF", "M": "AG"}  # tax categories whose rules are not called after their code


@dataclass(frozen=True, slots=True)
class _Check:
    """The first of `terms` says `found`, and should say `expected`, which is what `formula` describes."""

    code: str
    terms: tuple[str, ...]
    found: Decimal
    expected: Decimal
    formula: str
    line_id: str | None = None
    of: str = ""

    def difference(self, currency: str) -> Difference | None:
        """What the two differ by at the currency's minor unit, if at all."""
        found, expected = rounded(self.found, currency), rounded(self.expected, currency)
        if found == expected:
            return None
        subject = named(self.terms[0]) + (f" of line {self.line_id}" if self.line_id else self.of)
        gap = f"{abs(found - expected):f} {currency} {'more' if found > expected else 'less'}"
        message = f"{subject} should be {expected:f} ({self.formula}), but the invoice says {found:f}: {gap}."
        return Difference(
            code=self.code,
            message=message,
            terms=self.terms,
            line_id=self.line_id,
            expected=expected,
            found=found,
        )


def check_totals(document: InvoiceDocument) -> list[Difference]:
    """Where the invoice's figures disagree, at the minor unit of its currency; an empty list is a sound invoice."""
    with localcontext(_EXACT):
        checks = (check.difference(document.currency) for check in _checks(document))
        return [difference for difference in checks if difference] + list(_decimals(document))


def _checks(document: InvoiceDocument) -> Iterator[_Check]:
    yield from _line_amounts(document)
    yield from _sub_lines(document)
    yield from _sums(document)
    yield from _taxable_amounts(document)
    yield from _tax_amounts(document)


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, ZERO)


def _line_amounts(document: InvoiceDocument) -> Iterator[_Check]:
    """BT-131, by its definition in EN 16931-1."""
    terms = ("BT-131", "BT-129", "BT-146", "BT-149", "BT-136", "BT-141")
    formula = "quantity times price, by base quantity, less allowances, plus charges"
    for line in document.lines:
        goods = line.quantity * line.price.net / (line.price.base_quantity or 1)
        expected = goods + _sum(each.effect for each in (*line.allowances, *line.charges))
        yield _Check("LINE-NET", terms, line.net_amount, expected, formula, line.id)


def _sub_lines(document: InvoiceDocument) -> Iterator[_Check]:
    """A line that is divided into sub-lines is their sum."""
    parts: dict[str, Decimal] = defaultdict(Decimal)
    for line in document.lines:
        if line.parent_id is not None:
            parts[line.parent_id] += line.net_amount
    for line in document.lines:
        if line.id in parts:
            formula = "the net amounts of its sub-lines added up"
            yield _Check("SUB-LINES", ("BT-131",), line.net_amount, parts[line.id], formula, line.id)


def _sums(document: InvoiceDocument) -> Iterator[_Check]:
    """BR-CO-10 to BR-CO-16."""
    totals = document.totals
    lines = _sum(line.net_amount for line in document.counted_lines)
    yield _Check("BR-CO-10", ("BT-106", "BT-131"), totals.line_total, lines, "the lines' net amounts added up")

    allowances = _sum(each.amount for each in document.allowances)
    formula = "the document's allowances added up"
    yield _Check("BR-CO-11", ("BT-107", "BT-92"), totals.allowance_total, allowances, formula)

    charges = _sum(each.amount for each in document.charges)
    formula = "the document's charges added up"
    yield _Check("BR-CO-12", ("BT-108", "BT-99"), totals.charge_total, charges, formula)

    net = totals.line_total - totals.allowance_total + totals.charge_total
    terms: tuple[str, ...] = ("BT-109", "BT-106", "BT-107", "BT-108")
    yield _Check("BR-CO-13", terms, totals.tax_exclusive, net, "the lines, less allowances, plus charges")

    tax = _sum(each.amount for each in document.taxes)
    formula = "the tax amounts of the breakdown added up"
    yield _Check("BR-CO-14", ("BT-110", "BT-117"), totals.tax, tax, formula)

    terms = ("BT-112", "BT-109", "BT-110")
    formula = "the total without tax, plus the tax"
    yield _Check("BR-CO-15", terms, totals.tax_inclusive, totals.tax_exclusive + totals.tax, formula)

    due = totals.tax_inclusive - totals.prepaid + totals.rounding
    terms = ("BT-115", "BT-112", "BT-113", "BT-114")
    yield _Check("BR-CO-16", terms, totals.payable, due, "the total with tax, less what is paid, plus the rounding")


def _taxable_amounts(document: InvoiceDocument) -> Iterator[_Check]:
    """BR-S-08, and its like for the other categories; a rate that is not stated is 0 %."""
    stated: dict[tuple[str, Decimal], Decimal] = defaultdict(Decimal)
    for tax in document.taxes:
        stated[tax.category, tax.rate or ZERO] += tax.taxable
    billed: dict[tuple[str, Decimal], Decimal] = defaultdict(Decimal)
    for line in document.counted_lines:
        billed[line.tax_category, line.tax_rate or ZERO] += line.net_amount
    for each in (*document.allowances, *document.charges):
        billed[each.tax_category or "", each.tax_rate or ZERO] += each.effect
    formula = "the lines of that rate, less its allowances, plus its charges"
    for category, rate in sorted(stated.keys() | billed.keys()):
        code, of = f"BR-{_RULE_NAMES.get(category, category)}-08", _taxed(category, rate)
        found, expected = stated[category, rate], billed[category, rate]
        yield _Check(code, ("BT-116", "BT-131", "BT-92", "BT-99"), found, expected, formula, of=of)


def _tax_amounts(document: InvoiceDocument) -> Iterator[_Check]:
    """BR-CO-17."""
    formula = "the taxable amount times the rate"
    for tax in document.taxes:
        rate = tax.rate or ZERO
        expected, of = tax.taxable * rate / _HUNDRED, _taxed(tax.category, rate)
        yield _Check("BR-CO-17", ("BT-117", "BT-116", "BT-119"), tax.amount, expected, formula, of=of)


def _taxed(category: str, rate: Decimal) -> str:
    return f" for category {category or 'unknown'} at {rate.normalize():f} %"


def _decimals(document: InvoiceDocument) -> Iterator[Difference]:
    """BR-DEC: no amount is finer than the smallest unit of its currency."""
    for term, amount, line_id in _amounts(document):
        if not is_exact(amount, document.currency):
            where = f" of line {line_id}" if line_id else ""
            message = f"{named(term)}{where} is {amount:f}, finer than the smallest unit of {document.currency}."
            exact = rounded(amount, document.currency)
            yield Difference(
                code="BR-DEC", message=message, terms=(term,), line_id=line_id, expected=exact, found=amount
            )


def _amounts(document: InvoiceDocument) -> Iterator[tuple[str, Decimal, str | None]]:
    totals = document.totals
    yield "BT-106", totals.line_total, None
    yield "BT-107", totals.allowance_total, None
    yield "BT-108", totals.charge_total, None
    yield "BT-109", totals.tax_exclusive, None
    yield "BT-110", totals.tax, None
    yield "BT-112", totals.tax_inclusive, None
    yield "BT-113", totals.prepaid, None
    yield "BT-114", totals.rounding, None
    yield "BT-115", totals.payable, None
    for tax in document.taxes:
        yield "BT-116", tax.taxable, None
        yield "BT-117", tax.amount, None
    for line in document.lines:
        yield "BT-131", line.net_amount, line.id
        for each in line.allowances:
            yield "BT-136", each.amount, line.id
        for each in line.charges:
            yield "BT-141", each.amount, line.id
    for each in document.allowances:
        yield "BT-92", each.amount, None
    for each in document.charges:
        yield "BT-99", each.amount, None
