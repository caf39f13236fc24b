"""What a case comes to in the books' currency: one computation for all three systems, whichever is posted first.

Figures are signed from the books' point of view: a credit note's are the negative of an invoice's. The lines, the
taxes, the prepayment and the amount to pay are four groups, each converted as a whole and rounded once, so that the
value that goes into stock is the debit of the stock account, and a bill's amount the credit of accounts payable. What
rounding leaves over is `rounding`: at most half a minor unit for each group, however many lines there are.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal
from itertools import accumulate, pairwise

from integrations_site.kernel import money
from ledger.services.bookkeeping.errors import AmountOutOfRangeError, UnbalancedEntryError, details, plain

# What columns hold: of amounts, of quantities and prices of one unit.
LARGEST_AMOUNT = Decimal(10) ** 15
LARGEST_QUANTITY = Decimal(10) ** 12
_UNIT = Decimal("0.00000001")
# Wide enough for the largest amount times the largest rate: nothing is rounded before it is rounded to the minor unit.
_EXACT = Context(prec=60)
ONE = Decimal(1)


@dataclass(frozen=True, slots=True)
class Converter:
    """Turns amounts of a document into amounts of the books: `rate` is what one unit is worth, `sign` 1 or -1."""

    currency: str
    rate: Decimal = ONE
    sign: int = 1

    def base(self, amount: Decimal) -> Decimal:
        """The amount in the books' currency, at its minor unit. Raises AmountOutOfRangeError."""
        exact = _EXACT.multiply(amount, self.rate)
        if abs(exact) >= LARGEST_AMOUNT:
            raise out_of_range(f"{plain(amount)} at the rate of {plain(self.rate)}", exact)
        found = money.rounded(exact, self.currency)
        return found if self.sign > 0 else -found

    def bases(self, amounts: Iterable[Decimal]) -> tuple[Decimal, ...]:
        """Amounts that belong together, in their order, such that they add up to what their sum comes to.

        Each is what it adds to the running total, rounded: so rounding does not pile up, and as rounding keeps the
        order of numbers, none changes its sign. Raises AmountOutOfRangeError.
        """
        totals = [money.ZERO, *map(self.base, accumulate(amounts))]
        return tuple(after - before for before, after in pairwise(totals))


@dataclass(frozen=True, slots=True)
class Valuation:
    """The figures of a case in the books' currency, in the order in which they were handed in."""

    lines: tuple[Decimal, ...]
    taxes: tuple[Decimal, ...]
    prepaid: Decimal
    payable: Decimal

    @property
    def rounding(self) -> Decimal:
        """What debits lack to reach the credits: the document's own rounding, and that of the conversion."""
        return self.payable + self.prepaid - sum(self.lines, money.ZERO) - sum(self.taxes, money.ZERO)


@dataclass(frozen=True, slots=True, kw_only=True)
class Amounts:
    """The figures of a document in its own currency, as it states them."""

    lines: Sequence[Decimal]
    taxes: Sequence[Decimal]
    prepaid: Decimal
    rounding: Decimal
    payable: Decimal


def value(amounts: Amounts, converter: Converter, *, lines: Iterable[Decimal] | None = None) -> Valuation:
    """The document in the books' currency; `lines` are the lines' values there, where they are known already.

    Raises UnbalancedEntryError where it does not add up in its own currency, and AmountOutOfRangeError.
    """
    cost = sum(amounts.lines, money.ZERO) + sum(amounts.taxes, money.ZERO) + amounts.rounding
    owed = amounts.payable + amounts.prepaid
    if cost != owed:
        raise UnbalancedEntryError(
            f"Lines, taxes and rounding come to {plain(cost)}, payable and prepaid to {plain(owed)}: "
            f"{plain(abs(cost - owed))} apart",
            details=details(
                "Reject the case, correct its amounts and approve it again",
                debits=cost,
                credits=owed,
                difference=cost - owed,
            ),
        )
    return Valuation(
        lines=converter.bases(amounts.lines) if lines is None else tuple(lines),
        taxes=converter.bases(amounts.taxes),
        prepaid=converter.base(amounts.prepaid),
        payable=converter.base(amounts.payable),
    )


def out_of_range(what: str, figure: Decimal) -> AmountOutOfRangeError:
    """The refusal of a figure that no column holds."""
    return AmountOutOfRangeError(
        f"{what} would come to {plain(figure)}, more than the books hold",
        details=details("Check the amounts and quantities", figure=figure),
    )


def require_storable(sku: str, quantity: Decimal, worth: Decimal) -> None:
    """Raises AmountOutOfRangeError where an item would become more than its columns hold."""
    if quantity >= LARGEST_QUANTITY:
        raise out_of_range(f"The quantity of SKU {sku}", quantity)
    if worth >= LARGEST_AMOUNT:
        raise out_of_range(f"The value of SKU {sku}", worth)


def unit_cost(amount: Decimal, quantity: Decimal) -> Decimal:
    """What one unit has cost, to eight decimals; `quantity` is not zero. Raises AmountOutOfRangeError."""
    found = abs(amount / quantity)
    if found >= LARGEST_QUANTITY:
        raise out_of_range(f"One unit of {plain(quantity)} for {plain(amount)}", found)
    return found.quantize(_UNIT)
