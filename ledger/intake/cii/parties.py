"""The parties of a CII invoice (EN 16931-1, BG-4, BG-7, BG-10, BG-11)."""

from ledger.intake.fields import One, group, identifier, identifiers, one, term
from ledger.intake.party import Address, Contact, Party
from ledger.intake.values import code, name, text

_ADDRESS = "ram:PostalTradeAddress"
_IDS = "ram:ID | ram:GlobalID"
_VAT_ID = "ram:SpecifiedTaxRegistration/ram:ID[normalize-space(@schemeID)='VA']"
_TAX_NUMBER = "ram:SpecifiedTaxRegistration/ram:ID[normalize-space(@schemeID)!='VA']"


def address(bg: str, path: str, terms: str) -> One[Address]:
    """A postal address; `terms` are those of its three lines, city, post code, region and country."""
    line_one, line_two, line_three, city, post_code, region, country = terms.split()
    return one(
        bg,
        path,
        group(
            Address,
            line_one=term(name, line_one, "ram:LineOne"),
            line_two=term(name, line_two, "ram:LineTwo"),
            line_three=term(name, line_three, "ram:LineThree"),
            city=term(name, city, "ram:CityName"),
            post_code=term(code, post_code, "ram:PostcodeCode"),
            region=term(name, region, "ram:CountrySubDivisionName"),
            country=term(code, country, "ram:CountryID"),
        ),
    )


def _contact(bg: str, terms: str) -> One[Contact]:
    person, phone, email = terms.split()
    return one(
        bg,
        "ram:DefinedTradeContact",
        group(
            Contact,
            name=term(name, person, "ram:PersonName", "ram:DepartmentName"),
            phone=term(code, phone, "ram:TelephoneUniversalCommunication/ram:CompleteNumber"),
            email=term(code, email, "ram:EmailURIUniversalCommunication/ram:URIID"),
        ),
    )


SELLER = group(
    Party,
    name=term(name, "BT-27", "ram:Name", required=True),
    trading_name=term(name, "BT-28", "ram:SpecifiedLegalOrganization/ram:TradingBusinessName"),
    identifiers=identifiers("BT-29", _IDS),
    registration=identifier("BT-30", "ram:SpecifiedLegalOrganization/ram:ID"),
    vat_id=term(code, "BT-31", _VAT_ID),
    tax_registration=term(code, "BT-32", _TAX_NUMBER),
    legal_information=term(text, "BT-33", "ram:Description"),
    electronic_address=identifier("BT-34", "ram:URIUniversalCommunication/ram:URIID"),
    address=address("BG-5", _ADDRESS, "BT-35 BT-36 BT-162 BT-37 BT-38 BT-39 BT-40"),
    contact=_contact("BG-6", "BT-41 BT-42 BT-43"),
)

BUYER = group(
    Party,
    name=term(name, "BT-44", "ram:Name", required=True),
    trading_name=term(name, "BT-45", "ram:SpecifiedLegalOrganization/ram:TradingBusinessName"),
    identifiers=identifiers("BT-46", _IDS),
    registration=identifier("BT-47", "ram:SpecifiedLegalOrganization/ram:ID"),
    vat_id=term(code, "BT-48", _VAT_ID),
    electronic_address=identifier("BT-49", "ram:URIUniversalCommunication/ram:URIID"),
    address=address("BG-8", _ADDRESS, "BT-50 BT-51 BT-163 BT-52 BT-53 BT-54 BT-55"),
    contact=_contact("BG-9", "BT-56 BT-57 BT-58"),
)

PAYEE = group(
    Party,
    name=term(name, "BT-59", "ram:Name", required=True),
    identifiers=identifiers("BT-60", _IDS),
    registration=identifier("BT-61", "ram:SpecifiedLegalOrganization/ram:ID"),
)

TAX_REPRESENTATIVE = group(
    Party,
    name=term(name, "BT-62", "ram:Name", required=True),
    vat_id=term(code, "BT-63", _VAT_ID),
    address=address("BG-12", _ADDRESS, "BT-64 BT-65 BT-164 BT-66 BT-67 BT-68 BT-69"),
)
