"""Who an invoice names: seller, buyer, payee and tax representative (EN 16931-1, BG-4, BG-7, BG-10, BG-11)."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Identifier:
    """A number or address within a scheme, such as an ISO 6523 register (0088 is GS1's) or EM for e-mail."""

    value: str
    scheme: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Address:
    """BG-5, BG-8, BG-12 or BG-15."""

    line_one: str | None = None
    line_two: str | None = None
    line_three: str | None = None
    city: str | None = None
    post_code: str | None = None
    region: str | None = None
    country: str | None = None  # ISO 3166-1, two letters


@dataclass(frozen=True, kw_only=True, slots=True)
class Contact:
    """BG-6 or BG-9."""

    name: str | None = None
    phone: str | None = None
    email: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Party:
    """A party to the invoice. The comments name the seller's terms; others have fewer, with numbers of their own."""

    name: str  # BT-27
    trading_name: str | None = None  # BT-28
    identifiers: tuple[Identifier, ...] = ()  # BT-29
    registration: Identifier | None = None  # BT-30, in a register of companies
    vat_id: str | None = None  # BT-31
    tax_registration: str | None = None  # BT-32, at the local tax office
    legal_information: str | None = None  # BT-33
    electronic_address: Identifier | None = None  # BT-34
    address: Address | None = None  # BG-5
    contact: Contact | None = None  # BG-6
