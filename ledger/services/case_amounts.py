"""Whether the amounts of a document agree with each other, to the minor unit of its currency."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from integrations_site.kernel import money
from integrations_site.kernel.errors import InvalidInputError, UnprocessableError
from ledger.types import ZERO, CaseInput, TaxInput

MAX_LINES = 5_000
_SHOWN = 20
_LARGEST = Decimal(10) ** 15
_AMOUNTS = ("subtotal", "tax", "total", "prepaid", "rounding", "payable")


class TotalsDisagreeError(UnprocessableError):
    """Amounts that must add up do not; `details` holds, for each, what was expected, found, and the difference."""

    code = "TOTALS_DISAGREE"


@dataclass(frozen=True, slots=True)
class Disagreement:
    """An amount that is not what the others make it."""

    field: str
    rule: str
    expected: Decimal
    found: Decimal

    @property
    def difference(self) -> Decimal:
        """How much too high the found amount is; negative where it is too low."""
        return self.found - self.expected


def settled(case: CaseInput) -> CaseInput:
    """The case with `payable` and `taxes` filled in, once its amounts are exact and agree.

    Raises UnknownCurrencyError, InvalidInputError (no lines, too many, an amount too precise or too large, a tax stated
    twice) and TotalsDisagreeError.
    """
    _check_lines(case)
    _check_precision(case)
    payable = case.total - case.prepaid + case.rounding if case.payable is None else case.payable
    case = replace(case, payable=payable)
    taxes = derived_taxes(case) if case.taxes is None else case.taxes
    found = [*disagreements(case), *_tax_disagreements(case, taxes)]
    if found:
        raise _disagree(found, case.currency)
    return replace(case, taxes=spread(taxes, case) if case.taxes is None else taxes)


def refuse_too_many_lines(count: int) -> None:
    """Raises InvalidInputError (TOO_MANY_LINES)."""
    if count > MAX_LINES:
        raise InvalidInputError(
            f"A case has at most {MAX_LINES:,} lines; this one has {count:,}. Split it into several cases",
            code="TOO_MANY_LINES",
            details={"fields": {"line_items": [f"{count} lines; at most {MAX_LINES} are possible."]}},
        )


def disagreements(case: CaseInput) -> Iterator[Disagreement]:
    """What does not add up among lines, subtotal, tax, total and what is to be paid."""
    for position, line in enumerate(case.lines):
        if abs(line.quantity * line.unit_price - line.line_total) > money.quantum(case.currency) / 2:
            expected = money.rounded(line.quantity * line.unit_price, case.currency)
            yield Disagreement(
                f"line_items[{position}].line_total", "quantity times unit price", expected, line.line_total
            )
    lines = sum((line.line_total for line in case.lines), ZERO)
    payable = case.total - case.prepaid + case.rounding
    stated = (
        Disagreement("subtotal", "the sum of the lines", lines, case.subtotal),
        Disagreement("total", "subtotal plus tax", case.subtotal + case.tax, case.total),
        Disagreement(
            "payable", "total less prepaid plus rounding", payable, payable if case.payable is None else case.payable
        ),
    )
    yield from (each for each in stated if each.difference)


def derived_taxes(case: CaseInput) -> tuple[TaxInput, ...]:
    """The tax of each rate on the lines; one of an unknown rate where a line does not state its own."""
    if any(line.tax_rate is None for line in case.lines):
        return (TaxInput(taxable=case.subtotal, amount=case.tax),) if case.tax else ()
    taxable: dict[tuple[str, Decimal], Decimal] = {}
    for line in case.lines:
        key = (line.tax_category, line.tax_rate or ZERO)
        taxable[key] = taxable.get(key, ZERO) + line.line_total
    return tuple(
        TaxInput(category=category, rate=rate, taxable=base, amount=money.rounded(base * rate / 100, case.currency))
        for (category, rate), base in taxable.items()
    )


def spread(taxes: tuple[TaxInput, ...], case: CaseInput) -> tuple[TaxInput, ...]:
    """Derived taxes with what rounding left over on the largest of them, so that they add up to the case's tax."""
    left = case.tax - sum((tax.amount for tax in taxes), ZERO)
    if not left:
        return taxes
    largest = max(taxes, key=lambda tax: abs(tax.amount))
    return tuple(replace(tax, amount=tax.amount + left) if tax is largest else tax for tax in taxes)


def _tax_disagreements(case: CaseInput, taxes: tuple[TaxInput, ...]) -> Iterator[Disagreement]:
    amount = sum((tax.amount for tax in taxes), ZERO)
    # Vendors round tax by line or by rate; what follows from a rate may be off by a minor unit a line.
    slack = money.quantum(case.currency) * len(case.lines)
    if abs(case.tax - amount) > (slack if case.taxes is None else ZERO) or (case.tax and not taxes):
        yield Disagreement("tax", "the taxes by rate", amount, case.tax)
    for position, tax in enumerate(case.taxes or ()):
        if tax.rate is not None and abs(tax.amount - tax.taxable * tax.rate / 100) > slack:
            expected = money.rounded(tax.taxable * tax.rate / 100, case.currency)
            yield Disagreement(f"taxes[{position}].amount", "the rate of what is taxed", expected, tax.amount)
    taxable = sum((tax.taxable for tax in taxes), ZERO)
    if case.taxes and taxable != case.subtotal:
        yield Disagreement("taxes", "the subtotal, as the sum of what is taxed", case.subtotal, taxable)


def _check_lines(case: CaseInput) -> None:
    if not case.lines:
        raise InvalidInputError(
            "A case needs at least one line", details={"fields": {"line_items": ["At least one line is needed."]}}
        )
    refuse_too_many_lines(len(case.lines))
    stated = [(tax.category, tax.rate) for tax in case.taxes or ()]
    if len(stated) != len(set(stated)):
        raise InvalidInputError(
            "Each tax category and rate may be stated once; add up those that are alike",
            details={"fields": {"taxes": ["The same category and rate is stated more than once."]}},
        )


def _check_precision(case: CaseInput) -> None:
    digits = money.minor_digits(case.currency)
    for name, amount in _amounts(case):
        if abs(amount) >= _LARGEST:
            raise InvalidInputError(
                "An amount is too large", details={"fields": {name: ["It must be less than 10^15."]}}
            )
        if not money.is_exact(amount, case.currency):
            raise InvalidInputError(
                f"{name} is {amount:f}, but amounts in {case.currency} have at most {digits} decimals",
                code="AMOUNT_TOO_PRECISE",
                details={"fields": {name: [f"At most {digits} decimals are possible in {case.currency}."]}},
            )


def _amounts(case: CaseInput) -> Iterator[tuple[str, Decimal]]:
    for name in _AMOUNTS:
        if (amount := getattr(case, name)) is not None:
            yield name, amount
    for position, line in enumerate(case.lines):
        yield f"line_items[{position}].line_total", line.line_total
    for position, tax in enumerate(case.taxes or ()):
        yield f"taxes[{position}].taxable", tax.taxable
        yield f"taxes[{position}].amount", tax.amount


def _disagree(found: list[Disagreement], currency: str) -> TotalsDisagreeError:
    first = found[0]
    by = abs(first.difference)
    direction = "high" if first.difference > 0 else "low"
    more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
    return TotalsDisagreeError(
        f"{first.field} is {first.found:f} {currency}, but {first.rule} gives {first.expected:f}: "
        f"{by:f} too {direction}{more}",
        details={
            "amounts": {
                each.field: {"expected": each.expected, "found": each.found, "difference": each.difference}
                for each in found[:_SHOWN]
            }
        },
    )
