"""The lines of a CII invoice (EN 16931-1, BG-25 to BG-32), and its allowances and charges."""

from ledger.intake.fields import Field, Group, group, identifier, many, one, term
from ledger.intake.line import AllowanceCharge, Classification, InvoiceLine, Item, ItemAttribute, Period, Price
from ledger.intake.values import (
    amount,
    base_quantity,
    cii_date,
    code,
    flag,
    name,
    percent,
    price,
    quantity,
    tax_rate,
    text,
)

_INDICATOR = "ram:ChargeIndicator/udt:Indicator"
_IS_CHARGE = f"normalize-space({_INDICATOR})='true' or normalize-space({_INDICATOR})='1'"
ALLOWANCE = f"ram:SpecifiedTradeAllowanceCharge[not({_IS_CHARGE})]"
CHARGE = f"ram:SpecifiedTradeAllowanceCharge[{_IS_CHARGE}]"
DATE = "udt:DateTimeString"

_DOCUMENT = "ram:AssociatedDocumentLineDocument"
LINE_ID = f"{_DOCUMENT}/ram:LineID"
_PRODUCT = "ram:SpecifiedTradeProduct"
_AGREEMENT = "ram:SpecifiedLineTradeAgreement"
_NET = f"{_AGREEMENT}/ram:NetPriceProductTradePrice"
_GROSS = f"{_AGREEMENT}/ram:GrossPriceProductTradePrice"
_BILLED = "ram:SpecifiedLineTradeDelivery/ram:BilledQuantity"
_SETTLEMENT = "ram:SpecifiedLineTradeSettlement"
_OBJECT = "not(ram:TypeCode) or normalize-space(ram:TypeCode)='130'"


def allowance_charge(terms: str) -> Group[AllowanceCharge]:
    """An allowance or charge; `terms` are those of amount, base, percentage, reason and its code, and of the tax."""
    amount_, base, percentage, reason, reason_code, *taxes = terms.split()
    fields: dict[str, Field] = {
        "is_charge": term(flag, amount_, _INDICATOR, required=True),
        "amount": term(amount, amount_, "ram:ActualAmount", required=True),
        "base": term(amount, base, "ram:BasisAmount"),
        "percent": term(percent, percentage, "ram:CalculationPercent"),
        "reason": term(text, reason, "ram:Reason"),
        "reason_code": term(code, reason_code, "ram:ReasonCode"),
    }
    if taxes:
        fields["tax_category"] = term(code, taxes[0], "ram:CategoryTradeTax/ram:CategoryCode")
        fields["tax_rate"] = term(tax_rate, taxes[1], "ram:CategoryTradeTax/ram:RateApplicablePercent")
    return Group(AllowanceCharge, fields)


ITEM = group(
    Item,
    name=term(name, "BT-153", f"{_PRODUCT}/ram:Name", required=True),
    description=term(text, "BT-154", f"{_PRODUCT}/ram:Description"),
    seller_id=term(code, "BT-155", f"{_PRODUCT}/ram:SellerAssignedID"),
    buyer_id=term(code, "BT-156", f"{_PRODUCT}/ram:BuyerAssignedID"),
    standard_id=identifier("BT-157", f"{_PRODUCT}/ram:GlobalID"),
    classifications=many(
        "BT-158",
        f"{_PRODUCT}/ram:DesignatedProductClassification/ram:ClassCode",
        group(
            Classification,
            code=term(code, "BT-158", "."),
            scheme=term(code, "BT-158", "@listID"),
            version=term(code, "BT-158", "@listVersionID"),
        ),
    ),
    origin_country=term(code, "BT-159", f"{_PRODUCT}/ram:OriginTradeCountry/ram:ID"),
    attributes=many(
        "BG-32",
        f"{_PRODUCT}/ram:ApplicableProductCharacteristic",
        group(
            ItemAttribute,
            name=term(name, "BT-160", "ram:Description", required=True),
            value=term(name, "BT-161", "ram:Value", required=True),
        ),
    ),
)

PRICE = group(
    Price,
    net=term(price, "BT-146", f"{_NET}/ram:ChargeAmount", required=True),
    discount=term(price, "BT-147", f"{_GROSS}/ram:AppliedTradeAllowanceCharge[not({_IS_CHARGE})]/ram:ActualAmount"),
    gross=term(price, "BT-148", f"{_GROSS}/ram:ChargeAmount"),
    base_quantity=term(base_quantity, "BT-149", f"{_NET}/ram:BasisQuantity", f"{_GROSS}/ram:BasisQuantity"),
    base_unit=term(code, "BT-150", f"{_NET}/ram:BasisQuantity/@unitCode", f"{_GROSS}/ram:BasisQuantity/@unitCode"),
)

LINE = group(
    InvoiceLine,
    id=term(code, "BT-126", LINE_ID, required=True),
    parent_id=term(code, "BT-126", f"{_DOCUMENT}/ram:ParentLineID"),
    note=term(text, "BT-127", f"{_DOCUMENT}/ram:IncludedNote/ram:Content"),
    object_id=identifier(
        "BT-128",
        f"{_SETTLEMENT}/ram:AdditionalReferencedDocument[{_OBJECT}]/ram:IssuerAssignedID",
        scheme="../ram:ReferenceTypeCode",
    ),
    quantity=term(quantity, "BT-129", _BILLED, required=True),
    unit_code=term(code, "BT-130", f"{_BILLED}/@unitCode"),
    net_amount=term(
        amount,
        "BT-131",
        f"{_SETTLEMENT}/ram:SpecifiedTradeSettlementLineMonetarySummation/ram:LineTotalAmount",
        required=True,
    ),
    order_line=term(code, "BT-132", f"{_AGREEMENT}/ram:BuyerOrderReferencedDocument/ram:LineID"),
    accounting_reference=term(code, "BT-133", f"{_SETTLEMENT}/ram:ReceivableSpecifiedTradeAccountingAccount/ram:ID"),
    period=one(
        "BG-26",
        f"{_SETTLEMENT}/ram:BillingSpecifiedPeriod",
        group(
            Period,
            start=term(cii_date, "BT-134", f"ram:StartDateTime/{DATE}"),
            end=term(cii_date, "BT-135", f"ram:EndDateTime/{DATE}"),
        ),
    ),
    allowances=many("BG-27", f"{_SETTLEMENT}/{ALLOWANCE}", allowance_charge("BT-136 BT-137 BT-138 BT-139 BT-140")),
    charges=many("BG-28", f"{_SETTLEMENT}/{CHARGE}", allowance_charge("BT-141 BT-142 BT-143 BT-144 BT-145")),
    price=PRICE,
    tax_category=term(code, "BT-151", f"{_SETTLEMENT}/ram:ApplicableTradeTax/ram:CategoryCode", required=True),
    tax_rate=term(tax_rate, "BT-152", f"{_SETTLEMENT}/ram:ApplicableTradeTax/ram:RateApplicablePercent"),
    item=ITEM,
)
