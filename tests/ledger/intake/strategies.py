"""Hypothesis strategies for the parts of a document: whatever both syntaxes can state."""

from base64 import b64encode
from dataclasses import fields
from datetime import date
from decimal import Decimal
from typing import TypeVar

from hypothesis import strategies as st

from ledger.intake.document import (
    TaxBreakdown,
)
from ledger.intake.line import AllowanceCharge, Classification, InvoiceLine, Item, ItemAttribute, Period, Price
from ledger.intake.party import Address, Contact, Identifier, Party
from ledger.intake.payment import PaymentMeans
from ledger.intake.supporting import Attachment, SupportingDocument

T = TypeVar("T")
_CHARACTERS = st.characters(
    codec="utf-8", exclude_categories=("Cc", "Cs", "Cn", "Co", "Zs", "Zl", "Zp"), exclude_characters="#"
)
_WORD = st.text(_CHARACTERS, min_size=1, max_size=8)
WORDS = st.lists(_WORD, min_size=1, max_size=3).map(" ".join)
TEXT = st.lists(WORDS, min_size=1, max_size=3).map("\n".join)
DAYS = st.dates(min_value=date(1000, 1, 1))


def maybe(strategy: st.SearchStrategy[T]) -> st.SearchStrategy[T | None]:
    """The value, or none."""
    return st.none() | strategy


def several(strategy: st.SearchStrategy[T], most: int = 2, *, least: int = 0) -> st.SearchStrategy[tuple[T, ...]]:
    """A few values."""
    return st.lists(strategy, min_size=least, max_size=most).map(tuple)


def numbers(whole_digits: int, decimals: int, *, least: int | None = None) -> st.SearchStrategy[Decimal]:
    """Exact decimals with at most so many digits before and after the point."""
    largest = 10 ** (whole_digits + decimals) - 1
    lowest = -largest if least is None else least
    return st.integers(lowest, largest).map(lambda scaled: Decimal(scaled).scaleb(-decimals))


def unless_blank(strategy: st.SearchStrategy[T]) -> st.SearchStrategy[T | None]:
    """The group, or none if nothing is stated in it: a file cannot tell one from the other."""
    return strategy.map(lambda value: value if _states_something(value) else None)


def _states_something(value: object) -> bool:
    return any(getattr(value, field.name) is not None for field in fields(value))  # type: ignore[arg-type]


AMOUNTS = numbers(15, 3)
PRICES = numbers(10, 8)
QUANTITIES = numbers(12, 6)
RATES = numbers(3, 4, least=0)
CODES = st.sampled_from(["S", "Z", "E", "AE", "K", "G", "O"])
CURRENCIES = st.sampled_from(["EUR", "USD", "JPY", "KWD", "TND", "CHF"])
IDENTIFIERS = st.builds(Identifier, value=WORDS, scheme=maybe(WORDS))
COUNTRIES = st.sampled_from(["DE", "JP", "KW", "US"])
ADDRESSES = st.builds(
    Address,
    line_one=maybe(WORDS),
    line_two=maybe(WORDS),
    line_three=maybe(WORDS),
    city=maybe(WORDS),
    post_code=maybe(WORDS),
    region=maybe(WORDS),
    country=maybe(COUNTRIES),
)
CONTACTS = st.builds(Contact, name=maybe(WORDS), phone=maybe(WORDS), email=maybe(WORDS))
PERIODS = unless_blank(st.builds(Period, start=maybe(DAYS), end=maybe(DAYS)))
BUYERS = st.builds(
    Party,
    name=WORDS,
    trading_name=maybe(WORDS),
    identifiers=several(IDENTIFIERS),
    registration=maybe(IDENTIFIERS),
    vat_id=maybe(WORDS),
    electronic_address=maybe(IDENTIFIERS),
    address=unless_blank(ADDRESSES),
    contact=unless_blank(CONTACTS),
)
SELLERS = st.builds(
    Party,
    name=WORDS,
    trading_name=maybe(WORDS),
    identifiers=several(IDENTIFIERS),
    registration=maybe(IDENTIFIERS),
    vat_id=maybe(WORDS),
    tax_registration=maybe(WORDS),
    legal_information=maybe(TEXT),
    electronic_address=maybe(IDENTIFIERS),
    address=unless_blank(ADDRESSES),
    contact=unless_blank(CONTACTS),
)
PAYEES = st.builds(Party, name=WORDS, identifiers=several(IDENTIFIERS, 1), registration=maybe(IDENTIFIERS))
REPRESENTATIVES = st.builds(Party, name=WORDS, vat_id=maybe(WORDS), address=unless_blank(ADDRESSES))
PRICE = st.builds(Price, net=PRICES, base_quantity=st.none())
DISCOUNTED = st.builds(
    Price, net=PRICES, discount=PRICES, gross=PRICES, base_quantity=numbers(6, 3, least=1_000), base_unit=maybe(WORDS)
)
ITEMS = st.builds(
    Item,
    name=WORDS,
    description=maybe(TEXT),
    seller_id=maybe(WORDS),
    buyer_id=maybe(WORDS),
    standard_id=maybe(IDENTIFIERS),
    classifications=several(st.builds(Classification, code=WORDS, scheme=maybe(WORDS), version=maybe(WORDS))),
    origin_country=maybe(COUNTRIES),
    attributes=several(st.builds(ItemAttribute, name=WORDS, value=WORDS)),
)


