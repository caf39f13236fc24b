"""Money: exact decimals, and the number of decimals that each currency has (ISO 4217)."""

from decimal import ROUND_HALF_UP, Decimal
from functools import cache

from integrations_site.kernel.errors import InvalidInputError

_NO_MINOR_UNIT = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_THREE_DECIMALS = "BHD IQD JOD KWD LYD OMR TND"
_TWO_DECIMALS = (
    "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP CRC CUP "
    "CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES "
    "KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK "
    "NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB "
    "TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG"
)
MINOR_DIGITS = (
    dict.fromkeys(_NO_MINOR_UNIT.split(), 0)
    | dict.fromkeys(_TWO_DECIMALS.split(), 2)
    | dict.fromkeys(_THREE_DECIMALS.split(), 3)
)
ZERO = Decimal(0)


class UnknownCurrencyError(InvalidInputError):
    """No currency of ISO 4217 that the hub books in has this code."""

    code = "UNKNOWN_CURRENCY"


def minor_digits(currency: str) -> int:
    """How many decimals amounts in `currency` have: 0, 2 or 3. Raises UnknownCurrencyError."""
    try:
        return MINOR_DIGITS[currency]
    except KeyError:
        raise UnknownCurrencyError(
            f"{currency!r} is no currency code of ISO 4217", details={"currency": currency}
        ) from None


@cache
def quantum(currency: str) -> Decimal:
    """The smallest amount of `currency`: 1, 0.01 or 0.001."""
    return Decimal(1).scaleb(-minor_digits(currency))


def rounded(amount: Decimal, currency: str) -> Decimal:
    """`amount` at the currency's minor unit, halves away from zero (commercial rounding)."""
    return amount.quantize(quantum(currency), ROUND_HALF_UP)


def is_exact(amount: Decimal, currency: str) -> bool:
    """Whether `amount` has no more decimals than its currency."""
    return amount == rounded(amount, currency)


def written(amount: Decimal, currency: str) -> str:
    """The amount for people, at its currency's minor unit: `9,900.00 USD`. Raises UnknownCurrencyError."""
    return f"{rounded(amount, currency):,f} {currency}"
