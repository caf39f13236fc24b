"""How numbers are written in exports: exactly, amounts at their currency's minor unit, a credit note's below zero."""

from dataclasses import dataclass
from decimal import Decimal

from integrations_site.kernel.money import minor_digits
from ledger.models import Case, CaseKind


@dataclass(frozen=True, slots=True)
class Figure:
    """A number as it is written. It is no text: a minus sign in front makes no formula of it."""

    digits: str

    def __str__(self) -> str:
        return self.digits


def amount(value: Decimal, case: Case) -> Figure:
    """An amount of the case, such as `1100.00`."""
    return _written(_sign(case) * value, least=minor_digits(case.currency))


def price(value: Decimal, case: Case) -> Figure:
    """The price of one unit: with the currency's decimals, and as many more as it has."""
    return _written(value, least=minor_digits(case.currency))


def quantity(value: Decimal, case: Case) -> Figure:
    """How much of something, such as `10` or `0.5`."""
    return _written(_sign(case) * value, least=0)


def _sign(case: Case) -> int:
    return -1 if case.kind == CaseKind.CREDIT_NOTE else 1


def _written(value: Decimal, *, least: int) -> Figure:
    whole, _, decimals = f"{value + 0:f}".partition(".")
    decimals = decimals.rstrip("0").ljust(least, "0")
    return Figure(f"{whole}.{decimals}" if decimals else whole)