def adjustments(*, is_charge: bool, taxed: bool) -> st.SearchStrategy[AllowanceCharge]:
    """Allowances or charges; those of the whole document bear a tax of their own."""
    return st.builds(
        AllowanceCharge,
        is_charge=st.just(is_charge),
        amount=AMOUNTS,
        base=maybe(AMOUNTS),
        percent=maybe(RATES),
        reason=maybe(TEXT),
        reason_code=maybe(WORDS),
        tax_category=CODES if taxed else st.none(),
        tax_rate=maybe(RATES) if taxed else st.none(),
    )


LINES = st.builds(
    InvoiceLine,
    id=WORDS,
    parent_id=st.none(),
    note=maybe(TEXT),
    object_id=maybe(IDENTIFIERS),
    quantity=QUANTITIES,
    unit_code=maybe(WORDS),
    net_amount=AMOUNTS,
    order_line=maybe(WORDS),
    accounting_reference=maybe(WORDS),
    period=PERIODS,
    allowances=several(adjustments(is_charge=False, taxed=False)),
    charges=several(adjustments(is_charge=True, taxed=False)),
    price=PRICE | DISCOUNTED,
    tax_category=CODES,
    tax_rate=maybe(RATES),
    item=ITEMS,
)
ATTACHMENTS = st.builds(
    Attachment,
    filename=maybe(WORDS),
    mime_code=maybe(WORDS),
    base64=st.binary(min_size=1, max_size=50).map(lambda content: b64encode(content).decode()),
)
SUPPORTING = st.builds(
    SupportingDocument,
    reference=WORDS,
    description=maybe(TEXT),
    location=maybe(WORDS),
    attachment=maybe(ATTACHMENTS),
)
TAXES = st.builds(
    TaxBreakdown,
    taxable=AMOUNTS,
    amount=AMOUNTS,
    category=CODES,
    rate=maybe(RATES),
    exemption_reason=maybe(TEXT),
    exemption_code=maybe(WORDS),
)
MEANS = st.builds(
    PaymentMeans,
    code=WORDS,
    text=maybe(WORDS),
    account=maybe(WORDS),
    account_name=maybe(WORDS),
    bank=maybe(WORDS),
    card_number=st.none(),
    card_holder=st.none(),
) | st.builds(PaymentMeans, code=st.just("48"), card_number=WORDS, card_holder=maybe(WORDS))
