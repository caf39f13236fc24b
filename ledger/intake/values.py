"""From the text of an element to a value. A ValueError's text completes the sentence "The … says “…”, which …"."""

import re
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import TypeVar

from integrations_site.kernel.money import UnknownCurrencyError, minor_digits
from ledger.intake.codes import CREDIT_NOTE_TYPES, INVOICE_TYPES

_DECIMAL = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)")  # XML Schema part 2, 3.2.3: no exponent, no NaN
_XSD_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})(Z|[+-][0-9]{2}:[0-9]{2})?")
_CII_DATE = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})()")
_LONGEST_NUMBER = 100
_LONGEST_CODE = 256

T = TypeVar("T")


def text(written: str) -> str:
    """Free text: its lines are kept, the blanks around it are not."""
    return written.strip()


def name(written: str) -> str:
    """A name or another text of one line: where the file breaks it or indents it, one blank stands."""
    return " ".join(written.split())


def code(written: str) -> str:
    """A code or number that identifies something; blanks as in a name."""
    collapsed = name(written)
    if len(collapsed) > _LONGEST_CODE:
        raise ValueError(f"is longer than {_LONGEST_CODE} characters")
    return collapsed


def _number(whole_digits: int, decimals: int) -> Callable[[str], Decimal]:
    """A reader of exact decimals that fit a column with so many digits before and after the point."""

    def read(written: str) -> Decimal:
        collapsed = written.strip()
        if not _DECIMAL.fullmatch(collapsed):
            raise ValueError(_why_no_number(collapsed))
        if len(collapsed) > _LONGEST_NUMBER:
            raise ValueError(f"is longer than {_LONGEST_NUMBER} characters")
        whole, _, fraction = collapsed.lstrip("+-").partition(".")
        if len(whole.lstrip("0")) > whole_digits:
            raise ValueError(f"has more than {whole_digits} digits before the point")
        if len(fraction.rstrip("0")) > decimals:
            raise ValueError(f"has more than {decimals} decimals")
        return Decimal(collapsed)

    return read


def _why_no_number(written: str) -> str:
    if re.fullmatch(r"[+-]?[0-9.]+[eE][+-]?[0-9]+", written):
        return "is written with an exponent; amounts are written out"
    if "," in written:
        return "has a comma; decimals are written with a point, and thousands without a mark"
    return "is not a number"


amount = _number(15, 3)  # no currency has more decimals than three
price = _number(10, 20)  # prices may be finer than any currency; a draft rounds them to eight decimals
quantity = _number(12, 20)
percent = _number(4, 20)
tax_rate = _number(3, 6)


def base_quantity(written: str) -> Decimal:
    """The number of units that a price is for: the price is divided by it."""
    units = quantity(written)
    if units <= 0:
        raise ValueError("is not greater than zero")
    return units


def _day(pattern: re.Pattern[str], form: str) -> Callable[[str], date]:
    def read(written: str) -> date:
        found = pattern.fullmatch(written.strip())
        if found is None:
            raise ValueError(f"is not a date of the form {form}")
        try:
            return date(int(found[1]), int(found[2]), int(found[3]))
        except ValueError:
            raise ValueError("is not a day of the calendar") from None

    return read


xsd_date = _day(_XSD_DATE, "2026-12-31")  # a time zone may follow, and does not change the day
cii_date = _day(_CII_DATE, "20261231 (format 102)")


def currency(written: str) -> str:
    """An ISO 4217 code that the hub knows the minor unit of."""
    collapsed = written.strip()
    try:
        minor_digits(collapsed)
    except UnknownCurrencyError:
        raise ValueError("is not a currency code of ISO 4217") from None
    return collapsed


def document_type(written: str) -> str:
    """A code of UNTDID 1001 that EN 16931 takes for an invoice or a credit note."""
    collapsed = written.strip()
    if collapsed not in INVOICE_TYPES | CREDIT_NOTE_TYPES:
        raise ValueError("is no type of invoice or credit note (380 is a commercial invoice, 381 a credit note)")
    return collapsed


def credit_note_type(written: str) -> str:
    """The type of a document whose root element already says that it is a credit note."""
    collapsed = document_type(written)
    if collapsed not in CREDIT_NOTE_TYPES:
        raise ValueError("is an invoice's type, although the document calls itself a credit note")
    return collapsed


def choice(meanings: Mapping[str, T]) -> Callable[[str], T]:
    """A reader of codes that stand for something."""

    def read(written: str) -> T:
        try:
            return meanings[written.strip()]
        except KeyError:
            raise ValueError(f"is none of {', '.join(meanings)}") from None

    return read


flag = choice({"true": True, "1": True, "false": False, "0": False})  # XML Schema's boolean


def base64(written: str) -> str:
    """An attached file, still encoded, without the blanks that its lines were broken with."""
    joined = "".join(written.split())
    try:
        b64decode(joined, validate=True)
    except Base64Error:
        raise ValueError("is not valid base64, so the attached file cannot be opened") from None
    return joined
