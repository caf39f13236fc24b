"""Writes the lines of a UBL invoice or credit note, and what its other parts need as well."""

from datetime import date
from decimal import Decimal

from ledger.intake.line import AllowanceCharge, InvoiceLine, Item, Period, Price
from ledger.intake.party import Identifier
from tests.ledger.intake.writers.node import Element, maker

_URN = "urn:oasis:names:specification:ubl:schema:xsd"
NAMESPACES = {
    "cac": f"{_URN}:CommonAggregateComponents-2",
    "cbc": f"{_URN}:CommonBasicComponents-2",
}
make = maker(NAMESPACES)


def day(value: date | None) -> str | None:
    """A date in XML Schema's form."""
    return value.isoformat() if value else None


def money(name: str, value: Decimal | None, currency: str | None) -> Element:
    """An amount with its currency."""
    return make(name, value, currencyID=currency)


def identified(value: Identifier | None, name: str = "cbc:ID") -> Element:
    """An identifier with its scheme."""
    return make(name, value.value, schemeID=value.scheme) if value else None


def period(value: Period | None, *codes: Element) -> Element:
    """BG-14 or BG-26."""
    days = [make("cbc:StartDate", day(value.start)), make("cbc:EndDate", day(value.end))] if value else []
    return make("cac:InvoicePeriod", days, codes)


def tax_category(
    name: str,
    category: str | None,
    rate: Decimal | None,
    exemption_code: str | None = None,
    exemption_reason: str | None = None,
) -> Element:
    """A tax category with its rate."""
    if category is None:
        return None
    return make(
        name,
        make("cbc:ID", category),
        make("cbc:Percent", rate),
        make("cbc:TaxExemptionReasonCode", exemption_code),
        make("cbc:TaxExemptionReason", exemption_reason),
        make("cac:TaxScheme", make("cbc:ID", "VAT")),
    )


def allowance_charge(each: AllowanceCharge, currency: str) -> Element:
    """BG-20, BG-21, BG-27 or BG-28."""
    return make(
        "cac:AllowanceCharge",
        make("cbc:ChargeIndicator", "true" if each.is_charge else "false"),
        make("cbc:AllowanceChargeReasonCode", each.reason_code),
        make("cbc:AllowanceChargeReason", each.reason),
        make("cbc:MultiplierFactorNumeric", each.percent),
        money("cbc:Amount", each.amount, currency),
        money("cbc:BaseAmount", each.base, currency),
        tax_category("cac:TaxCategory", each.tax_category, each.tax_rate),
    )


def line(each: InvoiceLine, currency: str, prefix: str) -> Element:
    """An InvoiceLine or a CreditNoteLine."""
    quantity = "cbc:CreditedQuantity" if prefix == "Credit" else "cbc:InvoicedQuantity"
    name = "cac:CreditNoteLine" if prefix == "Credit" else "cac:InvoiceLine"
    referenced = each.object_id and make(
        "cac:DocumentReference", identified(each.object_id), make("cbc:DocumentTypeCode", "130")
    )
    return make(
        name,
        make("cbc:ID", each.id),
        make("cbc:Note", each.note),
        make(quantity, each.quantity, unitCode=each.unit_code),
        money("cbc:LineExtensionAmount", each.net_amount, currency),
        make("cbc:AccountingCost", each.accounting_reference),
        period(each.period),
        make("cac:OrderLineReference", make("cbc:LineID", each.order_line)),
        referenced,
        [allowance_charge(part, currency) for part in (*each.allowances, *each.charges)],
        _item(each.item, tax_category("cac:ClassifiedTaxCategory", each.tax_category, each.tax_rate)),
        _price(each.price, currency),
    )


def _item(item: Item, tax: Element) -> Element:
    return make(
        "cac:Item",
        make("cbc:Description", item.description),
        make("cbc:Name", item.name),
        make("cac:BuyersItemIdentification", make("cbc:ID", item.buyer_id)),
        make("cac:SellersItemIdentification", make("cbc:ID", item.seller_id)),
        make("cac:StandardItemIdentification", identified(item.standard_id)),
        make("cac:OriginCountry", make("cbc:IdentificationCode", item.origin_country)),
        [
            make(
                "cac:CommodityClassification",
                make("cbc:ItemClassificationCode", each.code, listID=each.scheme, listVersionID=each.version),
            )
            for each in item.classifications
        ],
        tax,
        [
            make("cac:AdditionalItemProperty", make("cbc:Name", each.name), make("cbc:Value", each.value))
            for each in item.attributes
        ],
    )


def _price(price: Price, currency: str) -> Element:
    return make(
        "cac:Price",
        money("cbc:PriceAmount", price.net, currency),
        make("cbc:BaseQuantity", price.base_quantity, unitCode=price.base_unit),
        _discount(price, currency) if price.discount is not None else None,
    )


def _discount(price: Price, currency: str) -> Element:
    return make(
        "cac:AllowanceCharge",
        make("cbc:ChargeIndicator", "false"),
        money("cbc:Amount", price.discount, currency),
        money("cbc:BaseAmount", price.gross, currency),
    )
