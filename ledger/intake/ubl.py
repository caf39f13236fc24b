"""Where EN 16931's business terms stand in a UBL 2.1 Invoice or CreditNote (CEN/TS 16931-3-2).

Each row names a field, the kind of value, the business term and its path. Amounts in the invoice currency are told from
those in the tax accounting currency by @currencyID; allowances from charges by ChargeIndicator.
"""

from ledger.intake.document import (
    Attachment,
    Delivery,
    DirectDebit,
    Note,
    PaymentMeans,
    PrecedingInvoice,
    References,
    SupportingDocument,
    TaxBreakdown,
    TaxPoint,
    Totals,
)
from ledger.intake.fields import Every, Field, Group, Joined, One, group, identifier, identifiers, many, one, term
from ledger.intake.line import (
    AllowanceCharge,
    Classification,
    InvoiceLine,
    Item,
    ItemAttribute,
    Period,
    Price,
)
from ledger.intake.party import Address, Contact, Party
from ledger.intake.values import (
    amount,
    base64,
    base_quantity,
    choice,
    code,
    coded_note,
    credit_note_type,
    currency,
    document_type,
    flag,
    percent,
    price,
    quantity,
    tax_rate,
    text,
    xsd_date,
)

_OWN = "[not(@currencyID!=normalize-space(/*/cbc:DocumentCurrencyCode))]"
_TAX_TOTAL = "cac:TaxTotal/cbc:TaxAmount"
_IS_CHARGE = "normalize-space(cbc:ChargeIndicator)='true' or normalize-space(cbc:ChargeIndicator)='1'"
_ALLOWANCE = f"cac:AllowanceCharge[not({_IS_CHARGE})]"
_CHARGE = f"cac:AllowanceCharge[{_IS_CHARGE}]"
_VAT = "normalize-space(cac:TaxScheme/cbc:ID)='VAT'"
_SEPA = "normalize-space(@schemeID)='SEPA'"  # a creditor's number at its bank (BT-90), and no number of the party
_ALL_LINES = "cac:InvoiceLine | cac:CreditNoteLine | cac:InvoiceLine//cac:SubInvoiceLine | cac:CreditNoteLine//cac:SubCreditNoteLine"
_TAX_POINTS = {"3": TaxPoint.INVOICE_DATE, "35": TaxPoint.DELIVERY_DATE, "432": TaxPoint.PAYMENT_DATE}  # UNTDID 2005


def _address(bg: str, path: str, terms: str) -> One[Address]:
    street, street_2, street_3, city, post_code, region, country = terms.split()
    return one(
        bg,
        path,
        group(
            Address,
            line_one=term(text, street, "cbc:StreetName"),
            line_two=term(text, street_2, "cbc:AdditionalStreetName"),
            line_three=term(text, street_3, "cac:AddressLine/cbc:Line"),
            city=term(text, city, "cbc:CityName"),
            post_code=term(code, post_code, "cbc:PostalZone"),
            region=term(text, region, "cbc:CountrySubentity"),
            country=term(code, country, "cac:Country/cbc:IdentificationCode"),
        ),
    )


def _contact(bg: str, terms: str) -> One[Contact]:
    name, phone, email = terms.split()
    return one(
        bg,
        "cac:Contact",
        group(
            Contact,
            name=term(text, name, "cbc:Name"),
            phone=term(code, phone, "cbc:Telephone"),
            email=term(code, email, "cbc:ElectronicMail"),
        ),
    )


def _allowance_charge(terms: str) -> Group[AllowanceCharge]:
    amount_, base, percentage, reason, reason_code, *taxes = terms.split()
    fields: dict[str, Field] = {
        "is_charge": term(flag, amount_, "cbc:ChargeIndicator", required=True),
        "amount": term(amount, amount_, "cbc:Amount", required=True),
        "base": term(amount, base, "cbc:BaseAmount"),
        "percent": term(percent, percentage, "cbc:MultiplierFactorNumeric"),
        "reason": term(text, reason, "cbc:AllowanceChargeReason", kind=Joined),
        "reason_code": term(code, reason_code, "cbc:AllowanceChargeReasonCode"),
    }
    if taxes:
        fields["tax_category"] = term(code, taxes[0], "cac:TaxCategory/cbc:ID")
        fields["tax_rate"] = term(tax_rate, taxes[1], "cac:TaxCategory/cbc:Percent")
    return Group(AllowanceCharge, fields)


