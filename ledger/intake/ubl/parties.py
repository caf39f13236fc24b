"""The parties of a UBL invoice (EN 16931-1, BG-4, BG-7, BG-10, BG-11)."""

from ledger.intake.fields import Joined, One, group, identifier, identifiers, one, term
from ledger.intake.party import Address, Contact, Party
from ledger.intake.values import code, name, text

_VAT = "normalize-space(cac:TaxScheme/cbc:ID)='VAT'"
SEPA = "normalize-space(@schemeID)='SEPA'"  # a creditor's number at its bank (BT-90), and no number of the party


def address(bg: str, path: str, terms: str) -> One[Address]:
    """A postal address; `terms` are those of its three lines, city, post code, region and country."""
    street, street_2, street_3, city, post_code, region, country = terms.split()
    return one(
        bg,
        path,
        group(
            Address,
            line_one=term(name, street, "cbc:StreetName"),
            line_two=term(name, street_2, "cbc:AdditionalStreetName"),
            line_three=term(name, street_3, "cac:AddressLine/cbc:Line", kind=Joined),
            city=term(name, city, "cbc:CityName"),
            post_code=term(code, post_code, "cbc:PostalZone"),
            region=term(name, region, "cbc:CountrySubentity"),
            country=term(code, country, "cac:Country/cbc:IdentificationCode"),
        ),
    )


def _contact(bg: str, terms: str) -> One[Contact]:
    person, phone, email = terms.split()
    return one(
        bg,
        "cac:Contact",
        group(
            Contact,
            name=term(name, person, "cbc:Name"),
            phone=term(code, phone, "cbc:Telephone"),
            email=term(code, email, "cbc:ElectronicMail"),
        ),
    )


SELLER = group(
    Party,
    name=term(name, "BT-27", "cac:PartyLegalEntity/cbc:RegistrationName", "cac:PartyName/cbc:Name", required=True),
    trading_name=term(name, "BT-28", "cac:PartyName/cbc:Name"),
    identifiers=identifiers("BT-29", f"cac:PartyIdentification/cbc:ID[not({SEPA})]"),
    registration=identifier("BT-30", "cac:PartyLegalEntity/cbc:CompanyID"),
    vat_id=term(code, "BT-31", f"cac:PartyTaxScheme[{_VAT}]/cbc:CompanyID"),
    tax_registration=term(code, "BT-32", f"cac:PartyTaxScheme[not({_VAT})]/cbc:CompanyID"),
    legal_information=term(text, "BT-33", "cac:PartyLegalEntity/cbc:CompanyLegalForm"),
    electronic_address=identifier("BT-34", "cbc:EndpointID"),
    address=address("BG-5", "cac:PostalAddress", "BT-35 BT-36 BT-162 BT-37 BT-38 BT-39 BT-40"),
    contact=_contact("BG-6", "BT-41 BT-42 BT-43"),
)

BUYER = group(
    Party,
    name=term(name, "BT-44", "cac:PartyLegalEntity/cbc:RegistrationName", "cac:PartyName/cbc:Name", required=True),
    trading_name=term(name, "BT-45", "cac:PartyName/cbc:Name"),
    identifiers=identifiers("BT-46", "cac:PartyIdentification/cbc:ID"),
    registration=identifier("BT-47", "cac:PartyLegalEntity/cbc:CompanyID"),
    vat_id=term(code, "BT-48", f"cac:PartyTaxScheme[{_VAT}]/cbc:CompanyID"),
    electronic_address=identifier("BT-49", "cbc:EndpointID"),
    address=address("BG-8", "cac:PostalAddress", "BT-50 BT-51 BT-163 BT-52 BT-53 BT-54 BT-55"),
    contact=_contact("BG-9", "BT-56 BT-57 BT-58"),
)

PAYEE = group(
    Party,
    name=term(name, "BT-59", "cac:PartyName/cbc:Name", required=True),
    identifiers=identifiers("BT-60", f"cac:PartyIdentification/cbc:ID[not({SEPA})]"),
    registration=identifier("BT-61", "cac:PartyLegalEntity/cbc:CompanyID"),
)

TAX_REPRESENTATIVE = group(
    Party,
    name=term(name, "BT-62", "cac:PartyName/cbc:Name", required=True),
    vat_id=term(code, "BT-63", f"cac:PartyTaxScheme[{_VAT}]/cbc:CompanyID"),
    address=address("BG-12", "cac:PostalAddress", "BT-64 BT-65 BT-164 BT-66 BT-67 BT-68 BT-69"),
)
