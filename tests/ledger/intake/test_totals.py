"""The calculation rules: a sound invoice has no difference, and whichever figure is changed, its rule says so."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations_site.kernel.money import minor_digits, rounded
from ledger.intake import Difference, check_totals, read_invoice, to_draft
from ledger.intake.document import InvoiceDocument, TaxBreakdown, Totals
from ledger.intake.line import AllowanceCharge, InvoiceLine, Price
from tests.ledger.intake.samples import UBL, changed, sample

ONE = Decimal(1)
SAMPLE = read_invoice(UBL)


@st.composite
def sound_invoices(draw: st.DrawFn) -> InvoiceDocument:
    """Invoices whose figures are computed here, rate by rate, at the minor unit of their currency."""
    currency = draw(st.sampled_from(["EUR", "JPY", "KWD"]))
    lines = tuple(draw(st.lists(_lines(currency), min_size=1, max_size=4)))
    rates = sorted({line.tax_rate for line in lines if line.tax_rate is not None})
    allowances = tuple(draw(st.lists(_adjustments(currency, rates, is_charge=False), max_size=2)))
    charges = tuple(draw(st.lists(_adjustments(currency, rates, is_charge=True), max_size=2)))
    taxes = tuple(_tax(rate, lines, (*allowances, *charges), currency) for rate in rates)
    figures = {"prepaid": draw(_money(currency)), "rounding": draw(_money(currency))}
    totals = _totals(lines, allowances, charges, taxes, **figures)
    return replace(
        SAMPLE, currency=currency, lines=lines, allowances=allowances, charges=charges, taxes=taxes, totals=totals
    )


def _money(currency: str, least: int = 0) -> st.SearchStrategy[Decimal]:
    return st.integers(least, 10**7).map(lambda units: Decimal(units).scaleb(-minor_digits(currency)))


@st.composite
def _lines(draw: st.DrawFn, currency: str) -> InvoiceLine:
    quantity = draw(st.integers(-(10**6), 10**6).map(lambda thousandths: Decimal(thousandths).scaleb(-3)))
    net = draw(st.integers(0, 10**8).map(lambda units: Decimal(units).scaleb(-4)))
    base = draw(st.none() | st.sampled_from([Decimal(3), Decimal(100), Decimal("0.5")]))
    allowance, charge = draw(_money(currency)), draw(_money(currency))
    return replace(
        SAMPLE.lines[1],
        id=str(draw(st.integers(1, 10**6))),
        quantity=quantity,
        price=Price(net=net, base_quantity=base),
        allowances=(AllowanceCharge(is_charge=False, amount=allowance),),
        charges=(AllowanceCharge(is_charge=True, amount=charge),),
        net_amount=rounded(quantity * net / (base or ONE) - allowance + charge, currency),
        tax_rate=draw(st.sampled_from([Decimal(0), Decimal(7), Decimal("19.5")])),
    )


@st.composite
def _adjustments(draw: st.DrawFn, currency: str, rates: list[Decimal], *, is_charge: bool) -> AllowanceCharge:
    rate = draw(st.sampled_from(rates))
    return AllowanceCharge(is_charge=is_charge, amount=draw(_money(currency)), tax_category="S", tax_rate=rate)


def _tax(
    rate: Decimal, lines: tuple[InvoiceLine, ...], rest: tuple[AllowanceCharge, ...], currency: str
) -> TaxBreakdown:
    taxable = sum((line.net_amount for line in lines if line.tax_rate == rate), Decimal(0))
    taxable += sum((each.effect for each in rest if each.tax_rate == rate), Decimal(0))
    return TaxBreakdown(category="S", rate=rate, taxable=taxable, amount=rounded(taxable * rate / 100, currency))


def _totals(
    lines: tuple[InvoiceLine, ...],
    allowances: tuple[AllowanceCharge, ...],
    charges: tuple[AllowanceCharge, ...],
    taxes: tuple[TaxBreakdown, ...],
    prepaid: Decimal,
    rounding: Decimal,
) -> Totals:
    line_total = sum((line.net_amount for line in lines), Decimal(0))
    allowed = sum((each.amount for each in allowances), Decimal(0))
    charged = sum((each.amount for each in charges), Decimal(0))
    tax = sum((each.amount for each in taxes), Decimal(0))
    net = line_total - allowed + charged
    return Totals(
        line_total=line_total,
        allowance_total=allowed,
        charge_total=charged,
        tax_exclusive=net,
        tax=tax,
        tax_inclusive=net + tax,
        prepaid=prepaid,
        rounding=rounding,
        payable=net + tax - prepaid + rounding,
    )


@settings(max_examples=60, deadline=None)
@given(sound_invoices())
def test_a_sound_invoice_has_no_difference(document: InvoiceDocument) -> None:
    assert check_totals(document) == []
    draft = to_draft(document)
    assert sum((line.line_total for line in draft.lines), Decimal(0)) == draft.subtotal
    assert draft.differences == ()


FIGURES: dict[str, Callable[[Totals], tuple[str, Decimal]]] = {
    "BR-CO-10 BR-CO-13": lambda totals: ("line_total", totals.line_total),
    "BR-CO-11 BR-CO-13": lambda totals: ("allowance_total", totals.allowance_total),
    "BR-CO-12 BR-CO-13": lambda totals: ("charge_total", totals.charge_total),
    "BR-CO-13 BR-CO-15": lambda totals: ("tax_exclusive", totals.tax_exclusive),
    "BR-CO-14 BR-CO-15": lambda totals: ("tax", totals.tax),
    "BR-CO-15 BR-CO-16": lambda totals: ("tax_inclusive", totals.tax_inclusive),
    "BR-CO-16": lambda totals: ("payable", totals.payable),
}


@pytest.mark.parametrize("codes", FIGURES)
@settings(max_examples=15, deadline=None)
@given(document=sound_invoices(), units=st.integers(1, 1000), sign=st.sampled_from([1, -1]))
def test_a_changed_total_is_noticed(document: InvoiceDocument, units: int, sign: int, codes: str) -> None:
    gap = Decimal(sign * units).scaleb(-minor_digits(document.currency))
    field, value = FIGURES[codes](document.totals)
    found = check_totals(replace(document, totals=replace(document.totals, **{field: value + gap})))
    assert [each.code for each in found] == codes.split()
    assert abs(found[0].difference or 0) == abs(gap)


@settings(max_examples=25, deadline=None)
@given(document=sound_invoices(), units=st.integers(1, 1000))
def test_a_changed_line_is_noticed(document: InvoiceDocument, units: int) -> None:
    gap = Decimal(units).scaleb(-minor_digits(document.currency))
    first, *rest = document.lines
    dearer = replace(first, net_amount=first.net_amount + gap)
    found = check_totals(replace(document, lines=(dearer, *rest)))
    assert [each.code for each in found] == ["LINE-NET", "BR-CO-10", "BR-S-08"]
    assert (found[0].line_id, found[0].difference) == (first.id, gap)


def differences_of(old: str, new: str, name: str = "01") -> list[Difference]:
    return check_totals(read_invoice(changed(sample(name), old, new)))


def test_a_difference_is_said_in_figures() -> None:
    (payable,) = differences_of(">1354.15</cbc:PayableAmount>", ">1355.00</cbc:PayableAmount>")
    assert payable.message == (
        "The amount due for payment (BT-115) should be 1354.15 (the total with tax, less what is paid, plus the "
        "rounding), but the invoice says 1355.00: 0.85 EUR more."
    )
    assert (payable.expected, payable.found, payable.difference) == (
        Decimal("1354.15"),
        Decimal("1355.00"),
        Decimal("0.85"),
    )
    assert payable.terms == ("BT-115", "BT-112", "BT-113", "BT-114")


def test_a_tax_that_is_not_its_rate() -> None:
    found = differences_of('<cbc:TaxAmount currencyID="EUR">16.20', '<cbc:TaxAmount currencyID="EUR">16.21')
    assert [each.code for each in found] == ["BR-CO-14", "BR-CO-17"]
    assert "for category S at 9 %" in found[1].message


def test_a_line_at_a_rate_that_is_not_in_the_breakdown() -> None:
    first = "<cac:ClassifiedTaxCategory>\n        <cbc:ID>"
    found = differences_of(f"{first}S", f"{first}Z")
    assert [each.code for each in found] == ["BR-S-08", "BR-Z-08"]


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("03", "<ram:LineTotalAmount>103680<", "<ram:LineTotalAmount>103680.4<"),
        ("02", "<ram:LineTotalAmount>710.00<", "<ram:LineTotalAmount>710.004<"),
    ],
)
def test_an_amount_finer_than_its_currency(name: str, old: str, new: str) -> None:
    (difference,) = differences_of(old, new, name)
    assert (difference.code, difference.line_id) == ("BR-DEC", "1")
    assert "finer than the smallest unit" in difference.message


def test_three_decimals_are_checked_where_the_currency_has_them() -> None:
    old, new = ">469.037</cbc:PayableAmount>", ">469.036</cbc:PayableAmount>"
    (difference,) = differences_of(old, new, "04")
    assert (difference.code, difference.difference) == ("BR-CO-16", Decimal("-0.001"))


def test_halves_are_rounded_away_from_zero() -> None:
    half = replace(
        SAMPLE.lines[1], quantity=Decimal("-0.5"), price=Price(net=Decimal("0.01")), net_amount=Decimal("-0.01")
    )
    codes = [(each.code, each.line_id) for each in check_totals(replace(SAMPLE, lines=(half,)))]
    assert ("LINE-NET", half.id) not in codes


def test_the_largest_figures_are_checked_exactly() -> None:
    line = replace(
        SAMPLE.lines[1],
        quantity=Decimal("9" * 12),
        price=Price(net=Decimal("9" * 10), base_quantity=Decimal("1e-20")),
    )
    (difference,) = [each for each in check_totals(replace(SAMPLE, lines=(line,))) if each.code == "LINE-NET"]
    assert difference.expected == Decimal("9" * 12) * Decimal("9" * 10) * Decimal(10) ** 20