SELLER = group(
    Party,
    name=term(text, "BT-27", "cac:PartyLegalEntity/cbc:RegistrationName", "cac:PartyName/cbc:Name", required=True),
    trading_name=term(text, "BT-28", "cac:PartyName/cbc:Name"),
    identifiers=identifiers("BT-29", f"cac:PartyIdentification/cbc:ID[not({_SEPA})]"),
    registration=identifier("BT-30", "cac:PartyLegalEntity/cbc:CompanyID"),
    vat_id=term(code, "BT-31", f"cac:PartyTaxScheme[{_VAT}]/cbc:CompanyID"),
    tax_registration=term(code, "BT-32", f"cac:PartyTaxScheme[not({_VAT})]/cbc:CompanyID"),
    legal_information=term(text, "BT-33", "cac:PartyLegalEntity/cbc:CompanyLegalForm"),
    electronic_address=identifier("BT-34", "cbc:EndpointID"),
    address=_address("BG-5", "cac:PostalAddress", "BT-35 BT-36 BT-162 BT-37 BT-38 BT-39 BT-40"),
    contact=_contact("BG-6", "BT-41 BT-42 BT-43"),
)

BUYER = group(
    Party,
    name=term(text, "BT-44", "cac:PartyLegalEntity/cbc:RegistrationName", "cac:PartyName/cbc:Name", required=True),
    trading_name=term(text, "BT-45", "cac:PartyName/cbc:Name"),
    identifiers=identifiers("BT-46", "cac:PartyIdentification/cbc:ID"),
    registration=identifier("BT-47", "cac:PartyLegalEntity/cbc:CompanyID"),
    vat_id=term(code, "BT-48", f"cac:PartyTaxScheme[{_VAT}]/cbc:CompanyID"),
    electronic_address=identifier("BT-49", "cbc:EndpointID"),
    address=_address("BG-8", "cac:PostalAddress", "BT-50 BT-51 BT-163 BT-52 BT-53 BT-54 BT-55"),
    contact=_contact("BG-9", "BT-56 BT-57 BT-58"),
)

PAYEE = group(
    Party,
    name=term(text, "BT-59", "cac:PartyName/cbc:Name", required=True),
    identifiers=identifiers("BT-60", f"cac:PartyIdentification/cbc:ID[not({_SEPA})]"),
    registration=identifier("BT-61", "cac:PartyLegalEntity/cbc:CompanyID"),
)

TAX_REPRESENTATIVE = group(
    Party,
    name=term(text, "BT-62", "cac:PartyName/cbc:Name", required=True),
    vat_id=term(code, "BT-63", f"cac:PartyTaxScheme[{_VAT}]/cbc:CompanyID"),
    address=_address("BG-12", "cac:PostalAddress", "BT-64 BT-65 BT-164 BT-66 BT-67 BT-68 BT-69"),
)

ITEM = group(
    Item,
    name=term(text, "BT-153", "cac:Item/cbc:Name", required=True),
    description=term(text, "BT-154", "cac:Item/cbc:Description", kind=Joined),
    seller_id=term(code, "BT-155", "cac:Item/cac:SellersItemIdentification/cbc:ID"),
    buyer_id=term(code, "BT-156", "cac:Item/cac:BuyersItemIdentification/cbc:ID"),
    standard_id=identifier("BT-157", "cac:Item/cac:StandardItemIdentification/cbc:ID"),
    classifications=many(
        "BT-158",
        "cac:Item/cac:CommodityClassification/cbc:ItemClassificationCode",
        group(
            Classification,
            code=term(code, "BT-158", "."),
            scheme=term(code, "BT-158", "@listID"),
            version=term(code, "BT-158", "@listVersionID"),
        ),
    ),
    origin_country=term(code, "BT-159", "cac:Item/cac:OriginCountry/cbc:IdentificationCode"),
    attributes=many(
        "BG-32",
        "cac:Item/cac:AdditionalItemProperty",
        group(
            ItemAttribute,
            name=term(text, "BT-160", "cbc:Name", required=True),
            value=term(text, "BT-161", "cbc:Value", required=True),
        ),
    ),
)

