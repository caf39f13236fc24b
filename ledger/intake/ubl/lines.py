"""The lines of a UBL invoice or credit note (EN 16931-1, BG-25 to BG-32), and its allowances and charges."""

from ledger.intake.fields import Field, Group, Joined, group, identifier, many, one, term
from ledger.intake.line import AllowanceCharge, Classification, InvoiceLine, Item, ItemAttribute, Period, Price
from ledger.intake.values import (
    amount,
    base_quantity,
    code,
    flag,
    name,
    percent,
    price,
    quantity,
    tax_rate,
    text,
    xsd_date,
)

_IS_CHARGE = "normalize-space(cbc:ChargeIndicator)='true' or normalize-space(cbc:ChargeIndicator)='1'"
ALLOWANCE = f"cac:AllowanceCharge[not({_IS_CHARGE})]"
CHARGE = f"cac:AllowanceCharge[{_IS_CHARGE}]"
_OBJECT = "not(cbc:DocumentTypeCode) or normalize-space(cbc:DocumentTypeCode)='130'"


def allowance_charge(terms: str) -> Group[AllowanceCharge]:
    """An allowance or charge; `terms` are those of amount, base, percentage, reason and its code, and of the tax."""
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


ITEM = group(
    Item,
    name=term(name, "BT-153", "cac:Item/cbc:Name", required=True),
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
            name=term(name, "BT-160", "cbc:Name", required=True),
            value=term(name, "BT-161", "cbc:Value", required=True),
        ),
    ),
)

PRICE = group(
    Price,
    net=term(price, "BT-146", "cac:Price/cbc:PriceAmount", required=True),
    discount=term(price, "BT-147", f"cac:Price/{ALLOWANCE}/cbc:Amount"),
    gross=term(price, "BT-148", f"cac:Price/{ALLOWANCE}/cbc:BaseAmount"),
    base_quantity=term(base_quantity, "BT-149", "cac:Price/cbc:BaseQuantity"),
    base_unit=term(code, "BT-150", "cac:Price/cbc:BaseQuantity/@unitCode"),
)

LINE = group(
    InvoiceLine,
    id=term(code, "BT-126", "cbc:ID", required=True),
    parent_id=term(code, "BT-126", "self::cac:SubInvoiceLine/../cbc:ID | self::cac:SubCreditNoteLine/../cbc:ID"),
    note=term(text, "BT-127", "cbc:Note", kind=Joined),
    object_id=identifier("BT-128", f"cac:DocumentReference[{_OBJECT}]/cbc:ID"),
    quantity=term(quantity, "BT-129", "cbc:InvoicedQuantity", "cbc:CreditedQuantity", required=True),
    unit_code=term(code, "BT-130", "cbc:InvoicedQuantity/@unitCode", "cbc:CreditedQuantity/@unitCode"),
    net_amount=term(amount, "BT-131", "cbc:LineExtensionAmount", required=True),
    order_line=term(code, "BT-132", "cac:OrderLineReference/cbc:LineID"),
    accounting_reference=term(code, "BT-133", "cbc:AccountingCost"),
    period=one(
        "BG-26",
        "cac:InvoicePeriod",
        group(Period, start=term(xsd_date, "BT-134", "cbc:StartDate"), end=term(xsd_date, "BT-135", "cbc:EndDate")),
    ),
    allowances=many("BG-27", ALLOWANCE, allowance_charge("BT-136 BT-137 BT-138 BT-139 BT-140")),
    charges=many("BG-28", CHARGE, allowance_charge("BT-141 BT-142 BT-143 BT-144 BT-145")),
    price=PRICE,
    tax_category=term(code, "BT-151", "cac:Item/cac:ClassifiedTaxCategory/cbc:ID", required=True),
    tax_rate=term(tax_rate, "BT-152", "cac:Item/cac:ClassifiedTaxCategory/cbc:Percent"),
    item=ITEM,
)
