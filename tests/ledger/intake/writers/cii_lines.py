"""Writes the lines of a CII invoice, and what its other parts need as well."""

from collections.abc import Iterable
from datetime import date

from ledger.intake.line import AllowanceCharge, InvoiceLine, Item, Period, Price
from ledger.intake.party import Identifier
from tests.ledger.intake.writers.node import Element, maker

_URN = "urn:un:unece:uncefact:data:standard"
NAMESPACES = {
    "rsm": f"{_URN}:CrossIndustryInvoice:100",
    "qdt": f"{_URN}:QualifiedDataType:100",
    "ram": f"{_URN}:ReusableAggregateBusinessInformationEntity:100",
    "udt": f"{_URN}:UnqualifiedDataType:100",
}
make = maker(NAMESPACES)


def at(name: str, value: date | None, inner: str = "udt:DateTimeString") -> Element:
    """A date in format 102 within `name`."""
    return make(name, make(inner, f"{value:%Y%m%d}", format="102")) if value else None


def identified(name: str, value: Identifier | None) -> Element:
    """An identifier with its scheme."""
    return make(name, value.value, schemeID=value.scheme) if value else None


def ids(values: Iterable[Identifier]) -> list[Element]:
    """Identifiers of a party: those with a scheme are global."""
    return [identified("ram:GlobalID" if value.scheme else "ram:ID", value) for value in values]


def typed(type_code: str, number: str, scheme: str | None = None) -> Element:
    """A reference to something of that type."""
    return make(
        "ram:AdditionalReferencedDocument",
        make("ram:IssuerAssignedID", number),
        make("ram:TypeCode", type_code),
        make("ram:ReferenceTypeCode", scheme),
    )


def period(value: Period | None) -> Element:
    """BG-14 or BG-26."""
    days = [at("ram:StartDateTime", value.start), at("ram:EndDateTime", value.end)] if value else []
    return make("ram:BillingSpecifiedPeriod", days)


def allowance_charge(each: AllowanceCharge) -> Element:
    """BG-20, BG-21, BG-27 or BG-28."""
    return make(
        "ram:SpecifiedTradeAllowanceCharge",
        _indicator(each.is_charge),
        make("ram:CalculationPercent", each.percent),
        make("ram:BasisAmount", each.base),
        make("ram:ActualAmount", each.amount),
        make("ram:ReasonCode", each.reason_code),
        make("ram:Reason", each.reason),
        _category(each) if each.tax_category else None,
    )


def _category(each: AllowanceCharge) -> Element:
    return make(
        "ram:CategoryTradeTax",
        make("ram:TypeCode", "VAT"),
        make("ram:CategoryCode", each.tax_category),
        make("ram:RateApplicablePercent", each.tax_rate),
    )


def _indicator(is_charge: bool) -> Element:
    return make("ram:ChargeIndicator", make("udt:Indicator", "true" if is_charge else "false"))


def line(each: InvoiceLine) -> Element:
    """An IncludedSupplyChainTradeLineItem."""
    note = make("ram:IncludedNote", make("ram:Content", each.note))
    order_line = make("ram:BuyerOrderReferencedDocument", make("ram:LineID", each.order_line))
    tax = make(
        "ram:ApplicableTradeTax",
        make("ram:TypeCode", "VAT"),
        make("ram:CategoryCode", each.tax_category),
        make("ram:RateApplicablePercent", each.tax_rate),
    )
    total = make("ram:LineTotalAmount", each.net_amount)
    return make(
        "ram:IncludedSupplyChainTradeLineItem",
        make("ram:AssociatedDocumentLineDocument", make("ram:LineID", each.id), note),
        _item(each.item),
        make("ram:SpecifiedLineTradeAgreement", order_line, _gross(each.price), _net(each.price)),
        make(
            "ram:SpecifiedLineTradeDelivery",
            make("ram:BilledQuantity", each.quantity, unitCode=each.unit_code),
        ),
        make(
            "ram:SpecifiedLineTradeSettlement",
            tax,
            period(each.period),
            [allowance_charge(part) for part in (*each.allowances, *each.charges)],
            make("ram:SpecifiedTradeSettlementLineMonetarySummation", total),
            typed("130", each.object_id.value, each.object_id.scheme) if each.object_id else None,
            make("ram:ReceivableSpecifiedTradeAccountingAccount", make("ram:ID", each.accounting_reference)),
        ),
    )


def _item(item: Item) -> Element:
    return make(
        "ram:SpecifiedTradeProduct",
        identified("ram:GlobalID", item.standard_id),
        make("ram:SellerAssignedID", item.seller_id),
        make("ram:BuyerAssignedID", item.buyer_id),
        make("ram:Name", item.name),
        make("ram:Description", item.description),
        [
            make(
                "ram:ApplicableProductCharacteristic",
                make("ram:Description", each.name),
                make("ram:Value", each.value),
            )
            for each in item.attributes
        ],
        [
            make(
                "ram:DesignatedProductClassification",
                make("ram:ClassCode", each.code, listID=each.scheme, listVersionID=each.version),
            )
            for each in item.classifications
        ],
        make("ram:OriginTradeCountry", make("ram:ID", item.origin_country)),
    )


def _gross(price: Price) -> Element:
    discount = _indicator(False), make("ram:ActualAmount", price.discount)
    applied = make("ram:AppliedTradeAllowanceCharge", *discount) if price.discount is not None else None
    return make("ram:GrossPriceProductTradePrice", make("ram:ChargeAmount", price.gross), applied)


def _net(price: Price) -> Element:
    base = make("ram:BasisQuantity", price.base_quantity, unitCode=price.base_unit)
    return make("ram:NetPriceProductTradePrice", make("ram:ChargeAmount", price.net), base)
