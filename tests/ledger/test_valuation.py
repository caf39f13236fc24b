"""Converting a document: one computation for all three systems."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations_site.kernel import money
from ledger.services.bookkeeping.errors import AmountOutOfRangeError, UnbalancedEntryError
from ledger.services.bookkeeping.valuation import Amounts, Converter, unit_cost, value

cents = st.integers(-(10**11), 10**11).map(lambda units: Decimal(units).scaleb(-2))
rates = st.integers(1, 10**12).map(lambda units: Decimal(units).scaleb(-8))
currencies = st.sampled_from(["USD", "JPY", "KWD"])


@st.composite
def documents(draw: st.DrawFn) -> Amounts:
    lines = draw(st.lists(cents, min_size=1, max_size=8))
    taxes = draw(st.lists(cents, max_size=3))
    prepaid, rounding = draw(cents), draw(cents)
    payable = sum(lines, Decimal(0)) + sum(taxes, Decimal(0)) + rounding - prepaid
    return Amounts(lines=lines, taxes=taxes, prepaid=prepaid, rounding=rounding, payable=payable)


@given(documents(), rates, currencies, st.sampled_from([1, -1]))
def test_what_is_left_over_is_rounding_alone(amounts: Amounts, rate: Decimal, currency: str, sign: int) -> None:
    converter = Converter(currency=currency, rate=rate, sign=sign)
    found = value(amounts, converter)
    debits = sum((*found.lines, *found.taxes, found.rounding), Decimal(0))
    assert debits == found.payable + found.prepaid
    assert all(money.is_exact(figure, currency) for figure in (*found.lines, *found.taxes, found.rounding))
    exact = amounts.rounding * rate * sign
    assert abs(found.rounding - exact) <= money.quantum(currency) / 2 * 4  # lines, taxes, prepaid, payable


@given(st.lists(cents, min_size=1, max_size=40), rates, currencies, st.sampled_from([1, -1]))
def test_lines_add_up_to_their_sum_and_keep_their_signs(
    lines: list[Decimal], rate: Decimal, currency: str, sign: int
) -> None:
    converter = Converter(currency=currency, rate=rate, sign=sign)
    found = converter.bases(lines)
    assert sum(found) == converter.base(sum(lines, Decimal(0)))
    for line, worth in zip(lines, found, strict=True):
        assert worth * line * sign >= 0
        assert abs(worth - line * rate * sign) <= money.quantum(currency)


def test_a_thousand_small_lines_are_worth_what_they_are_worth_together() -> None:
    converter = Converter(currency="USD", rate=Decimal("0.4"))
    found = converter.bases([Decimal("0.01")] * 1000)
    assert sum(found) == Decimal(4)
    assert set(found) == {Decimal(0), Decimal("0.01")}


@given(documents(), rates, currencies)
def test_a_credit_note_is_the_negative_of_its_invoice(amounts: Amounts, rate: Decimal, currency: str) -> None:
    invoice = value(amounts, Converter(currency=currency, rate=rate))
    credit_note = value(amounts, Converter(currency=currency, rate=rate, sign=-1))
    assert credit_note.lines == tuple(-line for line in invoice.lines)
    assert credit_note.payable == -invoice.payable
    assert not any(line.is_signed() for line in credit_note.lines if not line), "there is no negative zero"


@given(documents())
def test_in_the_books_own_currency_nothing_is_rounded(amounts: Amounts) -> None:
    found = value(amounts, Converter(currency="USD"))
    assert found.lines == tuple(amounts.lines)
    assert (found.payable, found.rounding) == (amounts.payable, amounts.rounding)


@pytest.mark.parametrize(
    ("amount", "rate", "expected"), [("0.005", "1", "0.01"), ("-0.005", "1", "-0.01"), ("1", "0.125", "0.13")]
)
def test_halves_are_rounded_away_from_zero(amount: str, rate: str, expected: str) -> None:
    assert Converter(currency="USD", rate=Decimal(rate)).base(Decimal(amount)) == Decimal(expected)


def test_what_does_not_add_up_is_refused_with_the_figures() -> None:
    amounts = Amounts(
        lines=[Decimal(100)], taxes=[Decimal(10)], prepaid=Decimal(0), rounding=Decimal(0), payable=Decimal("110.01")
    )
    with pytest.raises(UnbalancedEntryError) as refused:
        value(amounts, Converter(currency="USD"))
    assert refused.value.details["difference"] == Decimal("-0.01")


def test_what_no_column_holds_is_refused() -> None:
    with pytest.raises(AmountOutOfRangeError):
        Converter(currency="USD", rate=Decimal(10) ** 11).base(Decimal(10) ** 14)
    with pytest.raises(AmountOutOfRangeError):
        unit_cost(Decimal(10) ** 10, Decimal("0.000001"))
    assert unit_cost(Decimal(-10), Decimal(3)) == Decimal("3.33333333")