PRICE = group(
    Price,
    net=term(price, "BT-146", "cac:Price/cbc:PriceAmount", required=True),
    discount=term(price, "BT-147", f"cac:Price/{_ALLOWANCE}/cbc:Amount"),
    gross=term(price, "BT-148", f"cac:Price/{_ALLOWANCE}/cbc:BaseAmount"),
    base_quantity=term(base_quantity, "BT-149", "cac:Price/cbc:BaseQuantity"),
    base_unit=term(code, "BT-150", "cac:Price/cbc:BaseQuantity/@unitCode"),
)

LINE = group(
    InvoiceLine,
    id=term(code, "BT-126", "cbc:ID", required=True),
    parent_id=term(code, "BT-126", "self::cac:SubInvoiceLine/../cbc:ID | self::cac:SubCreditNoteLine/../cbc:ID"),
    note=term(text, "BT-127", "cbc:Note", kind=Joined),
    object_id=identifier("BT-128", "cac:DocumentReference/cbc:ID"),
    quantity=term(quantity, "BT-129", "cbc:InvoicedQuantity", "cbc:CreditedQuantity", required=True),
    unit_code=term(code, "BT-130", "cbc:InvoicedQuantity/@unitCode", "cbc:CreditedQuantity/@unitCode", required=True),
    net_amount=term(amount, "BT-131", "cbc:LineExtensionAmount", required=True),
    order_line=term(code, "BT-132", "cac:OrderLineReference/cbc:LineID"),
    accounting_reference=term(code, "BT-133", "cbc:AccountingCost"),
    period=one(
        "BG-26",
        "cac:InvoicePeriod",
        group(Period, start=term(xsd_date, "BT-134", "cbc:StartDate"), end=term(xsd_date, "BT-135", "cbc:EndDate")),
    ),
    allowances=many("BG-27", _ALLOWANCE, _allowance_charge("BT-136 BT-137 BT-138 BT-139 BT-140")),
    charges=many("BG-28", _CHARGE, _allowance_charge("BT-141 BT-142 BT-143 BT-144 BT-145")),
    price=PRICE,
    tax_category=term(code, "BT-151", "cac:Item/cac:ClassifiedTaxCategory/cbc:ID", required=True),
    tax_rate=term(tax_rate, "BT-152", "cac:Item/cac:ClassifiedTaxCategory/cbc:Percent"),
    item=ITEM,
)

TOTALS = group(
    Totals,
    line_total=term(amount, "BT-106", "cac:LegalMonetaryTotal/cbc:LineExtensionAmount", required=True),
    allowance_total=term(amount, "BT-107", "cac:LegalMonetaryTotal/cbc:AllowanceTotalAmount"),
    charge_total=term(amount, "BT-108", "cac:LegalMonetaryTotal/cbc:ChargeTotalAmount"),
    tax_exclusive=term(amount, "BT-109", "cac:LegalMonetaryTotal/cbc:TaxExclusiveAmount", required=True),
    tax=term(amount, "BT-110", _TAX_TOTAL + _OWN),
    tax_in_accounting_currency=term(
        amount, "BT-111", f"{_TAX_TOTAL}[@currencyID=normalize-space(/*/cbc:TaxCurrencyCode)][not(self::*{_OWN})]"
    ),
    tax_inclusive=term(amount, "BT-112", "cac:LegalMonetaryTotal/cbc:TaxInclusiveAmount", required=True),
    prepaid=term(amount, "BT-113", "cac:LegalMonetaryTotal/cbc:PrepaidAmount"),
    rounding=term(amount, "BT-114", "cac:LegalMonetaryTotal/cbc:PayableRoundingAmount"),
    payable=term(amount, "BT-115", "cac:LegalMonetaryTotal/cbc:PayableAmount", required=True),
)
